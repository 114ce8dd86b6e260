"""Concentration over the invented worlds: golden values, bounds, fixed panels, refusals."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.small_store import developer, namespace, overlay, put, rename, state

from modelcensus.contracts.fact_words import MANY_VALUED
from modelcensus.contracts.figure import Figure
from modelcensus.contracts.registry import MEASURES
from modelcensus.contracts.vocabulary import GROUPS
from modelcensus.errors import ContractError
from modelcensus.measures.census import Census
from modelcensus.measures.wording import groups_phrase
from modelcensus.releases.build import build_release
from modelcensus.releases.release import open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

LAST = "2031-04-05"


def rows_of(figure: Figure, panel: str = "of_the_day") -> list[dict[str, Any]]:
    return [r for r in figure if r["panel"] == panel]


def hhi(values: list[float]) -> float:
    return 10_000 * sum((v / sum(values)) ** 2 for v in values)


def test_countries_of_the_grove_with_the_unknown_part_bounded(census: Census) -> None:
    """IS 350, PT 240, UY 100; 310 of international projects and unknown makers in no country."""
    figure = census.concentration(by="country", frame="panel:grove", period=LAST)
    (row,) = figure
    # fir/needle 60 international; ghost 40, elm 50, repack 100, wild 60 unknown
    loose = [60, 40, 50, 100, 60]
    known = [350, 240, 100]
    assert row["groups"] == row["groups_above_zero"] == 3
    assert row["value"] == 1000
    assert row["unknown_share"] == pytest.approx(0.31)
    assert row["hhi"] == pytest.approx(hhi(known + loose))
    assert row["hhi_unknown_as_one"] == pytest.approx(hhi([*known, 310]))
    assert row["hhi_at_most"] == pytest.approx(hhi([660, 240, 100]))
    assert row["hhi_attributed"] == pytest.approx(hhi(known))
    assert row["cr1"] == 0.35
    assert row["effective_number"] == pytest.approx(10_000 / row["hhi"])
    (bounds,) = figure.bounds["concentration_within_frame"]
    assert bounds["cr1"] == [0.35, 0.66]
    assert bounds["hhi"] == [row["hhi"], row["hhi_at_most"]]
    assert figure.coverage["models_in_no_group"] == 5
    assert figure.coverage["attributed_share"] == pytest.approx(0.69)
    assert "at most" in figure.finding


def test_models_count_by_themselves_zeros_and_unknown_counts_apart(census: Census) -> None:
    figure = census.concentration(by="model", frame="panel:grove", period=LAST)
    (row,) = figure
    values = [200, 60, 0, 200, 40, 100, 50, 60, 40, 50, 100, 40, 60]  # beech-null has no count
    assert (row["groups"], row["groups_above_zero"]) == (13, 12)
    assert row["hhi"] == row["hhi_at_most"] == pytest.approx(hhi(values))
    pairs = sum(abs(a - b) for a in values for b in values)
    assert row["gini"] == pytest.approx(pairs / (2 * len(values) * sum(values)))
    used = [v for v in values if v]
    pairs = sum(abs(a - b) for a in used for b in used)
    assert row["gini_above_zero"] == pytest.approx(pairs / (2 * len(used) * sum(used)))
    assert row["gini_above_zero"] < row["gini"]
    assert figure.coverage["groups_without_count"] == 1
    assert figure.coverage["models_at_zero"] == 1
    without = figure.sensitivity["hhi_without_one_model"][0]
    assert without["without"] == without["group"]
    assert without["hhi"] == pytest.approx(hhi(sorted(values, reverse=True)[1:]))


def test_a_panel_that_grows_is_no_trend_and_the_fixed_one_stands_beside(census: Census) -> None:
    day = census.concentration(by="namespace", frame="panel:grove")
    fixed = census.concentration(by="namespace", frame="panel:grove", panel="fixed")
    assert {r["panel"] for r in day} == {r["panel"] for r in fixed} == {"of_the_day", "fixed"}
    assert rows_of(day) == rows_of(fixed)
    assert rows_of(day, "fixed") == rows_of(fixed, "fixed")
    assert next(r["panel"] for r in day) == "of_the_day"
    assert next(r["panel"] for r in fixed) == "fixed"
    assert day.contract.id != fixed.contract.id
    # elm and fir enter later; rowan was oldrowan on the first day
    assert [r["groups"] for r in rows_of(day)] == [8, 9, 9, 10]
    assert [r["groups"] for r in rows_of(fixed, "fixed")] == [8, 8, 8, 8]
    ends = (
        [230, 150, 100, 40, 50, 70, 100, 60],
        [260, 240, 100, 40, 50, 40, 100, 60],
    )  # alder, birch, cedar, ghost, hazel, rowan, repack, wild
    for place in (0, -1):
        assert rows_of(fixed, "fixed")[place]["hhi"] == pytest.approx(hhi(ends[place]))
    for figure in (day, fixed):
        assert "A growing panel is no trend" in figure.finding
        assert any("8 and 10 namespaces, and 8 of them stand in both" in c for c in figure.caveats)


def test_a_recoded_row_says_what_the_hhi_becomes(census: Census) -> None:
    figure = census.concentration(by="country", frame="panel:grove", period=LAST)
    found = {(r["row_id"], r["alternative"]): r for r in figure.sensitivity["contested_rows"]}
    row = next(r for (_, alternative), r in found.items() if alternative == "NO")
    loose = [60, 40, 50, 100, 60]
    assert row["hhi"] == pytest.approx(hhi([350 - row["value"], row["value"], 240, 100, *loose]))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"by": "total"}, "one group"),
        ({"outliers": "median"}, "medians"),
        ({"panel": "fixed", "period": LAST}, "one snapshot"),
        ({"panel": "growing"}, "no panel"),
        ({"metric": "downloads_in_period", "period": "2031"}, "looks at moments"),
    ],
)
def test_what_has_no_concentration_is_refused(
    census: Census, values: dict[str, str], reason: str
) -> None:
    with pytest.raises(ContractError, match=reason) as caught:
        census.concentration(frame="panel:grove", **values)
    assert caught.value.next_step


@pytest.mark.parametrize("measure", ["share", "rank", "series"])
def test_models_are_no_groups_of_measures_with_a_row_per_group(
    census: Census, measure: str
) -> None:
    with pytest.raises(ContractError, match="every model would be one") as caught:
        getattr(census, measure)(by="model", frame="panel:grove")
    assert "concentration" in caught.value.next_step


ANY_GROUP = [
    name
    for name, term in GROUPS.items()
    if not term.missing and name not in ("total", "created_month", "created_year")
]
"""Every word but the one group of all, and those that a curated sample refuses."""


@pytest.mark.parametrize("by", ANY_GROUP)
def test_any_group_of_the_vocabulary_has_a_concentration_and_sizes(census: Census, by: str) -> None:
    """A word that is added to the vocabulary is asked for here, too."""
    if by == "language":
        with pytest.raises(ContractError, match="does not hold any language"):
            census.concentration(by=by, frame="sample:leaf")
        return
    (row,) = census.concentration(by=by, frame="sample:leaf")
    assert row["value"] == 700
    assert row["hhi"] <= row["hhi_unknown_as_one"] <= row["hhi_at_most"] <= 10_000
    assert groups_phrase(MEASURES["concentration"].contract(by=by)) in (
        census.concentration(by=by, frame="sample:leaf").finding
    )
    if by in MANY_VALUED:
        with pytest.raises(ContractError, match="a model may have several"):
            census.sizes(by=by, frame="sample:leaf")
    elif by != "model":
        figure = census.sizes(by=by, frame="sample:leaf")
        totals = [r for r in figure if r["kind"] == "total"]
        assert sum(r["models"] for r in totals) == 3
        assert sum(r["models_without_size"] for r in totals) == 2


def test_sums_that_no_float_holds_are_exact(tmp_path: Path) -> None:
    rows = [{"id": f"a/{n}", "downloads_30d": 2**53 + n} for n in (1, 2)]
    store = put(Store(tmp_path), state("2031-01-05", rows))
    build_release(store, Settings())
    with Census(open_release(store)) as census:
        (row,) = census.concentration(by="model")
        assert row["value"] == 2**54 + 3
        assert row["hhi"] == pytest.approx(5000)


def test_a_complete_frame_is_its_own_whole(census: Census) -> None:
    figure = census.concentration(by="namespace", frame="hub")
    (row,) = figure
    assert row["hhi"] == pytest.approx(hhi([200, 300, 500]))
    assert figure.bounds["hub_wide"]["status"] == "the frame is the whole hub"


LABELS = ("2031-01-05", "2031-02-05", "2031-03-05")


Counts = list[dict[str, int | None]]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Census, Counts]]:
    """A panel of 200 drawn models at three labels, and what was drawn."""
    draw = random.Random(5)  # noqa: S311
    counts = [
        {
            f"space{draw.randrange(12)}/model{n}": draw.choice((0, None, draw.randrange(9), n * n))
            for n in draw.sample(range(200), 150)
        }
        for _ in LABELS
    ]
    spaces = {m.split("/")[1]: m.split("/")[0] for found in counts for m in found}
    counts = [{f"{spaces[m.split('/')[1]]}/{m.split('/')[1]}": v for m, v in c.items()}
              for c in counts]  # fmt: skip
    folder = tmp_path_factory.mktemp("drawn")
    store = Store(folder / "store")
    for label, found in zip(LABELS, counts, strict=True):
        put(store, state(label, [{"id": m, "downloads_30d": v} for m, v in found.items()]))
    build_release(store, Settings())
    with Census(open_release(store)) as census:
        yield census, counts


@pytest.mark.parametrize("by", ["model", "namespace"])
def test_drawn_tables_agree_with_plain_python(drawn: tuple[Census, Counts], by: str) -> None:
    census, counts = drawn
    figure = census.concentration(by=by, frame="panel:probe")

    def grouped(found: dict[str, int | None]) -> dict[str, int]:
        sums: Counter[str] = Counter()
        for model, value in found.items():
            if value is not None:
                sums[model if by == "model" else model.split("/")[0]] += value
        return dict(sums)

    present = [{m if by == "model" else m.split("/")[0] for m in c} for c in counts]
    for panel in ("of_the_day", "fixed"):
        for row, found in zip(rows_of(figure, panel), counts, strict=True):
            groups = grouped(found)
            if panel == "fixed":
                groups = {g: v for g, v in groups.items() if g in present[0] & present[-1]}
            values = sorted(groups.values(), reverse=True)
            assert row["groups"] == len(values)
            assert row["groups_above_zero"] == sum(v > 0 for v in values)
            assert row["hhi"] == pytest.approx(hhi(values))
            for k in (1, 10, 100):
                assert row[f"cr{k}"] == pytest.approx(sum(values[:k]) / sum(values))
            pairs = sum(abs(a - b) for a in values for b in values)
            assert row["gini"] == pytest.approx(pairs / (2 * len(values) * sum(values)))


def moving_world(folder: Path) -> Census:
    """One model moves between two accounts that both stand; one account is renamed."""
    store = Store(folder / "store")
    put(
        store,
        state("2031-01-05", [
            {"id": "ash/one", "downloads_30d": 10}, {"id": "ash/two", "downloads_30d": 20},
            {"id": "old/three", "downloads_30d": 30},
        ]),
        state("2031-02-05", [
            {"id": "ash/one", "downloads_30d": 10}, {"id": "beech/two", "downloads_30d": 25},
            {"id": "new/three", "downloads_30d": 30},
        ]),
    )  # fmt: skip
    laid = overlay(
        folder / "overlay",
        developers=[developer("ash-lab", "IS")],
        namespaces=[namespace("ash", "ash-lab")],
        renames=[rename("ash/two", "beech/two", "model"), rename("old", "new")],
    )
    build_release(store, Settings(), overlays=[laid])
    return Census(open_release(store))


def test_a_moved_model_counts_where_it_stood_and_a_renamed_account_is_one(tmp_path: Path) -> None:
    with moving_world(tmp_path) as world:
        series = world.series(by="namespace", frame="panel:probe")
        found = {(r["label"], r["group"]): r["value"] for r in series if r["value"] is not None}
        assert found == {
            ("2031-01-05", "ash"): 30,
            ("2031-01-05", "new"): 30,
            ("2031-02-05", "ash"): 10,
            ("2031-02-05", "beech"): 25,
            ("2031-02-05", "new"): 30,
        }
        fixed = rows_of(world.concentration(by="namespace", panel="fixed"), "fixed")
        assert [r["value"] for r in fixed] == [60, 40]
        models = rows_of(world.concentration(by="model", panel="fixed"), "fixed")
        assert [r["value"] for r in models] == [60, 65]
