"""A small HTTP server with its hands on the socket, so that every fault is a real one."""

from __future__ import annotations

import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from modelcensus.testing.fake_hub.fault import Fault

DRIP_S = 0.05
SHORT_BY = 10
_POLL_S = 0.02


@dataclass(frozen=True)
class Seen:
    """One request as it came in.

    Attributes:
        number: from 1, over all requests of a server.
        headers: all of them; names as they were sent.
        body: what was sent after them.
    """

    number: int
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return a header's value, whatever its case; None when it was not sent."""
        return next((v for k, v in self.headers if k.lower() == name.lower()), None)

    @property
    def token(self) -> str | None:
        """Return the bearer token that was sent, if any."""
        value = self.header("Authorization") or ""
        return value[len("Bearer ") :] if value.startswith("Bearer ") else None


@dataclass
class Answer:
    """What is sent back.

    Attributes:
        wire: what happens to it on its way; a kind of ON_THE_WIRE.
    """

    status: int
    body: bytes = b""
    headers: Sequence[tuple[str, str]] = ()
    wire: Fault | None = None

    def head(self, length: int) -> bytes:
        """Return status line and headers that announce `length` bytes."""
        given = {"Content-Type": "application/json; charset=utf-8", **dict(self.headers)}
        given["Content-Length"] = str(length)
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in given.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


Respond = Callable[[Seen], Answer]


class Server:
    """Answers requests on an ephemeral port of 127.0.0.1, one thread per connection."""

    def __init__(self, respond: Respond, *, port: int = 0) -> None:
        """Open a port, an ephemeral one for 0; nothing is answered before `start`."""
        self.stopping = threading.Event()
        self.seen: list[Seen] = []
        self._respond = respond
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._server = _Listener(("127.0.0.1", port), _handler(self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_S,), name="fake-hub", daemon=True
        )
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Close every connection and the port; calls after the first do nothing."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()

    def note(
        self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes = b""
    ) -> Seen:
        """Keep a request."""
        with self._lock:
            seen = Seen(len(self.seen) + 1, method, target, tuple(headers), body)
            self.seen.append(seen)
            return seen

    def answer(self, seen: Seen) -> Answer:
        """Return what is sent back."""
        return self._respond(seen)

    def opened(self, connection: socket.socket) -> None:
        """Keep a connection so that `stop` can close it."""
        with self._lock:
            self._connections.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection."""
        with self._lock:
            self._connections.discard(connection)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    # `stop` closes the connections first, so that the threads end at once
    block_on_close = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that went away is no news here."""


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            server.opened(self.connection)

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()
            server.closed(self.connection)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep quiet; `Server.seen` is the log."""

        def respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen = server.note(self.command, self.path, list(self.headers.items()), body)
            answer = server.answer(seen)
            if self.command == "HEAD":
                answer.body = b""
            if self.headers.get("Connection", "").lower() == "close":
                self.close_connection = True
            if not deliver(self.connection, answer, server.stopping):
                self.close_connection = True

        do_GET = do_HEAD = do_POST = respond

    return Handler


def deliver(connection: socket.socket, answer: Answer, stopping: threading.Event) -> bool:
    """Send an answer with what happens to it on the wire; return whether more may follow."""
    kind = answer.wire.kind if answer.wire else ""
    with suppress(OSError):
        if kind in _DELIVERIES and answer.wire:
            _DELIVERIES[kind](connection, answer, answer.wire, stopping)
            return False
        connection.sendall(answer.head(len(answer.body)) + answer.body)
        return True
    return False


def _reset(
    connection: socket.socket, answer: Answer, fault: Fault, stopping: threading.Event
) -> None:
    connection.sendall(answer.head(len(answer.body)) + answer.body[: len(answer.body) // 2])
    # with a linger of 0 seconds closing sends RST instead of FIN
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _truncated(
    connection: socket.socket, answer: Answer, fault: Fault, stopping: threading.Event
) -> None:
    connection.sendall(answer.head(len(answer.body)) + answer.body[: len(answer.body) // 2])


def _wrong_length(
    connection: socket.socket, answer: Answer, fault: Fault, stopping: threading.Event
) -> None:
    length = max(0, len(answer.body) - (fault.size or SHORT_BY))
    connection.sendall(answer.head(length) + answer.body)


def _slow_drip(
    connection: socket.socket, answer: Answer, fault: Fault, stopping: threading.Event
) -> None:
    pause = DRIP_S if fault.seconds is None else fault.seconds
    connection.sendall(answer.head(len(answer.body)))
    for place in range(len(answer.body)):
        connection.sendall(answer.body[place : place + 1])
        if stopping.wait(pause) or _has_left(connection):
            return


def _silence(
    connection: socket.socket, answer: Answer, fault: Fault, stopping: threading.Event
) -> None:
    while not stopping.wait(_POLL_S) and not _has_left(connection):
        pass


def _has_left(connection: socket.socket) -> bool:
    ready, _, _ = select.select([connection], [], [], 0)
    return bool(ready) and not connection.recv(1, socket.MSG_PEEK)


_DELIVERIES: Mapping[str, Callable[[socket.socket, Answer, Fault, threading.Event], None]] = {
    "reset": _reset,
    "truncated": _truncated,
    "wrong_length": _wrong_length,
    "slow_drip": _slow_drip,
    "silence": _silence,
}


@dataclass
class Honeypot:
    """The other origin: nobody should call it, and it keeps what those who do have sent."""

    server: Server = field(init=False)

    def __post_init__(self) -> None:
        """Open its port."""
        self.server = Server(lambda seen: Answer(200, b"[]", [("X-Simulated", "honeypot")]))

    @property
    def url(self) -> str:
        """Return its origin."""
        return self.server.url

    @property
    def requests(self) -> list[Seen]:
        """Return every request it got."""
        return list(self.server.seen)

    def tokens(self) -> Iterator[str]:
        """Yield every bearer token it got."""
        return (seen.token for seen in self.requests if seen.token)
