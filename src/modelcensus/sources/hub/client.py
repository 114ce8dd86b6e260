"""One request to a hub, one answer: all limits and refusals of the wire are here.

Nothing is retried here and no redirect is followed. What the transport says is told again
without its exception: that one holds the request, and the request holds the token.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import NoReturn

import httpx

from modelcensus.clock import Timer
from modelcensus.errors import (
    CursorExpired,
    HubUnavailable,
    LimitExceeded,
    RateLimited,
    SourceError,
)
from modelcensus.settings import Settings
from modelcensus.sources.hub.endpoint import Endpoint, next_link
from modelcensus.sources.hub.quota import (
    Policy,
    Quota,
    read_date,
    read_policy,
    read_quota,
    read_retry_after,
)
from modelcensus.sources.hub.token import Secret
from modelcensus.version import VERSION

SIMULATED_HEADER = "x-simulated"
DEFAULT_RATE_WAIT = 60.0
_ENCODINGS = frozenset({"", "identity", "gzip"})
_PASSING = frozenset({408, 425})
_CURSOR_GONE = frozenset({400, 404, 410, 422})


@dataclass(frozen=True)
class Answer:
    """A page as it came.

    Attributes:
        body: unpacked bytes.
        wire_bytes: how many came over the wire.
        next: path and query of the next page; empty at the end of the listing.
        at: when it had come, in UTC.
        quota: what is left to ask; None when the hub does not say.
        policy: how much may be asked in general; None when the hub does not say.
        is_simulated: whether the hub says that its data are not real.
    """

    body: bytes
    wire_bytes: int
    next: str
    at: datetime
    quota: Quota | None = None
    policy: Policy | None = None
    is_simulated: bool = False


class HubClient:
    """A connection to one hub; a context manager."""

    def __init__(
        self, endpoint: Endpoint, token: Secret | None, settings: Settings, timer: Timer
    ) -> None:
        """Prepare; nothing is sent yet."""
        self.endpoint = endpoint
        self._token = token
        self._settings = settings
        self._timer = timer
        read = settings.hub_read_seconds
        self._http = httpx.Client(
            headers={
                "User-Agent": f"modelcensus/{VERSION}",
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
            },
            timeout=httpx.Timeout(read, connect=settings.hub_connect_seconds),
            limits=httpx.Limits(max_connections=1, keepalive_expiry=read),
            follow_redirects=False,
            # this machine is never reached through a proxy
            trust_env=not endpoint.is_loopback,
            verify=_trust(endpoint),
        )

    def __enter__(self) -> HubClient:
        """Return the client itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._http.close()

    def fetch(self, place: str) -> Answer:
        """Return the page at a path and query of the listing.

        Raises:
            HubUnavailable: no answer, a cut or ill-formed one, or one that leads elsewhere.
            RateLimited: the hub asks to wait.
            CursorExpired: the hub does not know the cursor (any more).
            LimitExceeded: the page is larger than `hub_page_bytes`.
            SourceError: the hub refuses for good.
        """
        failure = ""
        try:
            with self._http.stream(
                "GET", self.endpoint.url(place), headers=self._authorization()
            ) as response:
                self._check_status(response, place)
                body = self._read(response)
                return self._answer(response, place, body)
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            failure = _told(error)
        # raised outside the handler, so that no traceback leads to the request
        raise HubUnavailable(failure, where=self.endpoint.origin)

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token.reveal()}"} if self._token else {}

    def _check_status(self, response: httpx.Response, place: str) -> None:
        if response.status_code == 200:
            return
        _refuse(response, "cursor=" in place, self.endpoint.origin, self._timer.now())

    def _read(self, response: httpx.Response) -> bytes:
        """Return the unpacked body, within its limits of time and size."""
        if response.headers.get("content-encoding", "").strip().lower() not in _ENCODINGS:
            # one that was not asked for, or packed twice: a few bytes could unpack to gigabytes
            raise HubUnavailable(
                "the hub packs its answer in a way it was not asked to", where=self.endpoint.origin
            )
        deadline = self._timer.monotonic() + self._settings.hub_page_seconds
        longest = int(self._settings.hub_page_bytes)
        pieces: list[bytes] = []
        size = 0
        for piece in response.iter_bytes():
            size += len(piece)
            if size > longest:
                raise LimitExceeded(
                    f"a page is larger than {longest:,} bytes",
                    where=self.endpoint.origin,
                    next_step="raise the setting hub_page_bytes (CENSUS_HUB_PAGE_BYTES) or ask "
                    "for fewer rows a page (CENSUS_HUB_PAGE_ROWS); what was read is kept",
                )
            pieces.append(piece)
            if self._timer.monotonic() > deadline:
                raise HubUnavailable(
                    f"a page took more than {self._settings.hub_page_seconds:g} s",
                    where=self.endpoint.origin,
                )
        return b"".join(pieces)

    def _answer(self, response: httpx.Response, place: str, body: bytes) -> Answer:
        following = next_link(", ".join(response.headers.get_list("link")))
        if following:
            following = self.endpoint.place_of(following, self.endpoint.url(place))
        if self._token and self._token.is_in(following):
            raise HubUnavailable("the hub repeats the token in a link", where=self.endpoint.origin)
        if self._token and self._token.is_in(body):
            body = self._token.hide(body)
        headers: Mapping[str, str] = response.headers
        return Answer(
            body=body,
            wire_bytes=response.num_bytes_downloaded,
            next=following,
            at=self._timer.now(),
            quota=read_quota(headers),
            policy=read_policy(headers),
            is_simulated=SIMULATED_HEADER in response.headers,
        )


def _trust(endpoint: Endpoint) -> ssl.SSLContext | bool:
    """Return whom TLS trusts: the usual authorities; for plain http nobody, which costs nothing."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if endpoint.scheme == "http" else True


def _refuse(response: httpx.Response, has_cursor: bool, origin: str, now: datetime) -> NoReturn:
    """Raise what a status other than 200 means."""
    status = response.status_code
    where = f"{origin}, status {status}"
    wait = read_retry_after(response.headers, read_date(response.headers) or now)
    if status == 429:
        quota = read_quota(response.headers)
        told = quota.reset_s if quota and not quota.left else DEFAULT_RATE_WAIT
        raise RateLimited(wait if wait is not None else told, where=where)
    if status >= 500 or status in _PASSING:
        raise HubUnavailable(
            "the hub failed to answer", status=status, wait_s=wait or 0.0, where=where
        )
    if 300 <= status < 400:
        raise HubUnavailable(
            "the hub sends its reader elsewhere; nothing was asked there",
            status=status,
            where=where,
            next_step="check --endpoint",
        )
    if status in _CURSOR_GONE and has_cursor:
        raise CursorExpired("the hub does not know this place of its listing", where=where)
    if status in (401, 403):
        raise SourceError(
            "the hub refuses the token, or asks for one",
            where=where,
            next_step="renew or unset HF_TOKEN; a listing of public models needs none",
        )
    raise SourceError(
        "the hub refuses the listing",
        where=where,
        next_step="it may not know a field any more: report it; the setting hub_extra_fields "
        "(CENSUS_HUB_EXTRA_FIELDS) must name fields that it knows",
    )


def _told(error: Exception) -> str:
    """Return what the transport met, in words that hold nothing of the request."""
    if isinstance(error, httpx.ConnectTimeout | httpx.ConnectError):
        return "the hub cannot be reached"
    if isinstance(error, httpx.TimeoutException):
        return "the hub fell silent"
    if isinstance(error, httpx.DecodingError):
        return "the answer cannot be unpacked"
    return f"the connection failed ({type(error).__name__})"
