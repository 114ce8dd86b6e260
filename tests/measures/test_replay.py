"""A figure as of a day is the same whatever is imported with later labels, in whatever order.

What may change is said in docs/methods.md#replay, and shown here: names, and what is put together
by names; a creation date that is told later on an account that changed hands.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.grid import FRAME, LABELS, Grid, grid, states
from tests.small_store import state

from modelcensus.contracts import vocabulary
from modelcensus.contracts.contract import Contract
from modelcensus.contracts.registry import MEASURES
from modelcensus.errors import ContractError, StoreError
from modelcensus.measures.census import Census

DAY = LABELS[1]
SEEDS = (pytest.param(11), pytest.param(12, marks=pytest.mark.long))
GROUPS = [n for n, term in vocabulary.GROUPS.items() if not term.missing and n != "model"]
"""Words that give a row per group; every model for itself is no group."""
POPULATIONS = (
    "first_party",
    "language",
    "young:300",
    "modality:text,unknown",
    "size:1-7B",
    "licence:L1,L2",
    "young:600+modality:text+licence:L1",
)


def instants(day: str) -> Iterator[Contract]:
    """Yield questions as of a day, or over a period that ends with it, without lineage."""
    share, rank = MEASURES["share"], MEASURES["rank"]
    at = {"frame": FRAME, "period": day}
    for by in GROUPS:
        yield share.contract(**at, by=by)
    yield rank.contract(**at, by="bloc", metric="likes", outliers="cap-quantile:80")
    for population in POPULATIONS:
        yield share.contract(**at, population=population)
        yield MEASURES["duties"].contract(**at, population=population)
    yield share.contract(**at, by="country", lens="publisher")
    yield share.contract(**at, by="language", counting="full", denominator="attributed")
    yield MEASURES["licences"].contract(**at, by="country")
    yield MEASURES["totals"].contract(**at)
    yield from intervals(day)
    yield from of_lineage(day)


def intervals(day: str) -> Iterator[Contract]:
    """Yield questions over the snapshots up to a day."""
    to = {"frame": FRAME, "period": f"{LABELS[0]}..{day}"}
    yield MEASURES["series"].contract(**to, by="modality")
    yield MEASURES["crossover"].contract(**to, by="country", subjects=("IS", "PT"))
    yield MEASURES["licence_changes"].contract(**to)
    grown = to | {"period": f"{LABELS[0]}..{day}", "metric": "downloads_in_period"}
    yield MEASURES["share"].contract(**grown, by="developer")


def of_lineage(day: str) -> Iterator[Contract]:
    """Yield questions as of a day about what models stand on."""
    at = {"frame": FRAME, "period": day}
    for by in ("country", "bloc", "family", "namespace", "size_class", "language"):
        yield MEASURES["share"].contract(**at, by=by, roll_up="formats")
    for reading in vocabulary.READINGS:
        yield MEASURES["share"].contract(**at, by="country", lens="base", reading=reading)
    for name in ("edges", "drift"):
        yield MEASURES[name].contract(**at)


def asked(census: Census, question: Contract) -> dict[str, Any]:
    """Return all that a figure says but for its release; a refusal as what it says."""
    try:
        found = census.figure(question).to_dict()
    except ContractError as error:
        return {"refused": error.what}
    return {k: v for k, v in found.items() if k not in ("release", "citation")}


def rows_of(census: Census, question: Contract) -> list[dict[str, Any]]:
    return census.figure(question).records()


def is_of_lineage(question: Contract) -> bool:
    return (
        question.lens == "base"
        or question.roll_up != "none"
        or question.measure in ("edges", "drift", "duties")
    )


@pytest.fixture(scope="module", params=SEEDS)
def replayed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Census, Census]]:
    """A release of two labels, and of four, whether they are imported in order or backwards."""
    rows = grid(request.param)
    items = states(rows)
    beside = states({LABELS[3]: rows[LABELS[3]]}, frame="panel:beside")
    here = Grid.empty(tmp_path_factory.mktemp("here")).put(*items[:2])
    early = here.build()
    late = here.put(*items[2:], *beside).build()
    there = Grid.empty(tmp_path_factory.mktemp("there"))
    for item in reversed([*items, *beside]):
        there.put(item)
    with early, late, there.build() as backwards:
        assert backwards.release.name == late.release.name
        assert backwards.release.manifest["files"] == late.release.manifest["files"]
        yield early, late


def _every_third() -> list[Any]:
    """Return the questions; two of three are asked in the long run only."""
    asked = enumerate(instants(DAY))
    return [pytest.param(q, marks=pytest.mark.long if place % 3 else ()) for place, q in asked]


@pytest.mark.parametrize("question", _every_third(), ids=lambda q: f"{q.measure}-{q.id}")
def test_a_figure_as_of_a_day_is_unchanged_by_later_labels(
    replayed: tuple[Census, Census], question: Contract
) -> None:
    early, late = replayed
    if is_of_lineage(question):
        # a release keeps the last declared bases only: it says so, and how to have the others
        with pytest.raises(ContractError, match=f"not as of {DAY}") as caught:
            late.figure(question)
        assert f"census build --until {DAY}" in caught.value.next_step
    else:
        assert asked(late, question) == asked(early, question)


def test_the_questions_are_answered_and_later_labels_would_change_them(
    replayed: tuple[Census, Census],
) -> None:
    early, late = replayed
    for by in GROUPS:
        then = early.share(frame=FRAME, period=DAY, by=by).records()
        assert then
        assert late.share(frame=FRAME, by=by).records() != then


@pytest.mark.long  # a build of its own beside each question; the property holds above, too
@pytest.mark.parametrize("seed", [11, 12])
def test_a_release_built_until_a_day_gives_the_figures_of_that_day(
    tmp_path: Path, seed: int
) -> None:
    items = states(grid(seed))
    store = Grid.empty(tmp_path / "one").put(*items)
    with store.build() as whole:
        assert whole.release.snapshots[-1].label == LABELS[3]
    with (
        store.build(until=date.fromisoformat(DAY)) as then,
        Grid.empty(tmp_path / "two").put(*items[:2]).build() as early,
    ):
        assert then.release.name == early.release.name
        assert then.release.manifest["files"] == early.release.manifest["files"]
        for question in of_lineage(DAY):
            assert rows_of(then, question) == rows_of(early, question)
    with pytest.raises(StoreError, match="no snapshot with a label up to 2030-01-01"):
        store.build(until=date(2030, 1, 1))


NAMES = {"frame": "panel:names", "period": LABELS[0]}


def named(label: str, name: str, **more: Any) -> Any:
    return state(label, [{"id": name, "downloads_30d": 5, **more}], frame="panel:names")


def groups(census: Census, **values: str) -> dict[str, Any]:
    return {r["group"]: r["value"] for r in census.share(**NAMES, **values)}


def test_what_may_change_is_the_present_name(tmp_path: Path) -> None:
    store = Grid.empty(tmp_path).put(named(LABELS[0], "oldrowan/berry"))
    with store.build() as early:
        assert groups(early, by="namespace") == {"oldrowan": 5}
        assert groups(early, by="country") == {"unknown": 5}
    # the register knows that the account is called rowan now: who made it is known from then on
    with store.put(named(LABELS[1], "rowan/berry")).build() as late:
        assert groups(late, by="namespace") == {"rowan": 5}
        assert groups(late, by="country") == {"IS": 5}


def test_what_may_change_is_the_owner_at_a_release_that_is_told_later(tmp_path: Path) -> None:
    """hazel went from alder-lab (IS) to birch-works (PT) on 2031-03-01."""
    store = Grid.empty(tmp_path).put(
        state("2031-03-05", [{"id": "hazel/nut", "downloads_30d": 5}], frame="panel:names")
    )
    at = {"frame": "panel:names", "period": "2031-03-05"}
    with store.build() as early:
        assert [r["group"] for r in early.share(**at)] == ["PT"]
    row = {"id": "hazel/nut", "downloads_30d": 5, "created_at": _moment("2030-06-01")}
    with store.put(state("2031-04-05", [row], frame="panel:names")).build() as late:
        assert [r["group"] for r in late.share(**at)] == ["IS"]
        assert [r["group"] for r in late.share(**at, by="created_month")] == ["unknown"]


def _moment(day: str) -> Any:
    from datetime import UTC, datetime

    return datetime.fromisoformat(day).replace(tzinfo=UTC)
