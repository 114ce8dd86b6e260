"""The ledger on the real data beside the checkout: each claim judged, the computed ones by id."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from modelcensus.claims.ledger import (
    AGREES,
    DIFFERS,
    FROM_DATA,
    FROM_PARTS,
    NOT_HERE,
    OUT,
    ClaimResult,
    check_claims,
)
from modelcensus.measures.census import Census, open_census
from modelcensus.registers.load import load_registers
from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store

DATA = Path(
    os.environ.get("MODELCENSUS_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)
SOURCES: dict[str, tuple[str, dict[str, str]]] = {
    "osir": ("osir", {}),
    "atom": ("atom", {}),
    "radar": ("radar", {}),
    "epoch": ("epoch/models_2025-03.csv", {}),
    "hub-api": ("hub_api/models_full_2025-11.json", {"label": "2025-11-24"}),
}
ACCOUNTS = {
    "osir-2025-04-descendants-01-ai": ("2025-04-07", "01-ai"),
    "osir-2025-04-descendants-deepseek": ("2025-04-07", "deepseek-ai"),
    "osir-2025-09-descendants-01-ai": ("2025-09-07", "01-ai"),
    "osir-2025-09-descendants-baichuan": ("2025-09-07", "baichuan-inc"),
    "osir-2025-09-descendants-deepseek": ("2025-09-07", "deepseek-ai"),
    "osir-2025-09-descendants-moonshot-ai": ("2025-09-07", "moonshotai"),
    "osir-2025-09-descendants-xiaomi": ("2025-09-07", "XiaomiMiMo"),
}
"""Claims that the panel decides: the day and the account behind each."""

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data are not at {DATA}"),
]


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    store = Store(tmp_path_factory.mktemp("claims") / "store")
    for name, (path, options) in SOURCES.items():
        import_source(store, name, DATA / path, options, Settings())
    build_release(store, Settings())
    with open_census(store.path) as opened:
        yield opened


@pytest.fixture(scope="module")
def results(census: Census) -> dict[str, ClaimResult]:
    return {r.claim.id: r for r in check_claims(census)}


def test_every_claim_has_a_verdict_with_a_reason(results: dict[str, ClaimResult]) -> None:
    assert set(results) == {row["claim_id"] for row in load_registers().rows["claims"]}
    assert len(results) >= 60
    for r in results.values():
        assert r.verdict in (AGREES, DIFFERS, NOT_HERE, OUT)
        assert len(r.reason) > 20
        if r.verdict == NOT_HERE:
            assert r.needs
            assert r.needs.file in r.reason
            assert r.needs.import_with in r.reason


def test_at_least_twelve_are_really_computed(results: dict[str, ClaimResult]) -> None:
    assert {i for i, r in results.items() if r.basis == FROM_DATA} == set(ACCOUNTS)
    own = {i for i, r in results.items() if r.basis == FROM_PARTS}
    assert len(own) >= 12
    assert {i for i, r in results.items() if r.verdict == DIFFERS} == {
        "mittr-2026-share-us-1586",
        "techienewsguru-2025-tripled",
    }


@pytest.mark.parametrize("name", ACCOUNTS)
def test_what_is_computed_from_data_is_a_recount_of_the_file(
    results: dict[str, ClaimResult], name: str
) -> None:
    day, account = ACCOUNTS[name]
    raw = pq.read_table(DATA / "osir" / "huggingface_monthly.parquet")
    mine = raw.filter(
        pc.and_(
            pc.equal(raw["observed_on"].cast("string"), day), pc.equal(raw["namespace"], account)
        )
    )
    found = results[name]
    assert found.reading
    assert found.reading.value == pc.sum(mine["descendants"]).as_py()
    assert found.verdict == AGREES


def test_unlike_populations_are_not_compared(results: dict[str, ClaimResult]) -> None:
    """The project's table counts 314 models of Google, the panel 1,073 on the same day."""
    found = results["osir-2025-09-descendants-google"]
    assert found.verdict == NOT_HERE
    assert "1,073 models are counted and the published figure counts 314" in found.reason


def test_panels_stand_beside_claims_about_the_hub(results: dict[str, ClaimResult]) -> None:
    for name in ("hf-spring-2026-share-cn", "atom-2026-qwen", "hai-2025-qwen-most-downloaded"):
        assert results[name].verdict == NOT_HERE
        assert "panel:osir" in {b.frame for b in results[name].beside}
    (beside,) = results["hai-2025-finetunes-cn"].beside
    assert beside.frame == "sample:radar"


def test_the_list_of_another_day_decides_nothing(results: dict[str, ClaimResult]) -> None:
    found = results["radar-2026-first-models"]
    assert found.verdict == NOT_HERE
    assert "2026-08-18" in found.reason


def test_parts_of_the_hijacking_claim_are_those_of_the_reading_notes() -> None:
    with (DATA / "security" / "caisi_published.csv").open(encoding="utf-8") as stream:
        rows = [
            r for r in csv.DictReader(stream) if r["measure"] == "agent hijacking (attempt counted)"
        ]
    published = {(r["model"], r["task"]): (r["model_pct"], r["reference_pct"]) for r in rows}
    (procedure,) = [
        row
        for row in load_registers().rows["claim_procedures"]
        if (row["claim_id"], row["method"]) == ("caisi-2025-hijack", "own-parts")
    ]
    for model, task, own, reference in (
        ("DeepSeek R1-0528", "credential exfiltration", "exfiltration", "ref_exfiltration"),
        ("DeepSeek R1-0528", "phishing", "phishing", "ref_phishing"),
        ("DeepSeek R1-0528", "malware", "malware", "ref_malware"),
        ("gpt-oss", "credential exfiltration", "gpt_oss_exfiltration", "ref_exfiltration"),
    ):
        first, second = published[model, task]
        assert f'"{own}":"{first}"' in procedure["parts"]
        assert f'"{reference}":"{second}"' in procedure["parts"]


def test_published_rates_of_agentdojo_are_those_of_its_table() -> None:
    with (DATA / "security" / "agentdojo_published_table.csv").open(encoding="utf-8") as stream:
        rates = {row["targeted_asr_pct"] for row in csv.DictReader(stream)}
    claims = [r for r in load_registers().rows["claims"] if r["claim_id"].startswith("agentdojo-")]
    assert len(claims) >= 6
    assert {row["value"] for row in claims} <= rates
