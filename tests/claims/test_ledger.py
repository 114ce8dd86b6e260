"""The ledger as a whole: chains, contradictions, counts, and what is missing."""

from __future__ import annotations

import pytest

from modelcensus.claims.ledger import (
    AGREES,
    FROM_PARTS,
    FROM_RECORDS,
    NOT_HERE,
    OUT,
    ClaimResult,
    Needs,
    check_claims,
    count_verdicts,
    missing_files,
)
from modelcensus.claims.published import Claim, find_claim, read_claims
from modelcensus.contracts.period import Period
from modelcensus.measures.census import Census
from modelcensus.registers.load import load_registers


@pytest.fixture(scope="module")
def claims() -> tuple[Claim, ...]:
    return read_claims(load_registers())


@pytest.fixture(scope="module")
def results(census: Census) -> list[ClaimResult]:
    return check_claims(census)


def ids(rows: object) -> list[str]:
    return [row["claim_id"] for row in rows]  # type: ignore[attr-defined]


def test_a_chain_leads_to_the_first_source(claims: tuple[Claim, ...]) -> None:
    """63 % loses its month, then becomes a share of Qwen."""
    claim = find_claim(claims, "q15-2026-63-qwen")
    assert ids(claim.chain) == ["bizandtech-2026-63", "hai-2025-finetunes-cn"]
    assert "Stanford HAI" in claim.first_source
    first = find_claim(claims, "hai-2025-finetunes-cn")
    assert first.chain == ()
    assert ids(first.repeated_by) == ["bizandtech-2026-63"]


def test_drift_chains_of_the_article(claims: tuple[Claim, ...]) -> None:
    chains = {claim.id: ids(claim.chain) for claim in claims}
    assert chains["coinpost-2026-startups-80"] == [
        "uscc-2026-startups-80",
        "36kr-2025-us-startups-80",
        "economist-2025-startups-80",
    ]
    assert chains["aibase-2026-attacks-12"] == [
        "hasty-2025-deepseek-models-12",
        "caisi-2025-hijack",
    ]


def test_every_procedure_from_data_is_a_definition_of_this_version(
    claims: tuple[Claim, ...],
) -> None:
    """Also what is asked beside; a window that cannot be read would let any time through."""
    asked = of_tests = 0
    for claim in claims:
        for procedure in claim.procedures.values():
            if procedure.is_of_tests:
                assert procedure.contract_of_tests().counting == "as_published"
                assert int(procedure.row["population"]) > 0
                of_tests += 1
            elif procedure.method == "data":
                assert procedure.contract(procedure.frames[0]).frame == procedure.frames[0]
                period = Period.parse(procedure.row["window"])
                assert period.start is not None, claim.id
                asked += 1
            if procedure.is_shown_beside:
                assert procedure.contract("panel:osir", beside=True).frame == "panel:osir"
    assert asked > 30
    assert of_tests == 6


def test_contradictions_are_linked_from_both_sides(claims: tuple[Claim, ...]) -> None:
    by_id = {claim.id: claim for claim in claims}
    linked = 0
    for claim in claims:
        for other in ids(claim.contradicts):
            assert claim.id in ids(by_id[other].contradicts)
            linked += 1
    assert linked > 40
    assert "hf-spring-2026-share-cn" in ids(by_id["longpre-2025-share-cn"].contradicts)


def test_only_what_its_own_parts_decide_is_computed_in_another_world(
    results: list[ClaimResult],
) -> None:
    """The forest holds a hub of the 2030s: no claim is about that time."""
    assert {r.basis for r in results if r.verdict == AGREES} == {FROM_PARTS, FROM_RECORDS}
    hub = [r for r in results if r.claim.id == "hf-summer-2026-models"]
    assert [r.verdict for r in hub] == [NOT_HERE]
    assert "no snapshot for 2026-08-15" in hub[0].reason


def test_counts_add_up(results: list[ClaimResult]) -> None:
    counts = count_verdicts(results)
    assert sum(counts.values()) == len(results)
    assert counts[OUT] == sum(r.verdict == OUT for r in results)
    assert list(counts)[-2:] == [NOT_HERE, OUT]


def test_missing_files_name_every_claim_that_is_not_recomputable(
    results: list[ClaimResult],
) -> None:
    missing = missing_files(results)
    named = [name for found in missing.values() for name in found]
    assert sorted(named) == sorted(r.claim.id for r in results if r.verdict == NOT_HERE)
    assert all(isinstance(needs, Needs) and needs.file for needs in missing)
    sizes = [len(found) for found in missing.values()]
    assert sizes == sorted(sizes, reverse=True)


def test_what_is_no_figure_about_models_is_out_of_scope(results: list[ClaimResult]) -> None:
    out = {r.claim.id: r for r in results if r.verdict == OUT}
    assert "microsoft-2026-deepseek-ethiopia" in out
    assert all(r.needs is None and r.reading is None for r in out.values())
