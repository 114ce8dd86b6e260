"""The one error tree.

Every error says what happened, where, and what to do next, and carries the fields a
caller may act on. The command line maps a class to an exit code; nothing else does.

    CensusError                        1  anything that went wrong
      SourceError                      3  a file or a hub could not be read
        SchemaChanged                  3  a field is missing, renamed or retyped
        HubUnavailable                 3  a hub does not answer as it should; may pass
        RateLimited                    3  a hub asks to wait; says how long
        CursorExpired                  3  a hub no longer knows a place in its listing
      SnapshotError                    3  stored snapshots are not what they should be
        IncompleteSnapshot             3  a crawl could not be brought to its end
        ChecksumMismatch               3  a stored file differs from its manifest
      StoreError                       1  the store cannot be read or written
        StoreBusy                      1  another process is writing to it
      RegisterError                    1  a register row is wrong
      QualityError                     4  data are not good enough to publish from
        CoverageError                  4  too little of the question is covered
        TooManyRejects                 4  a source lost more rows than is allowed
      ContractError                    2  a definition that cannot be computed
      VetError                         4  security tests disagree or cannot be made; flagged files
      SettingsError                    2  a setting or option has no such value
      QueryError                       6  a question about something that is not there
        UnknownName                    6  no such name; the nearest ones are given
        LimitExceeded                  5  time, memory, rows or bytes ran out
          Busy                         5  too much is asked at once; says when to ask again
"""

from __future__ import annotations

from collections.abc import Sequence


class CensusError(Exception):
    """Root of every error this package raises on purpose.

    Args:
        what: what happened, one sentence without a full stop.
        where: the file, row, option or definition concerned; empty when obvious.
        next_step: what the reader can do about it; empty when nothing can be done.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", next_step: str = "") -> None:
        """Keep the three parts apart so that every face can lay them out."""
        super().__init__(what)
        self.what = what
        self.where = where
        self.next_step = next_step

    def __str__(self) -> str:
        """Return the three parts on lines of their own."""
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.next_step:
            lines.append(f"  next:  {self.next_step}")
        return "\n".join(lines)


class SourceError(CensusError):
    """A foreign file or a hub could not be read."""

    exit_code = 3


class SchemaChanged(SourceError):
    """A field that a source needs is missing, renamed or of another type."""

    def __init__(self, field: str, what: str, *, where: str = "", next_step: str = "") -> None:
        """Name the field besides the three parts."""
        super().__init__(what, where=where, next_step=next_step)
        self.field = field


class HubUnavailable(SourceError):
    """A hub did not answer as it should: an outage, a cut connection, half a page. May pass."""

    def __init__(
        self,
        what: str,
        *,
        status: int = 0,
        wait_s: float = 0.0,
        where: str = "",
        next_step: str = "",
    ) -> None:
        """Carry the HTTP status (0 without an answer) and the seconds the hub asks to wait."""
        super().__init__(what, where=where, next_step=next_step)
        self.status = status
        self.wait_s = wait_s


class RateLimited(SourceError):
    """A hub asks to wait before the next request."""

    def __init__(self, reset_s: float, *, where: str = "", next_step: str = "") -> None:
        """Carry the seconds to wait, as the hub stated them."""
        super().__init__(
            f"the hub allows no request for {reset_s:.0f} s", where=where, next_step=next_step
        )
        self.reset_s = reset_s


class CursorExpired(SourceError):
    """A hub no longer knows the place in its listing that it named itself."""


class SnapshotError(CensusError):
    """Stored snapshots are missing, in conflict or incomplete."""

    exit_code = 3


class ChecksumMismatch(SnapshotError):
    """A stored file is not the one its manifest names."""

    def __init__(self, path: str, expected: str, found: str) -> None:
        """Name the file and both sums."""
        super().__init__(
            "a stored file differs from its manifest",
            where=f"{path} (expected sha256 {expected[:12]}, found {found[:12]})",
            next_step="delete the snapshot or release and import or build it again",
        )
        self.path = path
        self.expected = expected
        self.found = found


class IncompleteSnapshot(SnapshotError):
    """A crawl could not be brought to its end; nothing of it is stored as a snapshot."""

    def __init__(self, what: str, *, rows: int, where: str = "", next_step: str = "") -> None:
        """Carry the rows that were read before."""
        super().__init__(what, where=where, next_step=next_step)
        self.rows = rows


class StoreError(CensusError):
    """The store cannot be read or written: missing, locked, full or not permitted."""


class StoreBusy(StoreError):
    """Another process is writing where only one may."""


class RegisterError(CensusError):
    """A register row breaks its schema."""

    def __init__(self, file: str, line: int, reason: str, *, next_step: str = "") -> None:
        """Name file and line (1 = header) besides the reason."""
        super().__init__(
            reason,
            where=f"{file}, line {line}",
            next_step=next_step or "mend the row; `census registers check` lists every problem",
        )
        self.file = file
        self.line = line
        self.reason = reason


class QualityError(CensusError):
    """The data are not good enough to publish from."""

    exit_code = 4


class CoverageError(QualityError):
    """Too little of what was asked is covered by what is stored."""


class TooManyRejects(QualityError):
    """A source lost a larger share of its rows than the settings allow."""

    def __init__(
        self, what: str, *, reasons: dict[str, int], where: str = "", next_step: str = ""
    ) -> None:
        """Carry the rejects by reason."""
        super().__init__(what, where=where, next_step=next_step)
        self.reasons = reasons


class ContractError(CensusError):
    """A definition that is contradictory, or that the data cannot carry."""

    exit_code = 2


class VetError(CensusError):
    """Security tests contradict each other or cannot be made, or files of a model are flagged."""

    exit_code = 4


class SettingsError(CensusError):
    """A setting or an option has a value it cannot have."""

    exit_code = 2


class QueryError(CensusError):
    """A question about something that is not there."""

    exit_code = 6


class UnknownName(QueryError):
    """No such name; the nearest known ones are given."""

    def __init__(self, kind: str, name: str, nearest: Sequence[str], *, where: str = "") -> None:
        """Build the sentence from what kind of name it is and what comes closest."""
        hint = "did you mean " + ", ".join(nearest) + "?" if nearest else ""
        super().__init__(f"no {kind} named {name!r}", where=where, next_step=hint)
        self.kind = kind
        self.name = name
        self.nearest = list(nearest)


class LimitExceeded(QueryError):
    """A limit on time, memory, rows or bytes was reached; settings name each limit."""

    exit_code = 5


class Busy(LimitExceeded):
    """Too much is asked at once, or what is asked is still being made. May pass."""

    def __init__(
        self, what: str, *, retry_s: int = 5, where: str = "", next_step: str = ""
    ) -> None:
        """Carry the seconds after which to ask again."""
        super().__init__(
            what, where=where, next_step=next_step or f"ask again in {retry_s} seconds"
        )
        self.retry_s = retry_s


MAY_PASS = (Busy, StoreError)
"""Errors about a moment or a machine: they say nothing of what was asked, and are never kept as
its answer."""
