"""What holds for every definition: shares add up, filters say what they count, order is nothing.

Values are held against a plain recount in Python over the rows that were imported.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from tests.grid import FRAME, LABELS, Grid, Row, grid, states
from tests.worlds import import_counts

from modelcensus.contracts import vocabulary
from modelcensus.contracts.contract import Contract
from modelcensus.contracts.fact_words import MANY_VALUED, PRECISIONS, TASKS
from modelcensus.contracts.population import Population
from modelcensus.contracts.registry import MEASURES
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.errors import ContractError
from modelcensus.measures.aggregate import Sums, headline_share, sums_by_snapshot
from modelcensus.measures.census import Census
from modelcensus.measures.selection import select
from modelcensus.snapshots.store import Store

SEED = 5
LAST = LABELS[-1]
GROUPS = [n for n, term in vocabulary.GROUPS.items() if not term.missing and n != "model"]
"""Words that give a row per group; every model for itself is no group."""
SHARE = MEASURES["share"]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return grid(SEED)[LAST]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    with Grid.empty(tmp_path_factory.mktemp("grid")).put(*states(grid(SEED))).build() as census:
        yield census


def sums_of(census: Census, **values: Any) -> tuple[Contract, Sums]:
    selection = select(census.release, SHARE.contract(frame=FRAME, **values))
    return selection.contract, sums_by_snapshot(selection)[selection.last.key]


# Shares add up


def ways() -> Iterator[dict[str, Any]]:
    """Yield every group with every way to count models of several groups, and copies."""
    for by in GROUPS:
        lenses = ("", "base") if by in ("country", "bloc", "developer", "family") else ("",)
        for lens in lenses:
            yield {"by": by, "lens": lens}
        if by not in ("format", "precision", "developer_sub_type"):
            yield {"by": by, "roll_up": "formats"}
        if by in MANY_VALUED:
            yield {"by": by, "counting": "full"}


@pytest.mark.parametrize("way", [{"roll_up": "formats"}, {"lens": "base"}])
def test_sub_types_are_not_told_of_what_models_stand_on(way: dict[str, str]) -> None:
    with pytest.raises(ContractError, match="of observed models only"):
        SHARE.contract(by="developer_sub_type", **way)


@pytest.mark.parametrize("way", list(ways()), ids=lambda w: "-".join(map(str, w.values())))
def test_shares_sum_to_one_over_every_denominator(world: Census, way: dict[str, Any]) -> None:
    contract, sums = sums_of(world, **way)
    whole = sum(sums.share(g) or 0 for g in sums.values)
    known = tuple(sums.leaders())
    for denominator in ("all", "attributed"):
        asked = contract.with_values(denominator=denominator)
        shares = [headline_share(sums, asked, g) for g in sums.values]
        added = sum(s for s in shares if s is not None)
        if contract.has_full_words:
            # models of two groups are in both: the shares add up to more, and the figure says so
            assert added > 1
        else:
            assert added == pytest.approx(1, abs=1e-9)
    if not contract.has_full_words:
        asked = contract.with_values(denominator="selected", subjects=known[:2])
        assert sum(headline_share(sums, asked, g) for g in known[:2]) == pytest.approx(1)
        assert sums.total == pytest.approx(sums_of(world, by="total")[1].total)
    else:
        assert sums.total == sums_of(world, by="total")[1].total
        figure = world.share(frame=FRAME, **way)
        assert figure.coverage["shares_add_up_to"] == pytest.approx(whole)
        assert any(f"add up to 1, here to {whole:.3f}" in text for text in figure.caveats)


@pytest.mark.parametrize(
    "way",
    [
        {"by": "country"},
        *(pytest.param({"by": b}, marks=pytest.mark.long) for b in ("language", "modality")),
    ],
)
def test_naming_some_groups_changes_no_share_of_the_others(
    world: Census, way: dict[str, Any]
) -> None:
    """Leaving a group out of what is asked is no filter of the denominator."""
    every = {r["group"]: r for r in world.share(frame=FRAME, **way)}
    names = sorted(g for g in every if g != UNKNOWN)
    for chosen in (names[:1], names[1:3], names[:-1]):
        for denominator in ("all", "attributed", "selected"):
            some = world.share(*chosen, frame=FRAME, denominator=denominator, **way)
            assert {r["group"] for r in some} == {*chosen, UNKNOWN}
            assert all(r == every[r["group"]] for r in some)
            rest = sum(every[g]["share_of_all"] or 0 for g in every if g not in (*chosen, UNKNOWN))
            assert some.coverage["other_groups_share"] == pytest.approx(rest)


# Filters


def modality(row: Row) -> str:
    task = row["pipeline_tag"]
    listed = [word for word, tasks in TASKS.items() if task in tasks]
    return UNKNOWN if task is None else (listed or ["unlisted"])[0]


def size(row: Row) -> str:
    count = row["parameters"]
    ends = ((10**9, "<1B"), (7 * 10**9, "1B-7B"), (2 * 10**10, "7B-20B"), (10**11, "20B-100B"))
    return UNKNOWN if not count else next((w for e, w in ends if count < e), ">=100B")


def licence(row: Row) -> str:
    known = {None: "L9", "apache-2.0": "L1", "mit": "L1", "gpl-3.0": "L2", "cc-by-4.0": "L3"}
    return known.get(row["licence_tag"], "L8")


STORED = {
    ("BF16",): "16-bit",
    ("F8_E4M3", "BF16"): "8-bit",
    ("F32", "I64"): "32-bit",
}
"""Of the grid's types of stored weights, those that tell a number format."""


