"""Share of a metric held by each group, as of one moment."""

from __future__ import annotations

import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns, percent
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.errors import ContractError
from modelcensus.measures.aggregate import (
    Sums,
    coverage_of,
    headline_share,
    sums_by_snapshot,
    unknown_share,
    with_value_type,
)
from modelcensus.measures.bounds import bounds_of
from modelcensus.measures.frame_figure import make_figure
from modelcensus.measures.frames import require_instant
from modelcensus.measures.selection import Selection, select
from modelcensus.measures.sensitivity import sensitivity_of
from modelcensus.measures.subjects import with_subjects
from modelcensus.measures.wording import frame_phrase, group_names, when, whose
from modelcensus.releases.release import Release

COLUMNS = columns(
    ("group", "", "group of the definition; `unknown` is one of them"),
    ("name", "", "its printable name"),
    ("value", "as the metric", "sum over the group's models; null when no count is known"),
    ("models", "models", "models of the group at the snapshot"),
    ("share_of_all", "fraction", "value over the whole population, unknown included"),
    ("share_of_attributed", "fraction", "value over the part whose group is known"),
)
SCHEMA = pa.schema(
    [
        ("group", pa.string()),
        ("name", pa.string()),
        ("value", pa.int64()),
        ("models", pa.int64()),
        ("share_of_all", pa.float64()),
        ("share_of_attributed", pa.float64()),
    ]
)


def share_by_group(release: Release, contract: Contract) -> Figure:
    """Share of a metric held by each group of the contract.

    Returns:
        Figure with one row per group by falling value, `unknown` last; share_of_all sums to 1.
        With subjects, only they and `unknown` are listed and the rest is summed in the coverage.

    Raises:
        ContractError: the period is an interval, or medians are asked for: neither has shares.
        UnknownName: a subject is no group of this question.

    Method: docs/methods.md#share
    """
    require_instant(contract)
    refuse_medians(contract)
    selection = select(release, contract)
    sums = sums_by_snapshot(selection)[selection.last.key]
    names = group_names(release, contract)
    selection = with_subjects(selection, sums.values, names)
    subjects = selection.contract.subjects
    headline = subjects or tuple(sums.leaders()[:2])
    listed = list(subjects) or sums.leaders()
    if UNKNOWN in sums.values and UNKNOWN not in listed:
        listed.append(UNKNOWN)
    bounds = bounds_of(selection, sums, listed)
    return make_figure(
        selection,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(
            [_row(sums, g, names) for g in listed], schema=with_value_type(SCHEMA, contract)
        ),
        finding=_finding(selection, sums, headline, names),
        coverage=coverage_of(selection, sums, selection.last.key)
        | {"other_groups_share": _rest(sums, listed)},
        bounds=bounds,
        sensitivity=sensitivity_of(selection, sums, headline),
    )


def refuse_medians(contract: Contract) -> None:
    """Refuse medians where shares are asked for.

    Raises:
        ContractError: says what has medians.
    """
    if contract.outliers == "median":
        raise ContractError(
            "medians of groups do not add up to a whole, so they have no shares",
            where="--outliers median",
            next_step="`census rank --outliers median`, or --outliers cap:1000000",
        )


def _row(sums: Sums, group: str, names: dict[str, str]) -> dict[str, object]:
    attributed = None if group == UNKNOWN else sums.share(group, sums.attributed)
    return {
        "group": group,
        "name": names.get(group, group),
        "value": sums.value_of(group),
        "models": sums.models[group],
        "share_of_all": sums.share(group),
        "share_of_attributed": attributed,
    }


def _rest(sums: Sums, listed: list[str]) -> float | None:
    """Return the part of the groups that are not listed; null where groups share models whole."""
    if not sums.total or sums.whole_value is not None:
        return None
    return sum(v for g, v in sums.values.items() if g not in listed) / sums.total


def _finding(
    selection: Selection, sums: Sums, headline: tuple[str, ...], names: dict[str, str]
) -> str:
    contract = selection.contract
    parts = [
        f"{whose(contract, g, names)} held {percent(headline_share(sums, contract, g))}"
        for g in headline
    ]
    unknown = percent(unknown_share(sums))
    of_what = {"all": "", "attributed": "the attributed part of ", "selected": "the named part of "}
    frame = frame_phrase(selection.release, contract)
    models = sums.all_counted if contract.metric_term.is_of_period else sums.all_models
    counted = f"{_amount(sums.total, contract)} that {frame} counted over {models:,} models"
    if not contract.metric_term.column:
        counted = f"{models:,} models that {frame} holds"
    holders = " and ".join(parts) or "no group held anything"
    return (
        f"{when(selection.snapshots, contract)}, {holders} of "
        f"{of_what[contract.denominator]}the {counted}; {unknown} is unknown."
    )


def _amount(total: float, contract: Contract) -> str:
    phrase = contract.metric_term.phrase
    if total >= 10_000_000:
        return f"{total / 1e6:,.1f} million {phrase}"
    return f"{int(total):,} {phrase}"
