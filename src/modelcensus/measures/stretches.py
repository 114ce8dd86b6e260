"""Stretches between the known counts of each model over a span of snapshots.

A model's counts cut its span into *stretches*: from one known count to the next, from its creation
to its first count, and where nothing was seen. A stretch between two counts is known; the others
are bounded: by the rolling count that covers them, by the count itself, or by the model's own
steepest known stretch. A count that stood still while the rolling count says that there were
downloads was not renewed, and is read as if it were not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.measures.creation import created_models
from modelcensus.measures.summing import WINDOW_DAYS
from modelcensus.releases.release import Release, SnapshotEntry

YEAR_DAYS = 365
ROLLING = "downloads_30d"
_DAY_S = 86_400
_IN_TURN = ibis.window(group_by="model_key", order_by="day")
"""The counts of a model, in order."""


@dataclass(frozen=True)
class Span:
    """What a question about growth reads.

    Attributes:
        column: the running total.
        snapshots: those at the ends and between them, in order.
        prior: the snapshot before the first, which tells whether counts stood still; may be none.
        start, end: the period's own ends.
        doubted: keys of snapshots whose rolling counts bound nothing.
        reuploads: models whose id stands for another repository, and the snapshot that shows it.
        is_first_year: count only up to a year after a model's creation.
        factor: the setting `unseen_growth`.
    """

    column: str
    snapshots: tuple[SnapshotEntry, ...]
    prior: SnapshotEntry | None
    start: datetime
    end: datetime
    doubted: frozenset[int]
    reuploads: tuple[tuple[int, int], ...]
    is_first_year: bool
    factor: float

    @property
    def first_day(self) -> float:
        """Return the day of the first snapshot."""
        return day_of(self.snapshots[0].label_at)

    @property
    def last_day(self) -> float:
        """Return the day of the last snapshot."""
        return day_of(self.snapshots[-1].label_at)

    @property
    def has_rolling(self) -> bool:
        """Return whether the snapshots hold rolling counts beside the running total."""
        return all(ROLLING in s.counters for s in self.snapshots) and self.column != ROLLING


def day_of(moment: datetime) -> float:
    """Return a moment in days since 1970."""
    return moment.timestamp() / _DAY_S


def observed_rows(release: Release, span: Span) -> ir.Table:
    """Return every row of the span's snapshots with its days; rolling is null without a counter."""
    read = (*(() if span.prior is None else (span.prior,)), *span.snapshots)
    days = [day_of(s.label_at) for s in read]
    after = [*days[1:], max(day_of(span.end), days[-1])]
    places = pa.table(
        {
            "snapshot_key": pa.array([s.key for s in read], pa.int32()),
            "place": pa.array(range(len(read)), pa.int64()),
            "day": pa.array(days, pa.float64()),
            "next_day": pa.array(after, pa.float64()),
            "is_prior": pa.array([s is span.prior for s in read], pa.bool_()),
            "is_doubted": pa.array([s.key in span.doubted for s in read], pa.bool_()),
        }
    )
    rows = release.observations(read)
    models = created_models(release, span.snapshots[-1])
    dated = rows.join(release.engine.local(places), "snapshot_key").join(models, "model_key")
    codes = [name for name in rows.columns if name.endswith("_code")]
    rolling = dated[ROLLING] if span.has_rolling else ibis.null("int64")
    found = dated.select(
        "model_key",
        "snapshot_key",
        *codes,
        "place",
        "day",
        "next_day",
        "is_prior",
        "is_doubted",
        count=dated[span.column].cast("int64"),
        rolling=rolling.cast("int64"),
        created_day=dated.created_at.epoch_seconds().cast("float64") / _DAY_S,
    )
    return _with_reuploads(release, span, found)


