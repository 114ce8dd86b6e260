"""What an import did, as data and as sentences."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from modelcensus.snapshots.manifest import EvidenceManifest, SnapshotManifest
from modelcensus.sources.record import TAKEN_APART, SourceInfo

NOTHING_CHANGED = "already imported: nothing changed"


@dataclass(frozen=True)
class ImportReport:
    """The outcome of one import.

    Attributes:
        source: what the source module says of itself; each manifest names its own.
        snapshots: all snapshots of the input, new or stored before, in the source's order.
        evidence: the same for evidence lists.
        new_ids: identities of those that this import stored.
    """

    source: SourceInfo
    snapshots: tuple[SnapshotManifest, ...]
    evidence: tuple[EvidenceManifest, ...]
    new_ids: frozenset[str]

    @property
    def items(self) -> tuple[SnapshotManifest | EvidenceManifest, ...]:
        """Return snapshots and evidence lists together."""
        return (*self.snapshots, *self.evidence)

    @property
    def is_new(self) -> bool:
        """Return whether the store changed."""
        return bool(self.new_ids)

    @property
    def rows(self) -> int:
        """Return the rows of all snapshots and lists."""
        return sum(item.rows for item in self.items)

    @property
    def input_rows(self) -> int:
        """Return the rows of the input that these account for."""
        return sum(item.input_rows for item in self.items)

    @property
    def rejects(self) -> dict[str, int]:
        """Return the lost rows by reason, sorted by reason."""
        total: Counter[str] = Counter()
        for item in self.items:
            total.update(item.rejects)
        return dict(sorted(total.items()))

    def sentences(self) -> list[str]:
        """Return what happened, one printable sentence a line, sums and terms last."""
        if not self.is_new:
            return [NOTHING_CHANGED, *self._terms()]
        lines = [self._line(item) for item in self.items]
        return [*lines, self._total(), *self._lost(), *self._warnings(), *self._terms()]

    def _line(self, item: SnapshotManifest | EvidenceManifest) -> str:
        if item.id not in self.new_ids:
            return f"{item.title}: stored already, kept as it is"
        lost = sum(item.rejects.values())
        simulated = isinstance(item, SnapshotManifest) and item.is_simulated
        return (
            f"{item.title}: {_rows(item.rows)}"
            + (f", {lost:,} of {item.input_rows:,} input rows rejected" if lost else "")
            + (" (simulated data)" if simulated else "")
        )

    def _total(self) -> str:
        kinds = ((len(self.snapshots), "snapshot"), (len(self.evidence), "evidence list"))
        parts = [f"{n:,} {name}{'s' if n > 1 else ''}" for n, name in kinds if n]
        stored = sum(item.id in self.new_ids for item in self.items)
        return f"{stored:,} new of {' and '.join(parts)} with {_rows(self.rows)}"

    def _lost(self) -> list[str]:
        if not (rejects := self.rejects):
            return ["no row was rejected"]
        reasons = "; ".join(f"{reason} ({count:,})" for reason, count in rejects.items())
        return [f"{sum(rejects.values()):,} of {self.input_rows:,} input rows rejected: {reasons}"]

    def _warnings(self) -> list[str]:
        """Return what every figure made from these snapshots will say beside itself."""
        apart = [s for s in self.snapshots if TAKEN_APART in s.source.attribution]
        if not apart:
            return []
        return [
            f"warning: the table holds running sums; {len(apart):,} snapshots hold the differences "
            "of neighbouring dates as 30-day readings, unknown where a model has no sum at the "
            "date before; every figure on them says so"
        ]

    def _terms(self) -> list[str]:
        """Return one line per source: states may come from elsewhere than the module says."""
        sources = dict.fromkeys(item.source for item in self.items)
        parts = ((f"{s.title} ({s.attribution})", s.url, s.licence) for s in sources)
        return ["source: " + ", ".join(filter(None, part)) for part in parts]


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
