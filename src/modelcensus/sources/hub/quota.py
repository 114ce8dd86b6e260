"""What a hub says about how much may be asked: `RateLimit`, its policy, and `Retry-After`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_ITEM = re.compile(r'(?:^|,)\s*"?([\w .-]+)"?\s*((?:;[^,]*)?)')
_PARAMETER = re.compile(r';\s*([a-z]+)\s*=\s*"?([0-9]{1,12}(?:\.[0-9]{1,6})?)"?')
_SCOPE = "api"


@dataclass(frozen=True)
class Quota:
    """The state of a fixed window.

    Attributes:
        left: requests that remain.
        reset_s: seconds until the window ends.
    """

    left: int
    reset_s: float


@dataclass(frozen=True)
class Policy:
    """How many requests a window of so many seconds allows."""

    requests: int
    window_s: float


ANONYMOUS = Policy(500, 300.0)
"""What the Hub allows without a token; see DATA.md of the project's notes and hub-rate-limits."""


def read_quota(headers: Mapping[str, str]) -> Quota | None:
    """Return the `RateLimit` of an answer: the scope `api`, else the scarcest; None without."""
    found = _parameters(headers.get("ratelimit", ""))
    quotas = {
        name: Quota(int(values["r"]), values["t"])
        for name, values in found
        if {"r", "t"} <= values.keys()
    }
    if _SCOPE in quotas:
        return quotas[_SCOPE]
    return min(quotas.values(), key=lambda quota: quota.left) if quotas else None


def read_policy(headers: Mapping[str, str]) -> Policy | None:
    """Return the `RateLimit-Policy` of an answer; None without."""
    header = headers.get("ratelimit-policy", "")
    requests = re.search(r";\s*q=([0-9]{1,9})", header)
    window = re.search(r";\s*w=([0-9]{1,9})", header)
    if not requests or not window or not int(requests[1]) or not int(window[1]):
        return None
    return Policy(int(requests[1]), float(window[1]))


def read_date(headers: Mapping[str, str]) -> datetime | None:
    """Return what time it is at the hub, as its `Date` says; None when it does not."""
    try:
        found = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def read_retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that `Retry-After` asks to wait, from a number or a date.

    Args:
        headers: of an answer.
        now: by the clock that a date was made with: the hub's, as this machine's may be off.
    """
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]+)?", text):
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds()) if text else None
    except (ValueError, TypeError, OverflowError):
        return None


def _parameters(header: str) -> list[tuple[str, dict[str, float]]]:
    return [
        (name, {key: float(value) for key, value in _PARAMETER.findall(parameters)})
        for name, parameters in _ITEM.findall(header[:1000])
    ]
