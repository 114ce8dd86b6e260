"""Periods: an instant (as of a day) or a half-open UTC interval.

Users write days and months with both ends included (`2024-11..2025-09`); inside, a period is
half-open, so neighbouring periods neither overlap nor leave a gap.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from modelcensus.errors import ContractError

_PART = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?")
_NEXT = "write a day 2025-09-07, a month 2025-09, a range 2024-11..2025-09, `latest` or `all`"


@dataclass(frozen=True)
class Period:
    """A stretch of time, or the state as of one moment.

    Attributes:
        text: what the user wrote, canonical.
        start: first instant that belongs to it; None for `latest` and `all`.
        end: first instant that no longer belongs to it.
        is_instant: True when the question is "as of", so the last snapshot before `end` answers.
    """

    text: str
    start: datetime | None
    end: datetime | None
    is_instant: bool

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read a period as a person writes it.

        Raises:
            ContractError: the text is no period, or it ends before it starts.
        """
        text = text.strip()
        if text == "latest":
            return cls(text, None, None, is_instant=True)
        if text == "all":
            return cls(text, None, None, is_instant=False)
        first, dots, last = (part.strip() for part in text.partition(".."))
        text = f"{first}{dots}{last}"
        start, first_end, is_day = _span(first, text)
        if not dots:
            return cls(text, start, first_end, is_instant=is_day)
        _, end, _ = _span(last, text)
        if end <= start:
            raise ContractError(f"the period {text!r} ends before it starts", next_step=_NEXT)
        return cls(text, start, end, is_instant=False)


def _span(part: str, text: str) -> tuple[datetime, datetime, bool]:
    """Return first instant, first instant after, and whether the part is one day."""
    match = _PART.fullmatch(part)
    if match is None:
        raise ContractError(f"{text!r} is not a period", next_step=_NEXT)
    # `is None`, not truth: a month or day 00 is written, and wrong
    year, month, day = (None if group is None else int(group) for group in match.groups())
    try:
        start = date(year or 0, 1 if month is None else month, 1 if day is None else day)
        if day is not None:
            end = start + timedelta(days=1)
        elif month is not None:
            end = (start + timedelta(days=32)).replace(day=1)
        else:
            end = date(start.year + 1, 1, 1)
    except (ValueError, OverflowError) as error:
        raise ContractError(f"{text!r} is not a period: {error}", next_step=_NEXT) from error
    return _midnight(start), _midnight(end), day is not None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
