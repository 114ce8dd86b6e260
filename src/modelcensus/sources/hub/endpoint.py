"""Which addresses may be asked: one origin, chosen by the user, and nothing beside it.

https needs a host of the setting `hub_hosts`; http is allowed for a loopback address alone,
which is how a fake Hub is reached. A `next` link or a redirect to another origin is refused
before anything is sent there.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit

from modelcensus.errors import HubUnavailable, SettingsError
from modelcensus.settings import Settings

DEFAULT_ENDPOINT = "https://huggingface.co"
LISTING = "/api/models"
LONGEST_URL = 16_000

FIELDS = (
    "author",
    "baseModels",
    "cardData",
    "createdAt",
    "disabled",
    "downloads",
    "downloadsAllTime",
    "gated",
    "gguf",
    "inference",
    "inferenceProviderMapping",
    "lastModified",
    "library_name",
    "likes",
    "pipeline_tag",
    "private",
    "safetensors",
    "sha",
    "spaces",
    "tags",
    "trendingScore",
)
"""What is asked for; `id` and `_id` always come. The setting `hub_extra_fields` adds some."""

_PORTS = {"https": 443, "http": 80}
_FIELD = re.compile(r"[A-Za-z_-]{1,40}")
_LINK = re.compile(r'<([^<>]*)>\s*((?:;\s*[a-zA-Z*]+\s*=\s*(?:"[^"]*"|[^\s";,]*)\s*)*)')
_NEXT = re.compile(r';\s*rel\s*=\s*"?(?:[^";]*\s)?next(?:\s[^";]*)?"?\s*(?:;|$)', re.IGNORECASE)


@dataclass(frozen=True)
class Endpoint:
    """The origin of a hub.

    Attributes:
        scheme: `https`, or `http` for a loopback address.
        host: in small letters, an IPv6 address without brackets.
        port: always stated.
    """

    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        """Return scheme, host and, where it is not the usual one, port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @property
    def name(self) -> str:
        """Return the origin without its port, for manifests: a test's port means nothing."""
        return Endpoint(self.scheme, self.host, _PORTS[self.scheme]).origin

    @property
    def is_loopback(self) -> bool:
        """Return whether it is this machine."""
        return _is_loopback(self.host)

    def url(self, place: str) -> str:
        """Return the address of a path with its query."""
        return self.origin + place

    def place_of(self, url: str, base: str) -> str:
        """Return path and query of a listing address that a hub named, relative to `base`.

        Raises:
            HubUnavailable: it leads to another origin, to another path, or is no address.
        """
        try:
            parts = urlsplit(urljoin(base, url))
            is_same = _origin_of(parts) == (self.scheme, self.host, self.port)
        except ValueError:
            raise _foreign("an ill-formed address") from None
        if not is_same or parts.username is not None or parts.password is not None:
            raise _foreign("another origin")
        if parts.path != LISTING or len(url) > LONGEST_URL:
            raise _foreign("something else than its listing")
        return f"{parts.path}?{parts.query}" if parts.query else parts.path


def origin_parts(origin: str) -> tuple[str, str, int]:
    """Return scheme, host and port of an origin.

    Raises:
        ValueError: it is none.
    """
    return _origin_of(urlsplit(origin))


def read_endpoint(text: str, settings: Settings) -> Endpoint:
    """Return the endpoint that the user named.

    Raises:
        SettingsError: it is no origin, no https host of `hub_hosts`, nor a loopback address.
    """
    try:
        parts = urlsplit(text)
        scheme, host, port = _origin_of(parts)
    except ValueError:
        raise _not_allowed(text) from None
    if parts.username is not None or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise _not_allowed(text)
    endpoint = Endpoint(scheme, host, port)
    if scheme == "http" and endpoint.is_loopback:
        return endpoint
    allowed = {name.strip().lower() for name in settings.hub_hosts.split(",")}
    if scheme == "https" and endpoint.origin.removeprefix("https://") in allowed:
        return endpoint
    raise _not_allowed(f"{scheme}://{host}")


def first_place(limit: int, settings: Settings, cursor: str = "") -> str:
    """Return path and query of a listing by creation date, from its start or from a cursor.

    Raises:
        SettingsError: `hub_extra_fields` holds something that can be no field.
    """
    extra = [name.strip() for name in settings.hub_extra_fields.split(",") if name.strip()]
    if bad := [name for name in extra if not _FIELD.fullmatch(name)]:
        raise SettingsError(
            f"{bad[0][:80]!r} cannot be a field of the Hub",
            where="setting hub_extra_fields (CENSUS_HUB_EXTRA_FIELDS)",
            next_step="give names such as model-index,evalResults",
        )
    query = [("limit", str(limit)), ("sort", "createdAt"), ("direction", "1")]
    query += [("expand[]", name) for name in dict.fromkeys([*FIELDS, *extra])]
    query += [("cursor", cursor)] if cursor else []
    return f"{LISTING}?{urlencode(query)}"


def next_link(header: str) -> str:
    """Return the address with the relation `next` in a Link header; empty when none."""
    if len(header) > 2 * LONGEST_URL:
        return ""
    for url, parameters in _LINK.findall(header):
        if _NEXT.search(parameters.strip()):
            return str(url)
    return ""


def _origin_of(parts: SplitResult) -> tuple[str, str, int]:
    """Return scheme, host and port.

    Raises:
        ValueError: one is missing, or the scheme is neither http nor https.
    """
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(parts.scheme)
    return parts.scheme, parts.hostname.lower(), parts.port or _PORTS[parts.scheme]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _foreign(what: str) -> HubUnavailable:
    return HubUnavailable(
        f"the hub sends its reader to {what}; nothing was asked there",
        next_step="if it lasts, somebody stands between you and the hub: tell its operators",
    )


def _not_allowed(text: str) -> SettingsError:
    return SettingsError(
        f"{text.rpartition('@')[2][:200]!r} is not a hub that may be asked",
        where="--endpoint",
        next_step="give an https address of a host in the setting hub_hosts (CENSUS_HUB_HOSTS), "
        "or http with a loopback address such as http://127.0.0.1:8080",
    )
