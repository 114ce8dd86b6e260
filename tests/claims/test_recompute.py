"""What may decide a claim: its own population, its own time, nearly all of it; nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.claims.planted import planted
from tests.evolution_files import FIRST_YEAR, MODELS, build_evolution, open_evolution

from modelcensus.claims.ledger import (
    AGREES,
    DIFFERS,
    FROM_DATA,
    NOT_HERE,
    ClaimResult,
    check_claim,
    judge,
)
from modelcensus.claims.published import Claim
from modelcensus.claims.recompute import Figures
from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure
from modelcensus.errors import Busy, CensusError, StoreError, UnknownName
from modelcensus.measures.census import Census

COUNTED = [m for m in MODELS if m.names[0] in ("jade/one", "jade/new", "jade/prior", "bolt/one")]
"""Models whose growth is known: CN 6,500 and US 5,000 from August 2024 to August 2025."""
WILD = next(m for m in MODELS if m.names[0] == "wild/thing")
"""Another 3,000 of an account that nobody knows."""


def judged(census: Census, claim: Claim) -> ClaimResult:
    return judge(Figures(census), claim)


@pytest.mark.parametrize(
    ("value", "verdict"), [("150", AGREES), ("150.5", AGREES), ("151", DIFFERS), ("1", DIFFERS)]
)
def test_a_claim_about_a_panel_is_decided_by_it(
    census: Census, tmp_path: Path, value: str, verdict: str
) -> None:
    found = judged(census, planted(tmp_path, value))
    assert (found.verdict, found.basis) == (verdict, FROM_DATA)
    assert found.reading
    assert found.reading.value == 150
    assert found.outcome
    assert found.outcome.figure
    assert found.outcome.figure.contract.frame == "panel:race"
    assert "panel:race" in found.reason


@pytest.mark.parametrize("error", [Busy("not now"), StoreError("a file is gone")])
def test_a_moment_without_an_answer_is_no_verdict(
    census: Census, tmp_path: Path, error: CensusError
) -> None:
    """A claim judged while the service is busy must not stay `not recomputable here`."""

    class Elsewhere(Census):
        def figure(self, contract: Contract) -> Figure:
            raise error

    with pytest.raises(type(error)):
        judge(Figures(Elsewhere(census.release)), planted(tmp_path, "150"))


def test_a_panel_never_contradicts_a_claim_about_the_hub(census: Census, tmp_path: Path) -> None:
    """The claim is about the whole Hub and far off; the panel stands beside it."""
    beside = json.dumps({"frame": "panel:race"})
    found = judged(census, planted(tmp_path, "9999", frames="hub", beside=beside))
    assert (found.verdict, found.basis, found.reading) == (NOT_HERE, "", None)
    assert [(b.frame, b.reading.value) for b in found.beside] == [("panel:race", 150.0)]
    assert "another population and decides nothing" in found.reason
    assert "race.csv" in found.reason


def test_every_panel_is_shown_beside_where_none_is_named(census: Census, tmp_path: Path) -> None:
    claim = planted(tmp_path, frames="panel:nowhere", beside=json.dumps({"period": "latest"}))
    found = judged(census, claim)
    assert "does not hold panel:nowhere" in found.reason
    frames = {b.frame for b in found.beside}
    assert {"panel:race", "panel:calm", "panel:grove"} <= frames
    assert not any(f.startswith("sample:") for f in frames)


def test_another_time_is_no_answer(census: Census, tmp_path: Path) -> None:
    found = judged(census, planted(tmp_path, window="2032-06"))
    assert found.verdict == NOT_HERE
    assert "its snapshot of 2032-05-01 lies outside 2032-06" in found.reason


def test_a_group_that_is_not_there(census: Census, tmp_path: Path) -> None:
    found = judged(census, planted(tmp_path, subjects="nobody"))
    assert "no namespace named 'nobody'" in found.reason


def test_a_row_or_value_that_the_figure_does_not_have(census: Census, tmp_path: Path) -> None:
    row = json.dumps({"group": "nobody"})
    assert "has no row group nobody" in judged(census, planted(tmp_path, row=row)).reason
    assert "does not know this value" in judged(census, planted(tmp_path, column="x")).reason


def test_models_without_a_count_leave_a_claim_open(census: Census, tmp_path: Path) -> None:
    """1 of the grove's 14 models has no count: 7 %."""
    definition = json.dumps({"by": "namespace", "period": "2031-04-05"})
    claim = planted(tmp_path, frames="panel:grove", window="2031-04-05", definition=definition)
    found = judged(census, claim)
    assert found.verdict == NOT_HERE
    assert "models have no count" in found.reason


