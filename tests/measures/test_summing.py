"""Sums of rolling readings: which are kept, what they add up to, and what is said beside them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.small_store import owned, put, state

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.registry import MEASURES
from modelcensus.errors import ContractError
from modelcensus.measures.census import Census, open_census
from modelcensus.measures.summing import keep_apart
from modelcensus.releases.build import build_release
from modelcensus.releases.release import SnapshotEntry
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

LABELS = ("2031-01-01", "2031-02-01", "2031-03-01", "2031-03-22", "2031-04-22")
"""31, 28, 21 and 31 days apart."""

COUNTS = {
    "jade/one": (10, 20, 30, 40, 50),
    "jade/late": (None, None, 7, 8, 9),
    "bolt/one": (15, 16, 17, 200, 19),
    "wild/thing": (1, "-", 1, 1, 1),
}
"""None: not listed; "-": listed without a count."""

SUMMED = {"metric": "downloads_summed_30d", "period": "all"}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    folder = tmp_path_factory.mktemp("summed")
    store = Store(folder / "store")
    for place, label in enumerate(LABELS):
        rows = [
            {"id": name, "downloads_30d": None if counts[place] == "-" else counts[place]}
            for name, counts in COUNTS.items()
            if counts[place] is not None
        ]
        put(store, state(label, rows))
    register = owned(folder / "overlay", {"jade": ("jade-lab", "CN"), "bolt": ("bolt-works", "US")})
    build_release(store, Settings(), overlays=[register])
    with open_census(store.path) as opened:
        yield opened


def entry(day: date) -> SnapshotEntry:
    return SnapshotEntry(
        day.toordinal(), "huggingface", "panel:x", day.isoformat(), (), False, False, False, ""
    )


snapshots = st.lists(st.integers(0, 400), min_size=1, max_size=30, unique=True).map(
    lambda days: [entry(date(2030, 1, 1) + timedelta(days=d)) for d in sorted(days)]
)


@given(snapshots, st.integers(1, 60), st.booleans())
def test_kept_readings_lie_apart_and_no_other_would_fit(
    held: list[SnapshotEntry], days: int, backwards: bool
) -> None:
    kept = keep_apart(held, days, backwards=backwards)
    assert list(kept) == sorted(kept, key=lambda s: s.key)
    assert (held[-1] if backwards else held[0]) in kept
    assert all((b.label_at - a.label_at).days >= days for a, b in pairwise(kept))
    for left in set(held) - set(kept):
        near = [abs((left.label_at - k.label_at).days) for k in kept]
        assert min(near) < days


def test_the_worked_example_of_the_methods(asked: Census) -> None:
    figure = asked.share(**SUMMED)
    values = {row["group"]: row["value"] for row in figure}
    # 03-22 lies 21 days after 03-01: left out. jade 10+20+30+50 and 7+9, bolt 15+16+17+19, wild 3
    assert values == {"CN": 126, "US": 67, "unknown": 3}
    assert figure.coverage["snapshots_kept"] == [*LABELS[:3], LABELS[4]]
    assert figure.coverage["snapshots_skipped"] == ["2031-03-22"]
    # gaps of 31, 28 and 52 days
    assert figure.coverage["days_counted_twice"] == 2
    assert figure.coverage["days_between_readings_not_counted"] == 1 + 22
    assert figure.coverage["days_before_period_counted"] == 30
    # jade/late lacks two readings and wild/thing one
    assert figure.coverage["models_lacking_readings"] == 2
    assert figure.coverage["readings_lacking"] == 3
    assert "In 4 readings at least 28 days apart, from 2031-01-01 to 2031-04-22" in figure.finding
    assert any(text.startswith("an estimate: 4 readings") for text in figure.caveats)
    assert any("sum of them is an estimate" in text for text in figure.does_not_show)


def test_the_other_choice_of_readings_is_stated(asked: Census) -> None:
    readings = {r["reading"]: r["shares"] for r in asked.share(**SUMMED).sensitivity["readings"]}
    (backwards,) = [name for name in readings if "kept from the last back" in name]
    assert backwards.endswith("2031-01-01, 2031-02-01, 2031-03-22, 2031-04-22")
    # jade 10+20+40+50 and 8+9, bolt 15+16+200+19, wild 1+1+1
    assert readings[backwards] == {"CN": 137 / 390, "US": 250 / 390}
    (every,) = [name for name in readings if name.startswith("readings 21 days apart")]
    # jade 150 and 24, bolt 267, wild 4
    assert readings[every]["US"] == 267 / 445
    asked_for = asked.share(**SUMMED, spacing="28:backwards")
    assert {r["group"]: r["share_of_all"] for r in asked_for}["US"] == 250 / 390


def test_a_closer_spacing_is_marked(asked: Census) -> None:
    figure = asked.share(**SUMMED, spacing="21")
    assert figure.coverage["snapshots_skipped"] == []
    assert figure.coverage["days_counted_twice"] == 2 + 9
    assert "at least 21 days apart" in figure.finding
    assert any("were asked for: their windows overlap" in text for text in figure.caveats)
    assert "from readings at least 21 days apart" in figure.contract.sentence()
    plain = asked.share(**SUMMED)
    assert not any("were asked for" in text for text in plain.caveats)


def test_in_a_series_a_value_is_the_sum_so_far(asked: Census) -> None:
    figure = asked.series("CN", "US", **SUMMED)
    found = {(r["label"], r["group"]): r["value"] for r in figure}
    assert [found[label, "CN"] for label in (*LABELS[:3], LABELS[4])] == [10, 30, 67, 126]
    assert [found[label, "US"] for label in (*LABELS[:3], LABELS[4])] == [15, 31, 48, 67]
    assert ("2031-03-22", "US") not in found
    others = figure.sensitivity["other_spacings"]
    assert [o["spacing"] for o in others] == ["28:backwards", "21"]
    assert others[0]["result"] == {"CN": 137 / 390, "US": 250 / 390}


def test_a_crossover_of_sums_and_what_the_other_readings_say(asked: Census) -> None:
    figure = asked.crossover("CN", "US", **SUMMED, by="country")
    first, lasting = figure.records()
    assert (first["after"], first["by"]) == (lasting["after"], lasting["by"])
    assert (first["after"], first["by"]) == ("2031-02-01", "2031-03-01")
    # with the reading of 200 on 03-22 the sum of bolt passes that of jade again
    backwards, every = figure.sensitivity["other_spacings"]
    assert [r["by"] for r in backwards["result"]] == [None, None]
    assert [r["by"] for r in every["result"]] == ["2031-03-01", None]
    assert any("CN above US first" in text for text in figure.caveats)


def test_a_rank_of_sums(asked: Census) -> None:
    figure = asked.rank(**SUMMED, by="namespace")
    assert [(r["group"], r["value"]) for r in figure][:2] == [("jade", 126), ("bolt", 67)]
    assert figure.records()[0]["largest_model"] == "jade/one"


def test_capped_models_and_a_population(asked: Census) -> None:
    capped = asked.share(**SUMMED, outliers="cap:60")
    assert {r["group"]: r["value"] for r in capped} == {"CN": 76, "US": 60, "unknown": 3}


@pytest.mark.parametrize(
    ("measure", "values", "told"),
    [
        ("share", {"period": "latest"}, "needs a period"),
        ("share", {"period": "2031-03", "frame": "panel:probe"}, "two readings"),
        ("totals", {}, "looks at moments"),
        ("share", {"metric": "downloads_30d", "period": "latest", "spacing": "21"}, "adds up none"),
        ("share", {"spacing": "0"}, "no spacing"),
        ("share", {"spacing": "028"}, "no spacing"),
        ("share", {"spacing": "28:sideways"}, "no spacing"),
        ("share", {"spacing": "1000"}, "no spacing"),
    ],
)
def test_what_no_sum_can_answer_is_refused(
    asked: Census, measure: str, values: dict[str, str], told: str
) -> None:
    with pytest.raises(ContractError, match=told) as caught:
        getattr(asked, measure)(**SUMMED | values)
    assert caught.value.next_step


def test_rolling_readings_over_a_period_lead_to_the_sum(asked: Census) -> None:
    with pytest.raises(ContractError, match="overlap") as caught:
        asked.share(period="all")
    assert "--metric downloads_summed_30d" in caught.value.next_step


def test_the_default_spacing_renames_no_definition() -> None:
    plain = MEASURES["share"].contract(**SUMMED)
    assert plain.id == Contract("share", spacing="28", **SUMMED).id
    assert plain.id != MEASURES["share"].contract(**SUMMED, spacing="21").id