def words(row: Row, by: str) -> list[str]:
    """Return the groups that a row stands in."""
    if by == "precision":
        tags = {tag.lower() for tag in row["tags"] or ()}
        named = sorted(w for w, spellings in PRECISIONS.items() if tags & {*spellings})
        return named or [STORED.get(tuple(row["number_types"] or ()), UNKNOWN)]
    if by in ("language", "format"):
        return sorted({w.lower() for w in row[f"{by}s"] or ()}) or [UNKNOWN]
    return [{"modality": modality, "size_class": size, "licence_class": licence}[by](row)]


def recount(kept: Sequence[Row], by: str, counting: str) -> dict[str, Fraction]:
    found: dict[str, Fraction] = defaultdict(Fraction)
    for row in kept:
        groups = words(row, by)
        part = Fraction(1, len(groups)) if counting == "fractional" else Fraction(1)
        for group in groups:
            found[group] += part * (row["downloads_30d"] or 0)
    return found


POPULATIONS: dict[str, Callable[[Row], bool]] = {
    "all": lambda r: True,
    "modality:text": lambda r: modality(r) == "text",
    "modality:unknown,vision": lambda r: modality(r) in (UNKNOWN, "vision"),
    "size:1-7B,<1B": lambda r: size(r) in ("1B-7B", "<1B"),
    "size:unknown": lambda r: size(r) == UNKNOWN,
    "licence:L1": lambda r: licence(r) == "L1",
    "licence:L8,L9+modality:text": lambda r: licence(r) in ("L8", "L9") and modality(r) == "text",
}


@pytest.mark.parametrize("population", POPULATIONS)
@pytest.mark.parametrize(
    ("by", "counting"),
    [
        ("modality", ""),
        ("size_class", ""),
        ("licence_class", ""),
        ("language", ""),
        ("language", "full"),
        ("format", ""),
        ("precision", "full"),
    ],
)
def test_a_filter_changes_what_is_counted_and_nothing_else(
    world: Census, rows: list[Row], population: str, by: str, counting: str
) -> None:
    contract, sums = sums_of(world, population=population, by=by, counting=counting)
    kept = [r for r in rows if POPULATIONS[population](r)]
    expected = recount(kept, by, counting or "fractional")
    assert {g: pytest.approx(float(v)) for g, v in expected.items()} == sums.values
    # a share is the part of the models that the filter leaves, unknown ones included
    whole = sum(r["downloads_30d"] or 0 for r in kept)
    assert sums.total == pytest.approx(whole)
    assert sums.all_models == len(kept)
    assert all(sums.share(g) == pytest.approx(float(v) / whole) for g, v in expected.items()
               if sums.has_count(g))  # fmt: skip
    if population != "all":
        assert Population.parse(population).phrase in contract.sentence()