def test_unknown_groups_leave_a_claim_open(tmp_path: Path) -> None:
    """3,000 of 14,500 first-year downloads are of nobody known: 79.3 % are known."""
    store = build_evolution(tmp_path, {FIRST_YEAR: [*COUNTED, WILD]})
    with open_evolution(store) as opened:
        found = check_claim(opened, "longpre-2025-share-cn")
    assert found.verdict == NOT_HERE
    assert "know the groups of 79.3 % of it only" in found.reason


def test_a_published_share_is_judged_when_its_file_is_handed_in(tmp_path: Path) -> None:
    """CN 6,500 and US 5,000 of 11,500; published 17.1 %."""
    with open_evolution(build_evolution(tmp_path, {FIRST_YEAR: COUNTED})) as opened:
        found = check_claim(opened, "longpre-2025-share-cn")
    assert (found.verdict, found.basis) == (DIFFERS, FROM_DATA)
    assert found.reading
    assert found.reading.value == pytest.approx(100 * 6_500 / 11_500)
    assert "The claim was read as: downloads within a model's first year" in found.reason


def test_a_period_that_snapshots_do_not_span_is_no_answer(tmp_path: Path) -> None:
    """The invented file spans 2024-07-29 to 2025-08-25; the claim is about two years."""
    definition = {"by": "country", "metric": "downloads_first_year_in_period"}
    claim = planted(
        tmp_path,
        frames="panel:evolution-first-year",
        subjects="CN;US",
        definition=json.dumps(definition | {"period": "2024-08..2025-08"}),
        row=json.dumps({"group": "CN"}),
        window="2023-08..2025-08",
    )
    with open_evolution(build_evolution(tmp_path, {FIRST_YEAR: COUNTED})) as opened:
        found = judged(opened, claim)
    assert "span 2024-07-29 to 2025-08-25, another period" in found.reason


def test_invented_data_decide_nothing(tmp_path: Path) -> None:
    store = build_evolution(tmp_path, {FIRST_YEAR: COUNTED}, simulated=True)
    with open_evolution(store) as opened:
        found = check_claim(opened, "longpre-2025-share-cn")
    assert found.verdict == NOT_HERE
    assert "as invented data only" in found.reason


def test_another_number_of_models_is_another_population(census: Census, tmp_path: Path) -> None:
    assert judged(census, planted(tmp_path, population="2")).verdict == AGREES
    found = judged(census, planted(tmp_path, population="5"))
    assert found.verdict == NOT_HERE
    assert "2 models are counted and the published figure counts 5" in found.reason


def test_a_measure_of_another_version_is_named(census: Census, tmp_path: Path) -> None:
    found = judged(census, planted(tmp_path, measure="attack_rate"))
    assert found.verdict == NOT_HERE
    assert "no measure named 'attack_rate'" in found.reason


@pytest.mark.parametrize(
    ("value", "verdict"), [("2032-04", AGREES), ("2032-03", AGREES), ("2032-08", DIFFERS)]
)
def test_a_month_agrees_with_an_interval_that_reaches_it(
    census: Census, tmp_path: Path, value: str, verdict: str
) -> None:
    """In the race beech passes aspen for good after 2032-03-01 and by 2032-04-01."""
    claim = planted(
        tmp_path,
        value,
        claim={"kind": "date", "unit": "month"},
        measure="crossover",
        subjects="beech;aspen",
        definition=json.dumps({"by": "family"}),
        row=json.dumps({"rule": "lasting"}),
        column="after..by",
        window="2032",
    )
    found = judged(census, claim)
    assert (found.verdict, found.computed) == (verdict, "2032-03 to 2032-04")


def test_a_fact_of_the_coverage_can_be_read(census: Census, tmp_path: Path) -> None:
    found = judged(census, planted(tmp_path, "4", column="coverage.models"))
    assert found.verdict == AGREES


def test_an_unknown_claim_names_the_nearest(census: Census) -> None:
    with pytest.raises(UnknownName, match="no claim named 'caisi-hijack'") as refused:
        check_claim(census, "caisi-hijack")
    assert "caisi-2025-hijack" in str(refused.value)
