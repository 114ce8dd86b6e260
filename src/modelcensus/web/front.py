"""What stands before every page: pinned releases, limits, kept answers, and headers of safety.

An answer depends on nothing but its address, the release, the tool and how fresh the data are, so
an ETag is known before anything is computed, and finished answers are kept.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, unquote

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from modelcensus.contracts.canonical import sha256_text
from modelcensus.errors import CensusError, SettingsError
from modelcensus.settings import Settings
from modelcensus.web.linking import Reader
from modelcensus.web.questions import THEMES
from modelcensus.web.sites import Sites

LOG = logging.getLogger("modelcensus.web")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
)

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), interest-cohort=()"),
)

UNKEPT = ("/health", "/static/", "/data/files/")
"""Paths whose answers are not kept: they are cheap, large, or about this moment."""

METHODS = ("GET", "HEAD")
"""Nothing is ever written by a request."""


@dataclass
class Answer:
    """An answer as it goes out."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: bytes) -> bytes:
        """Return a header, or nothing."""
        return next((v for k, v in self.headers if k.lower() == name), b"")


ENDING = Answer(
    503,
    [(b"content-type", b"text/plain"), (b"retry-after", b"5")],
    b"The service is ending. Ask again in a few seconds.\n",
)


class Front:
    """The outermost part of the site."""

    def __init__(self, app: ASGIApp, sites: Sites, settings: Settings, *, is_static: bool) -> None:
        """Stand before an application."""
        self.app, self.sites, self.settings = app, sites, settings
        self.is_static = is_static
        self._kept: OrderedDict[str, Answer] = OrderedDict()
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        try:
            answer = await self._answer(scope, receive)
        except asyncio.CancelledError:
            # the service ends, and this request has had its time
            answer = self._with_headers(ENDING, is_embed=False, tag="")
        await _send(scope, send, answer)
        spent = 1000 * (time.perf_counter() - begun)
        # no address of a reader, and nothing that one typed
        LOG.info("%s %s %d %.0f ms", scope["method"], _room(scope), answer.status, spent)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        is_embed = scope["path"].startswith("/embed/")
        try:
            self._check(scope)
            reader = await self._reader(scope)
        except (CensusError, HTTPException) as error:
            return self._with_headers(await self._refused(scope, receive, error), is_embed, "")
        scope["reader"] = reader
        scope["path"] = reader.path
        scope["raw_path"] = reader.path.encode()
        tag = self._tag(reader)
        if tag and _header(scope, b"if-none-match") == tag:
            return self._with_headers(Answer(304, [], b""), is_embed, tag)
        kept = self._kept.get(tag)
        if kept is None:
            kept = self._with_headers(await self._ask(scope, receive), is_embed, tag)
            if tag and kept.status == 200:
                self._keep(tag, kept)
        else:
            self._kept.move_to_end(tag)
        return kept

    def _check(self, scope: Scope) -> None:
        if scope["method"] not in METHODS:
            raise HTTPException(405)
        if len(scope["raw_path"]) + len(scope["query_string"]) > self.settings.web_query_bytes:
            raise HTTPException(414)
        texts = scope["path"] + unquote(scope["query_string"].decode("latin-1").replace("+", " "))
        if not texts.isprintable():
            raise SettingsError(
                "an address holds signs that cannot be shown", next_step="leave them out"
            )

    async def _reader(self, scope: Scope) -> Reader:
        """Return who reads, and which release."""
        path, query = scope["path"], scope["query_string"].decode("latin-1")
        theme = dict(parse_qsl(query)).get("theme", "")
        site, base = self.sites.newest, ""
        if path.startswith("/r/"):
            name, _, rest = path[3:].partition("/")
            site = await asyncio.to_thread(self.sites.named, name)
            path, base = f"/{rest}", f"/r/{name}"
        reader = Reader(
            site,
            path,
            query=query,
            base=base,
            theme=theme if theme in THEMES else "",
            is_static=self.is_static,
        )
        if path.startswith("/embed/"):
            return replace(reader, is_embedded=True)
        return reader

    def _tag(self, reader: Reader) -> str:
        if reader.path.startswith(UNKEPT) or not reader.site.is_settled(reader.path):
            return ""
        state = "" if reader.is_pinned else reader.site.freshness()
        text = f"{reader.site.seal(state)}{reader.here}"
        return f'"{sha256_text(text)[:24]}"'

    async def _ask(self, scope: Scope, receive: Receive) -> Answer:
        """Return what the application says, whole."""
        answer = Answer(500, [], b"")
        parts: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status, answer.headers = message["status"], list(message["headers"])
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        try:
            inner = {**scope, "method": "GET"}
            await self.app(inner, receive, collect)
            scope["route"] = inner.get("route")
        except Exception:
            # the reader has an answer already; what went wrong is for whoever runs the site
            LOG.exception("%s failed", _room(scope))
        answer.body = b"".join(parts)
        return answer

    async def _refused(self, scope: Scope, receive: Receive, error: Exception) -> Answer:
        scope["reader"] = Reader(self.sites.newest, "/", is_static=self.is_static)
        scope["refusal"] = error
        scope["was"] = scope["path"]
        return await self._ask(scope, receive)

    def _with_headers(self, answer: Answer, is_embed: bool, tag: str) -> Answer:
        policy = POLICY.format(frames="*" if is_embed else "'none'")
        if answer.header(b"content-type").startswith(b"image/svg"):
            policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        added = [*HEADERS, (b"content-security-policy", policy.encode())]
        if not is_embed:
            added.append((b"x-frame-options", b"DENY"))
        if tag and answer.status in (200, 304):
            added += [(b"etag", tag.encode()), (b"cache-control", b"no-cache")]
        elif not answer.header(b"cache-control"):
            added.append((b"cache-control", b"no-store"))
        return replace(answer, headers=[*answer.headers, *added])

    def _keep(self, tag: str, answer: Answer) -> None:
        """Keep an answer, and let go of those that were asked for longest ago."""
        if len(answer.body) > self.settings.web_cache / 8:
            return
        self._kept[tag] = answer
        self._bytes += len(answer.body)
        while self._bytes > self.settings.web_cache:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest.body)


def _header(scope: Scope, name: bytes) -> str:
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    return headers.get(name, b"").decode("latin-1")


def _room(scope: Scope) -> str:
    """Return which part of the site was asked: the pattern of the address, without its values."""
    route: Any = scope.get("route")
    return str(getattr(route, "path", "(kept or refused)"))


async def _send(scope: Scope, send: Send, answer: Answer) -> None:
    body = b"" if scope["method"] == "HEAD" or answer.status == 304 else answer.body
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": body})