def test_models_whose_fact_is_unknown_are_left_out_and_counted(
    world: Census, rows: list[Row]
) -> None:
    missing = sum(UNKNOWN in (modality(r), size(r)) for r in rows)
    figure = world.share(frame=FRAME, population="modality:text+size:1-7B")
    assert any(
        text.startswith(f"{missing} models of the frame are left out of the population")
        and "their modality or size is not known here" in text
        for text in figure.caveats
    )
    assert figure.bounds["hub_wide"]["status"] == "unknown here"


# Treatments


@pytest.mark.parametrize("percentile", ["50", "90", "99.5", "0.5"])
def test_counts_are_capped_at_a_percentile_of_the_known_ones(
    world: Census, rows: list[Row], percentile: str
) -> None:
    known = sorted(r["downloads_30d"] for r in rows if r["downloads_30d"] is not None)
    highest = known[ceil(Fraction(percentile) * len(known) / 100) - 1]
    expected = sum(min(count, highest) for count in known)
    _, sums = sums_of(world, by="total", outliers=f"cap-quantile:{percentile}")
    assert sums.total == expected
    assert sums.all_models == len(rows)
    # a model of several words is capped before it is divided
    _, words_ = sums_of(world, by="language", outliers=f"cap-quantile:{percentile}")
    assert words_.total == pytest.approx(expected)


def test_a_roll_up_moves_the_count_of_copies_and_nothing_else(world: Census) -> None:
    for by in ("developer", "size_class"):
        _, own = sums_of(world, by=by)
        _, rolled = sums_of(world, by=by, roll_up="formats")
        assert rolled.total == pytest.approx(own.total)
        assert (rolled.all_models, rolled.zeros) == (own.all_models, own.zeros)
        assert rolled.values != own.values


# Order, repetition, parts


def figures(census: Census) -> list[Any]:
    return [
        census.share(frame=FRAME, by=by).records()
        for by in ("country", "language", "modality", "precision")
    ] + [census.share(frame=FRAME, by="family", roll_up="formats").records()]


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_the_order_of_rows_and_repeated_rows_change_no_figure(tmp_path: Path, seed: int) -> None:
    given = grid(seed)
    draw = random.Random(seed)  # noqa: S311
    mixed = {}
    for label, listed in given.items():
        mixed[label] = [*listed, *draw.sample(listed, 10)]
        draw.shuffle(mixed[label])
    with (
        Grid.empty(tmp_path / "one").put(*states(given)).build() as plain,
        Grid.empty(tmp_path / "two").put(*states(mixed)).build() as other,
    ):
        assert figures(plain) == figures(other)


def test_a_file_in_two_parts_gives_the_figures_of_the_whole(tmp_path: Path) -> None:
    counts = {f"alder/aspen-{n}": tuple(n * k for k in (1, 2, 3, 4)) for n in range(9)}
    counts |= {"wild/thing": (1, "", "-", 7)}
    found = []
    for name, cuts in (("whole", (0, 4)), ("parts", (0, 1, 4)), ("late", (0, 3, 4))):
        folder = Grid.empty(tmp_path / name)
        pairs = list(pairwise(cuts))
        for start, end in reversed(pairs) if name == "late" else pairs:
            cut = {m: c[start:end] for m, c in counts.items()}
            place = tmp_path / name / f"{start}"
            import_counts(Store(folder.store.path), place, FRAME, LABELS[start:end], cut)
        with folder.build() as census:
            found.append(
                [
                    census.share(frame=FRAME, by="family").records(),
                    census.series(frame=FRAME, by="country").records(),
                    census.totals(frame=FRAME).records(),
                ]
            )
    assert found[0] == found[1] == found[2]