def _with_reuploads(release: Release, span: Span, rows: ir.Table) -> ir.Table:
    if not span.reuploads:
        return rows.mutate(is_reborn=ibis.literal(False))
    table = pa.table(
        {
            "model_key": pa.array([m for m, _ in span.reuploads], pa.int32()),
            "snapshot_key": pa.array([s for _, s in span.reuploads], pa.int32()),
            "reborn": pa.array([True] * len(span.reuploads)),
        }
    )
    local = release.engine.local(table)
    joined = rows.left_join(local, ["model_key", "snapshot_key"])
    return joined.select(*rows.columns, is_reborn=ibis.coalesce(joined.reborn, ibis.literal(False)))


def stretches_of(span: Span, seen: ir.Table) -> ir.Table:
    """Return one row per count that was renewed, with the stretch that it ends.

    Returns:
        The columns of `seen`, kind (start, birth, unseen, step, fall, reborn), from_day, grown
        (0 where not known) and fall.
    """
    renewed = _renewed_counts(span, seen.filter(seen["count"].notnull()))
    chained = renewed.mutate(
        count_before=renewed["count"].lag().over(_IN_TURN),
        day_before=renewed.day.lag().over(_IN_TURN),
    )
    placed = chained.mutate(kind=_kind_of_stretch(span, chained))
    step, nothing = placed["count"] - placed.count_before, ibis.literal(0).cast("int64")
    return placed.mutate(
        from_day=_first_day_of_stretch(span, placed),
        grown=ibis.cases(
            (placed.kind.isin(["birth", "reborn"]), placed["count"]),
            (placed.kind == "step", step),
            else_=nothing,
        ),
        fall=ibis.ifelse(placed.kind == "fall", -step, nothing),
    )


def _renewed_counts(span: Span, counted: ir.Table) -> ir.Table:
    """Return the counts that were renewed; the prior snapshot's only where the first stood still.

    A count stood still if it is the one before although the rolling count says that there were
    downloads.
    """
    told = counted.mutate(
        count_before=counted["count"].lag().over(_IN_TURN),
        rolling_before=counted.rolling.lag().over(_IN_TURN),
        doubted_before=counted.is_doubted.lag().over(_IN_TURN),
        day_seen_before=counted.day.lag().over(_IN_TURN),
    )
    # on a day on which a whole site was wrong the rolling count need not stand still with it, and
    # a total that did not move in as many days as a rolling count holds contradicts any of it
    is_window = told.day - told.day_seen_before >= WINDOW_DAYS
    same = (told.rolling == told.rolling_before) | told.is_doubted | told.doubted_before
    same |= is_window
    stood = (told["count"] == told.count_before) & same & (told.rolling > 0) & ~told.is_reborn
    marked = told.mutate(stood_still=ibis.coalesce(stood, ibis.literal(False)))
    at_first = marked.stood_still & (marked.day == span.first_day)
    marked = marked.mutate(
        needs_prior=at_first.cast("int64").max().over(ibis.window(group_by="model_key"))
    )
    return marked.filter(~marked.stood_still & (~marked.is_prior | (marked.needs_prior == 1)))


def _kind_of_stretch(span: Span, chained: ir.Table) -> ir.Value:
    """Return what each count ends: the span's start, a birth, the unseen, a step, a fall."""
    is_first = chained.count_before.isnull()
    born = (chained.created_day >= span.first_day) & (chained.created_day < day_of(span.end))
    is_birth = ibis.coalesce(born, ibis.literal(False))
    return ibis.cases(
        (is_first & (chained.day <= span.first_day), "start"),
        (is_first & is_birth, "birth"),
        (is_first, "unseen"),
        (chained.is_reborn, "reborn"),
        (chained["count"] < chained.count_before, "fall"),
        else_="step",
    )


def _first_day_of_stretch(span: Span, placed: ir.Table) -> ir.Value:
    return ibis.cases(
        (placed.kind == "start", placed.day),
        (placed.kind == "birth", ibis.least(placed.created_day, placed.day)),
        (placed.kind == "unseen", ibis.literal(span.first_day)),
        else_=placed.day_before,
    )
