"""A spread: each row is a share of its own definition, and what is left out says why."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest
from tests.acre import FRAME

from modelcensus.contracts import defensible, vocabulary
from modelcensus.contracts.contract import Contract
from modelcensus.contracts.defensible import VARIED, definition_space
from modelcensus.contracts.figure import Figure
from modelcensus.contracts.measure import PARAMETERS
from modelcensus.contracts.registry import MEASURES
from modelcensus.contracts.vocabulary import Term
from modelcensus.errors import ContractError
from modelcensus.measures.aggregate import headline_share, sums_by_snapshot
from modelcensus.measures.census import Census
from modelcensus.measures.choice_effects import Outcome, effects_of, spans_of
from modelcensus.measures.definition_sums import sums_of_many
from modelcensus.measures.selection import select
from modelcensus.settings import Settings

ASKED = MEASURES["share"].contract(
    subjects=("CN", "US"), frame=FRAME, period="2025-04-01", by="country"
)


@pytest.fixture(scope="module")
def figure(acre_census: Census) -> Figure:
    return acre_census.spread("CN", "US", frame=FRAME)


def definitions() -> list[Contract]:
    return list(definition_space(ASKED, ["atom"]).definitions)


def test_every_definition_has_the_sums_that_it_has_alone(acre_census: Census) -> None:
    """What is summed at once is what `select` gives for each definition, group by group."""
    release = acre_census.release
    able = [d for d in definitions() if d.metric in ("downloads_30d", "likes", "models")]
    sums, refused = sums_of_many(release, able)
    assert not refused
    asked = able[::13]  # all words of all fields are among them
    for name in VARIED:
        assert {getattr(d, name) for d in asked} == {getattr(d, name) for d in able}
    for definition in asked:
        selection = select(release, definition)
        alone, found = sums_by_snapshot(selection)[selection.last.key], sums[definition]
        assert found.models == alone.models, definition
        assert found.counted == alone.counted, definition
        assert found.values == pytest.approx(alone.values, abs=1e-6), definition


def test_definitions_that_cannot_be_computed_are_refused_as_they_are_alone(
    acre_census: Census,
) -> None:
    able = {"downloads_30d", "likes", "models", "descendants"}
    asked = [d for d in definitions() if d.metric not in able][::29]
    sums, refused = sums_of_many(acre_census.release, asked)
    assert asked
    assert not sums
    for definition in asked:
        with pytest.raises(ContractError) as caught:
            select(acre_census.release, definition)
        assert refused[definition] == caught.value.what


def test_a_row_s_definition_is_one_of_share_with_the_same_shares(
    acre_census: Census, figure: Figure
) -> None:
    by_id = {d.id: d for d in definitions()}
    row = next(r for r in figure if r["is_as_asked"])
    shares = {r["group"]: r["share_of_all"] for r in acre_census.figure(by_id[row["definition"]])}
    assert (row["share_CN"], row["share_US"]) == (shares["CN"], shares["US"])
    assert row["definition"] == acre_census.share("CN", "US", frame=FRAME).contract.id
    assert {r["definition"] for r in figure} <= set(by_id)


def test_what_is_not_carried_is_counted_with_its_reason(
    acre_census: Census, figure: Figure
) -> None:
    lists = acre_census.release.fetch(
        acre_census.release.table("populations").select("population").distinct()
    )["population"].to_pylist()
    space = definition_space(ASKED, sorted(lists))
    lost = sum(row["definitions"] for row in figure.details["not_carried"])
    assert len(figure.rows) + lost == len(space.definitions)
    assert lost == figure.coverage["definitions_not_carried"] > 0
    reasons = " ".join(row["why"] for row in figure.details["not_carried"])
    assert "holds no downloads_all_time" in reasons
    assert "creation date is not known" in reasons  # young: most of acre has no creation date
    refused = {(r["field"], r["word"]) for r in figure.details["not_asked"]}
    assert ("outliers", "median") in refused
    assert ("metric", "downloads_in_period") in refused


def test_rows_are_ordered_and_duplicates_name_an_earlier_definition(figure: Figure) -> None:
    rows = figure.records()
    shares = [row["share_CN"] for row in rows if row["share_CN"] is not None]
    assert shares == sorted(shares, reverse=True)
    first = {row["definition"]: row for row in rows if row["same_as"] is None}
    for row in rows:
        if row["same_as"] is not None:
            other = first[row["same_as"]]
            assert (row["share_CN"], row["share_US"]) == (other["share_CN"], other["share_US"])
    distinct = {(row["share_CN"], row["share_US"]) for row in rows}
    assert len(first) == len(distinct) == figure.coverage["definitions_distinct"]
    assert sum(figure.details["leads"].values()) == len(first)


def test_a_spread_says_what_it_hangs_on_and_moves_with_its_data(figure: Figure) -> None:
    hangs_on = figure.sensitivity["hangs_on"]
    assert hangs_on["row_id"].startswith("developers:bolt-lab")
    assert hangs_on["row_id"] in figure.finding
    assert figure.sensitivity["choices"][0]["field"] in figure.finding
    assert "no probability" in figure.does_not_show[0]


def test_every_word_has_a_reason_or_is_refused_with_one() -> None:
    for name in VARIED:
        for word in PARAMETERS[name].words or {}:
            known = defensible.REASONS[name].keys() | defensible.REFUSED.get(name, {}).keys()
            term = (PARAMETERS[name].words or {})[word]
            assert word in known or term.missing or term.description
        for word in defensible.REASONS[name]:
            assert word in (PARAMETERS[name].words or {}), f"{name} {word} is no word"
    patterned = {w for n in VARIED for w in PARAMETERS[n].words or {} if ":" in w}
    refused = {w for words in defensible.REFUSED.values() for w in words}
    assert patterned - {"list:NAME"} - refused == set(defensible.NUMBERS)


def test_a_new_word_joins_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(definitions())
    fresh = Term("half", "half of it", "a treatment that a later version brings")
    monkeypatch.setitem(vocabulary.OUTLIERS, "half", fresh)
    space = definition_space(ASKED, ["atom"])
    added = set(space.definitions) - before
    assert added
    assert {d.outliers for d in added} == {"half"}
    assert space.reasons["outliers"]["half"] == fresh.description


def test_no_two_definitions_differ_in_a_word_without_meaning() -> None:
    for one in definitions():
        assert one.lens == "base" or (one.reading, one.counting) == ("inferred", "fractional")
        assert one.coding == "census" or one.lens == ""
        assert not (one.metric == "models" and one.outliers != "none")
        assert one.lens != "developer"  # the standard lens is written in one way
    assert len({d.id for d in definitions()}) == len(definitions())


def outcomes(*rows: tuple[dict[str, str], float, float]) -> Iterator[Outcome]:
    for values, first, second in rows:
        yield Outcome(ASKED.with_values(**values), ("CN", "US"), (first, second))


def test_the_effect_of_a_choice_is_taken_over_pairs_that_differ_in_it_alone() -> None:
    """Gaps: -0.2, 0.0, 0.1, 0.2: metric pairs move 0.2 and 0.1, population pairs 0.3 and 0.2."""
    found = effects_of(
        list(
            outcomes(
                ({}, 0.3, 0.5),
                ({"metric": "likes"}, 0.4, 0.4),
                ({"population": "first_party"}, 0.5, 0.4),
                ({"population": "first_party", "metric": "likes"}, 0.5, 0.3),
            )
        )
    )
    population, metric = found
    assert population["field"] == "population"
    assert population["pairs"] == metric["pairs"] == 2
    assert population["median_change"] == pytest.approx(median([0.3, 0.2]))
    assert population["largest_change"] == pytest.approx(0.3)
    assert population["between"] == ["all", "first_party"]
    assert population["flips"] == 1  # the tie at 0.4 has no leader
    assert metric["median_change"] == pytest.approx(0.15)
    assert metric["flips"] == 0


def test_spans_are_over_distinct_definitions() -> None:
    rows = list(outcomes(({}, 0.1, 0.5), ({"metric": "likes"}, 0.3, 0.4)))
    same = Outcome(ASKED.with_values(metric="models"), ("CN", "US"), (0.3, 0.4), "x")
    span = spans_of([*rows, same], ("CN", "US"))["CN"]
    assert (span["lowest"], span["median"], span["highest"]) == (0.1, pytest.approx(0.2), 0.3)
    assert span["first_quartile"] == pytest.approx(0.15)
    assert (span["lowest_by"], span["highest_by"]) == (rows[0].definition.id, rows[1].definition.id)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"outliers": "median"}, "have no shares"),
        ({"period": "2025-01..2025-03"}, "overlap"),
        ({"metric": "downloads_all_time"}, "holds no downloads_all_time"),
    ],
)
def test_a_question_that_cannot_be_asked_has_no_spread(
    acre_census: Census, values: dict[str, str], told: str
) -> None:
    with pytest.raises(ContractError) as caught:
        acre_census.spread("CN", "US", frame=FRAME, **values)
    assert told in caught.value.what
    assert caught.value.next_step


def test_a_question_about_a_period_varies_what_happened_in_it(acre_census: Census) -> None:
    figure = acre_census.spread(
        "axe-works", frame="hub", metric="downloads_in_period", period="all", by="developer"
    )
    # the frame has running totals and creation dates, so first-year downloads are told, too
    assert {row["metric"] for row in figure} == {
        "downloads_in_period",
        "downloads_first_year_in_period",
    }
    refused = {r["word"]: r["why"] for r in figure.details["not_asked"]}
    assert "question is about a period" in refused["downloads_all_time"]
    assert "selected" not in {row["denominator"] for row in figure}
    assert figure.sensitivity["headline_groups"] == ["axe-works"]
    assert all(row["gap"] is None and row["leader"] is None for row in figure)


def test_published_shares_stand_beside_it_with_their_scope(figure: Figure) -> None:
    published = {p["claim_id"]: p for p in figure.details["published"]}
    assert published["longpre-2025-share-cn"]["share"] == pytest.approx(0.171)
    assert {p["subject"] for p in published.values()} == {"CN", "US"}
    assert all(p["scope"] and p["source"] and p["period"] for p in published.values())
    assert "none of them is contradicted" in " ".join(figure.caveats)
    # another quantity about the same countries is no dot
    assert "atom-2026-cn-cumulative" not in published
    assert "hai-2025-finetunes-cn" not in published


@pytest.mark.long
def test_a_setting_decides_how_much_must_be_known_of_a_population(acre_census: Census) -> None:
    release = acre_census.release
    before = release.settings
    assert before.min_known_models == Settings().min_known_models == 0.5
    try:
        release.settings = Settings(min_known_models=0.01)
        wider = acre_census.spread("CN", "US", frame=FRAME)
    finally:
        release.settings = before
    assert "young:365" in {row["population"] for row in wider}


@pytest.mark.long
def test_figures_of_a_spread_are_finite_and_repeat_themselves(
    acre_census: Census, figure: Figure
) -> None:
    values: list[Any] = [v for row in figure for v in row.values() if isinstance(v, float)]
    assert values
    assert all(math.isfinite(v) for v in values)
    assert acre_census.spread("CN", "US", frame=FRAME).to_json() == figure.to_json()


def test_a_headline_of_another_coding_is_asked_in_its_words(acre_census: Census) -> None:
    """Sums of a coding are read by its own words: `headline_share` names them."""
    theirs = next(d for d in definitions() if d.coding == "atom")
    assert theirs.subjects == ("china", "us")
    sums, refused = sums_of_many(acre_census.release, [definitions()[0], theirs])
    assert not refused
    assert headline_share(sums[theirs], theirs, "china") is None  # ATOM writes China here
