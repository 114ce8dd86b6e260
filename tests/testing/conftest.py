"""A small recorded Hub, a client that sees the wire, and one simulated world for all tests."""

from __future__ import annotations

import http.client
import json
import re
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from modelcensus.testing import FakeHub, Simulation

ORDERED = "limit=10&sort=createdAt&direction=1"


def record(number: int) -> dict[str, Any]:
    """Return an invented record; always two of them are created in the same second."""
    return {
        "_id": f"{1_650_000_000 + number:08x}{number:016x}",
        "id": f"acre/model-{number}",
        "createdAt": f"2024-01-01T00:{number // 120:02d}:{number // 2 % 60:02d}.000Z",
        "downloads": number * 37 % 100,
        "likes": number % 7,
        "tags": ["acre"],
    }


RECORDS = [record(number) for number in range(60)]
KEYS = [r["_id"] for r in RECORDS]


@dataclass
class Reply:
    """One answer as a client got it."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def rows(self) -> Any:
        return json.loads(self.body)

    @property
    def next(self) -> str | None:
        found = re.match(r'<([^>]*)>; rel="next"', self.headers.get("Link", ""))
        return found[1] if found else None


def get(url: str, **headers: str) -> Reply:
    """Ask once, over a connection of its own."""
    split = urlsplit(url)
    connection = http.client.HTTPConnection(split.netloc, timeout=5)
    try:
        connection.request("GET", f"{split.path}?{split.query}", headers=headers)
        answer = connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def ask(hub: FakeHub, query: str = ORDERED, **headers: str) -> Reply:
    """Ask for the first page of a listing."""
    return get(f"{hub.url}/api/models?{query}", **headers)


def walk(hub: FakeHub, query: str = ORDERED) -> list[Any]:
    """Follow `next` to the end; return all rows."""
    rows: list[Any] = []
    url: str | None = f"{hub.url}/api/models?{query}"
    while url:
        reply = get(url)
        assert reply.status == 200
        rows += reply.rows
        url = reply.next
    return rows


def raw(hub: FakeHub, query: str = ORDERED, timeout: float = 5) -> tuple[bytes, str]:
    """Return the bytes on the wire, and how the connection ended: closed, reset or timeout."""
    host, port = urlsplit(hub.url).netloc.split(":")
    found = b""
    with socket.create_connection((host, int(port)), timeout=timeout) as connection:
        request = f"GET /api/models?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        try:
            while piece := connection.recv(1 << 16):
                found += piece
        except ConnectionResetError:
            return found, "reset"
        except TimeoutError:
            return found, "timeout"
    return found, "closed"


@pytest.fixture(scope="session")
def world() -> Simulation:
    """A world of twelve snapshots with a little of everything planted."""
    return Simulation(7, 20_000, snapshots=12)
