"""The first questions on real data: counts to the unit, crossings, shares, renames, refusals."""

from __future__ import annotations

import csv
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure
from modelcensus.errors import ContractError
from modelcensus.measures.census import Census, open_census
from modelcensus.releases.build import BuildReport, build_release
from modelcensus.releases.status import known_to_store
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.report import ImportReport
from modelcensus.snapshots.store import Store

DATA = Path(
    os.environ.get("MODELCENSUS_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)
SOURCES = {
    "osir": ("osir", {}),
    "atom": ("atom", {}),
    "radar": ("radar", {}),
    "hub-api": ("hub_api/models_full_2025-11.json", {"label": "2025-11-24"}),
}
INPUT_ROWS = {
    "osir": 66_379 + 24_019,
    "atom": 1_772 + 186 + 118 + 299 + 40,
    "radar": 15_904 + 45_592,
    "hub-api": 100,
}

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data are not at {DATA}"),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def imports(store: Store) -> dict[str, ImportReport]:
    return {
        name: import_source(store, name, DATA / path, options, Settings())
        for name, (path, options) in SOURCES.items()
    }


@pytest.fixture(scope="module")
def built(store: Store, imports: dict[str, ImportReport]) -> BuildReport:
    assert imports
    return build_release(store, Settings())


@pytest.fixture(scope="module")
def census(store: Store, built: BuildReport) -> Iterator[Census]:
    with open_census(store.path, release=built.name) as opened:
        yield opened


def shares(figure: Figure) -> dict[str, float]:
    return {row["group"]: row["share_of_all"] for row in figure}


@pytest.mark.parametrize("name", SOURCES)
def test_every_input_row_is_a_record_or_a_counted_reject(
    imports: dict[str, ImportReport], name: str
) -> None:
    report = imports[name]
    rejected = sum(report.rejects.values())
    assert report.input_rows == INPUT_ROWS[name]
    if name == "radar":
        # A full state repeats what did not change; 55 deletions and the 15,904 rows of facts
        # change records of other rows, every other row is a record of its own.
        assert sum(m.applied_rows for m in report.snapshots) == 55 + 15_904
        assert report.snapshots[-1].rows == 15_904
    else:
        assert report.rows + rejected == INPUT_ROWS[name]
    assert rejected == (1 if name == "osir" else 0)  # osir: one ModelScope total of -29


def test_importing_twice_changes_nothing_and_says_so(
    store: Store, imports: dict[str, ImportReport]
) -> None:
    assert imports
    before = sorted((p, p.stat().st_mtime_ns) for p in store.path.rglob("*") if p.is_file())
    for name, (path, options) in SOURCES.items():
        again = import_source(store, name, DATA / path, options, Settings())
        assert not again.is_new
        assert "already imported: nothing changed" in "\n".join(again.sentences())
    after = sorted((p, p.stat().st_mtime_ns) for p in store.path.rglob("*") if p.is_file())
    assert [p for p, _ in before] == [p for p, _ in after]


def test_shares_by_namespace_are_the_counts_to_the_unit(census: Census) -> None:
    figure = census.share(
        by="namespace", lens="publisher", metric="downloads_30d", period="2025-09-07"
    )
    found = {row["group"]: row["value"] for row in figure}
    raw = pq.read_table(DATA / "osir" / "huggingface_monthly.parquet")
    last = raw.filter(pc.equal(raw["observed_on"], pa.scalar("2025-09-07").cast(pa.date32())))
    sums = last.group_by("namespace").aggregate([("downloads_30d", "sum")]).to_pylist()
    assert found == {row["namespace"]: row["downloads_30d_sum"] for row in sums}
    assert found["Qwen"] == 76_806_319
    assert found["meta-llama"] == 31_856_713
    assert found["sentence-transformers"] == 144_911_702
    assert found["deepseek-ai"] == 13_725_292
    assert figure.contract.frame == "panel:osir"


@pytest.mark.parametrize(
    ("label", "qwen", "llama"),
    [
        ("2024-11-14", 36_763_228, 35_598_112),
        ("2025-03-07", 22_397_966, 33_567_252),
        ("2025-09-07", 76_806_319, 31_856_713),
    ],
)
def test_the_series_holds_the_known_sums(census: Census, label: str, qwen: int, llama: int) -> None:
    figure = census.series("Qwen", "meta-llama", by="namespace", frame="panel:osir")
    found = {(row["label"], row["group"]): row["value"] for row in figure}
    assert found[label, "Qwen"] == qwen
    assert found[label, "meta-llama"] == llama


def test_qwen_passes_llama_first_lastingly_and_not_stably(census: Census) -> None:
    figure = census.crossover("Qwen", "meta-llama", by="namespace", metric="downloads_30d")
    first, lasting = figure.records()
    assert (first["after"], first["by"], first["left_censored"]) == (None, "2024-11-14", True)
    assert (lasting["after"], lasting["by"]) == ("2025-03-07", "2025-04-07")
    assert not lasting["left_censored"]
    assert first["explained_by"] == "Qwen/Qwen2.5-1.5B-Instruct"
    moves = {move["model"]: move["by"] for move in lasting["leave_one_out"]}
    assert moves["Qwen/Qwen2.5-7B-Instruct"] == "2025-05-07"
    assert moves["meta-llama/Llama-3.2-1B"] == "2025-03-07"
    assert not lasting["is_stable"]
    assert "not stable" in figure.finding


def test_the_crossing_by_family_stands_beside_with_its_difference_by_rows(census: Census) -> None:
    beside = census.crossover("Qwen", "meta-llama", by="namespace").sensitivity["beside"]
    assert (beside["by"], beside["subjects"]) == ("family", ["qwen", "llama"])
    first, lasting = beside["rows"]
    assert (first["by"], lasting["by"]) == ("2024-11-14", "2025-04-07")
    listed = {
        model["model_id"]: model
        for side in beside["difference"]
        for key, found in side.items()
        if key.startswith("only_by_")
        for model in found["largest"]
    }
    assert "meta-llama/Prompt-Guard-86M" in listed or any("Guard" in name for name in listed)
    assert all(model["counted_as"] for model in listed.values())


@pytest.mark.parametrize(
    ("outliers", "by"), [("cap:1000000", "2024-12-13"), ("median", "2025-09-07")]
)
def test_the_lasting_crossing_under_other_treatments_of_outliers(
    census: Census, outliers: str, by: str
) -> None:
    figure = census.crossover("Qwen", "meta-llama", by="namespace", outliers=outliers)
    assert figure.records()[1]["by"] == by


def test_country_shares_hang_on_one_row(census: Census) -> None:
    figure = census.share("CN", "US", by="country", period="2025-09-07")
    found = shares(figure)
    assert round(100 * found["CN"], 2) == 18.87
    assert round(100 * found["US"], 2) == 59.94
    hangs_on = figure.sensitivity["hangs_on"]
    assert hangs_on["row_id"].startswith("namespaces:huggingface:sentence-transformers")
    assert hangs_on["alternative"] == "hugging-face"
    assert (hangs_on["from"], hangs_on["to"]) == ("DE", "US")
    assert round(100 * hangs_on["shares"]["US"], 1) == 80.5
    hub = figure.bounds["hub_wide"]["groups"]["CN"]
    assert [round(100 * bound, 1) for bound in hub] == [7.6, 67.3]


def test_the_atom_list_by_atoms_own_regions_and_by_ours(census: Census) -> None:
    values = {"period": "2025-09-07", "population": "list:atom"}
    theirs = census.share(by="country", coding="atom", **values)
    assert theirs.coverage["models"] == 1_055
    found = {group: round(100 * share, 2) for group, share in shares(theirs).items()}
    assert found == {"china": 51.63, "us": 45.57, "eu": 2.13, "unknown": 0.37, "other": 0.30}
    ours = shares(census.share(by="country", **values))
    assert ours["CN"] == pytest.approx(shares(theirs)["china"], abs=1e-12)
    # EleutherAI is the only namespace of the list in this panel that the two read differently.
    assert ours["US"] - shares(theirs)["us"] == pytest.approx(shares(theirs)["unknown"], abs=1e-12)


def test_the_rename_gives_one_series_and_no_deletion(census: Census) -> None:
    names = census.release.fetch(census.release.table("names").order_by(["model_key", "model_id"]))
    rows = names.to_pylist()
    old = {r["model_key"]: r for r in rows if r["model_id"].startswith("THUDM/")}
    new = {r["model_key"]: r for r in rows if r["model_id"].startswith("zai-org/")}
    joined = old.keys() & new.keys()
    assert len(old) == len(joined) == 102
    assert {old[k]["last_label"] for k in joined} == {"2025-07-07"}
    assert {old[k]["rule"] for k in joined} == {"namespace renamed"}
    figure = census.series("zai-org", by="namespace", frame="panel:osir")
    values = [row["value"] for row in figure if row["group"] == "zai-org"]
    assert len(values) == 11
    assert all(value is not None and value > 0 for value in values)
    assert "THUDM" not in {r["group"] for r in census.rank(by="namespace", frame="panel:osir")}


def test_absence_in_a_panel_is_neither_zero_nor_deletion(census: Census) -> None:
    figure = census.series("XiaomiMiMo", by="namespace", frame="panel:osir")
    values = {row["label"]: row["value"] for row in figure if row["group"] == "XiaomiMiMo"}
    assert values["2024-11-14"] is None
    assert values["2025-09-07"] == 153_761
    kinds = set(census.release.manifest["incidents"])
    assert not {kind for kind in kinds if "delet" in kind or "remov" in kind}


def test_all_namespaces_of_the_issue_are_attributed(store: Store, census: Census) -> None:
    known = known_to_store(store).namespaces
    table = census.release.register("namespaces")
    rows = census.release.fetch(table.select("hub", "namespace").order_by(["hub", "namespace"]))
    covered = {(r["hub"], r["namespace"]) for r in rows.to_pylist()}
    assert known - covered == set()
    with (DATA / "atom" / "organization_regions.csv").open(encoding="utf-8") as stream:
        assert len(list(csv.DictReader(stream))) == 118


def test_the_listed_spikes_are_incidents_and_every_incident_is_a_move_of_that_size(
    census: Census,
) -> None:
    table = census.release.table("incidents")
    spikes = census.release.fetch(
        table.filter((table.kind == "single_model_spike") & (table.frame == "panel:osir")).order_by(
            ["subject", "label_after"]
        )
    ).to_pylist()
    moves = [sorted((s["value_before"], s["value_after"])) for s in spikes]
    assert len(spikes) == 65
    assert sum(high >= 20 * low for low, high in moves) == 44
    assert {
        "microsoft/resnet-50",
        "FacebookAI/xlm-roberta-large",
        "facebook/esm2_t30_150M_UR50D",
        "Qwen/Qwen2-7B-Instruct",
        "Qwen/Qwen2.5-14B-Instruct",
        "facebook/opt-1.3b",
        "google/gemma-2-2b",
        "meta-llama/Llama-3.1-405B",
        "google/t5gemma-b-b-prefixlm",
    } <= {s["subject"] for s in spikes}
    assert all(high >= 10 * low and high > 1_000_000 for low, high in moves)
    raw = pq.read_table(DATA / "osir" / "huggingface_monthly.parquet").to_pylist()
    counts = {(r["repo_id"], r["observed_on"].isoformat()): r["downloads_30d"] for r in raw}
    for spike in spikes:  # every warning is a move of that size in the source's own rows
        assert counts[spike["subject"], spike["label_before"]] == spike["value_before"]
        assert counts[spike["subject"], spike["label_after"]] == spike["value_after"]


LABELS = ("2024-11-14", "2024-12-13", "2025-01-14", "2025-02-14", "2025-03-07", "2025-04-07",
          "2025-05-07", "2025-06-07", "2025-07-07", "2025-08-07", "2025-09-07")  # fmt: skip


def summed(rows: list[dict[str, Any]], namespace: str, labels: tuple[str, ...]) -> list[int]:
    """Return the running sum of a namespace's readings in the source's own rows."""
    found = dict.fromkeys(labels, 0)
    for row in rows:
        if row["namespace"] == namespace and (day := row["observed_on"].isoformat()) in found:
            found[day] += row["downloads_30d"]
    return list(itertools.accumulate(found[label] for label in labels))


def test_summed_readings_cross_only_where_two_lie_21_days_apart(census: Census) -> None:
    raw = pq.read_table(DATA / "osir" / "huggingface_monthly.parquet").to_pylist()
    asked = {"by": "namespace", "metric": "downloads_summed_30d", "frame": "panel:osir"}
    close = census.crossover("Qwen", "meta-llama", **asked, spacing="21")
    series = {r["label"]: (r["Qwen"], r["meta-llama"]) for r in close.details["series"]}
    assert tuple(series) == LABELS
    sums = zip(summed(raw, "Qwen", LABELS), summed(raw, "meta-llama", LABELS), strict=True)
    assert list(series.values()) == list(sums)
    assert series["2025-03-07"] == (136_461_541, 141_840_088)
    assert [label for label, (qwen, llama) in series.items() if qwen < llama] == [
        "2025-03-07",
        "2025-04-07",
    ]
    assert series["2025-09-07"] == (446_725_191, 295_087_653)
    first, lasting = close.records()
    assert (first["by"], lasting["after"], lasting["by"]) == (
        "2024-11-14",
        "2025-04-07",
        "2025-05-07",
    )
    assert any("were asked for: their windows overlap" in text for text in close.caveats)
    # under the plain spacing, from either end, Qwen never trails: both figures say so
    plain = census.crossover("Qwen", "meta-llama", **asked)
    assert plain.coverage["snapshots_skipped"] == ["2025-03-07"]
    assert {r["by"] for r in plain.records()} == {"2024-11-14"}
    assert all(r["Qwen"] > r["meta-llama"] for r in plain.details["series"])
    for figure, expected in (
        (close, {"28": "2024-11-14", "28:backwards": "2024-11-14"}),
        (plain, {"28:backwards": "2024-11-14", "21": "2025-05-07"}),
    ):
        found = figure.sensitivity["other_spacings"]
        assert {o["spacing"]: o["result"][1]["by"] for o in found} == expected
        assert sum("days apart, kept from" in text for text in figure.caveats) == 2


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"frame": "panel:osir,sample:radar"}, "never added up"),
        ({"frame": "panel:osir", "period": "2025-01..2025-09"}, "overlap"),
        ({"by": "hub"}, "cannot be computed here"),
        ({"by": "namespace", "lens": "developer"}, "belongs to the publisher"),
        ({"metric": "likes", "by": "country", "period": "2025-09-07"}, "frames could answer"),
        ({"frame": "panel:osir", "by": "licence_class"}, "does not hold"),
        ({"frame": "panel:osir", "metric": "downloads_all_time"}, "holds no downloads_all_time"),
        ({"lens": "base"}, "frames could answer"),
    ],
)
def test_impossible_definitions_are_refused_with_what_would_help(
    census: Census, values: dict[str, str], told: str
) -> None:
    with pytest.raises(ContractError) as caught:
        census.share(**values)
    assert told in caught.value.what
    assert caught.value.next_step
    assert caught.value.exit_code == 2


def test_a_contract_is_the_same_by_every_road(census: Census) -> None:
    figure = census.share("CN", "US", by="country", period="2025-09-07")
    again = census.figure(Contract.from_dict(figure.contract.stated()))
    assert again.to_json() == figure.to_json()