# Figures


def test_a_model_of_two_groups_leaves_both_when_it_is_left_out(world: Census) -> None:
    for counting in ("fractional", "full"):
        way = {"frame": FRAME, "by": "language", "counting": counting}
        selection = select(world.release, SHARE.contract(**way))
        for moved in world.share(**way).sensitivity["leave_one_model_out"][:3]:
            models = world.release.table("models").select("model_key", "model_id")
            named = selection.values.join(models, "model_key")
            left = named.filter(named.model_id != moved["without"])
            groups = left.group_by("group").agg(value=left.value.sum())
            values = {r["group"]: r["value"] for r in world.release.fetch(groups).to_pylist()}
            whole = sum(values.values())
            if counting == "full":
                once = left.group_by("model_key").agg(value=left.value.max())
                whole = world.release.fetch(once.agg(v=once.value.sum()))["v"][0].as_py()
            shares = {g: values.get(g, 0) / whole for g in moved["shares"]}
            assert moved["shares"] == {g: pytest.approx(v) for g, v in shares.items()}


def test_blocs_are_those_of_the_day_of_the_snapshot(tmp_path: Path) -> None:
    """The United Kingdom was in the European Union until 2020-01-31."""
    from tests.small_store import developer, namespace, overlay, put, state

    from modelcensus.releases.build import build_release
    from modelcensus.releases.release import open_release
    from modelcensus.settings import Settings

    rows_ = [{"id": f"{name}/a", "downloads_30d": 10} for name in ("thames", "seine", "rhine")]
    laid = overlay(
        tmp_path / "overlay",
        developers=[
            developer("thames-lab", "GB"),
            developer("seine-lab", "FR"),
            developer("rhine-lab", "DE", alternatives="CH", contested_because="two seats"),
        ],
        namespaces=[namespace(n, f"{n}-lab") for n in ("thames", "seine", "rhine")],
    )
    store = put(
        Store(tmp_path / "store"),
        *(state(day, rows_, frame=FRAME) for day in ("2020-01-31", "2020-02-01")),
    )
    report = build_release(store, Settings(), overlays=[laid])
    with Census(open_release(store, report.name)) as census:
        series = census.series(frame=FRAME, by="bloc")
        found = {(r["label"], r["group"]): r["value"] for r in series}
        assert found == {
            ("2020-01-31", "EU"): 30,
            ("2020-01-31", "GB"): None,
            ("2020-02-01", "EU"): 20,
            ("2020-02-01", "GB"): 10,
        }
        figure = census.share("European Union", frame=FRAME, by="bloc")
        assert "models made by developers based in the European Union held 66.7 %" in figure.finding
        assert "citizens or state" in figure.does_not_show[-1]
        moved = figure.sensitivity["hangs_on"]
        assert (moved["from"], moved["to"], moved["value"]) == ("EU", "CH", 10)


@pytest.mark.parametrize(
    ("measure", "values", "reason"),
    [
        ("licences", {"by": "language"}, "wants every model in one group"),
        ("share", {"by": "modality", "counting": "full"}, "no base is asked for"),
        ("share", {"population": "licence:L1", "frame": "panel:osir"}, "does not hold licences"),
        ("share", {"roll_up": "formats", "frame": "panel:osir"}, "does not tell what its models"),
        ("share", {"by": "language", "frame": "panel:osir"}, "does not hold any language"),
    ],
)
def test_what_a_frame_or_measure_cannot_carry_is_refused(
    sample_census: Census, measure: str, values: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ContractError, match=reason) as caught:
        getattr(sample_census, measure)(**values)
    assert caught.value.next_step
