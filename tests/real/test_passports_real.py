"""Passports of real models: a panel and a sample together, a re-upload, a merge, a removal."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from modelcensus.cli.main import main
from modelcensus.passports.bom import model_bom
from modelcensus.passports.passport import Passport
from modelcensus.passports.read import read_passport
from modelcensus.publish.passport import passport_markdown
from modelcensus.releases.build import build_release
from modelcensus.releases.lookup import Lookup, open_lookup
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store

DATA = Path(
    os.environ.get("MODELCENSUS_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)
IN_BOTH = (
    "Qwen/Qwen3-8B",
    "Qwen/Qwen2.5-0.5B-Instruct",
    "google/gemma-3-1b-it",
    "meta-llama/Llama-3.1-8B-Instruct",
    "mistralai/Mistral-7B-Instruct-v0.3",
    "openai/whisper-large-v3-turbo",
    "HuggingFaceTB/SmolLM3-3B",
)
MERGE = "dr-housemd/Gemma-4-Gembrain-X-Core-31B-exl3-4bpw"
RE_UPLOAD = "unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data are not at {DATA}"),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("store"))
    for source in ("osir", "radar"):
        import_source(store, source, DATA / source, {}, Settings())
    build_release(store, Settings())
    return store


@pytest.fixture(scope="module")
def lookup(store: Store) -> Iterator[Lookup]:
    opened = open_lookup(store)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def table(store: Store) -> Callable[[str], list[dict[str, Any]]]:
    (folder,) = store.releases_path.iterdir()
    return lambda name: pq.read_table(folder / f"{name}.parquet").to_pylist()


def is_valid(passport: Passport) -> bool:
    document = model_bom([passport]).decode()
    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(document) is None


@pytest.mark.parametrize("model_id", IN_BOTH)
def test_history_terms_and_lineage_together(lookup: Lookup, model_id: str) -> None:
    passport = read_passport(lookup, model_id)
    histories = {h.frame: h for h in passport.history}
    assert set(histories) == {"panel:osir", "sample:radar"}
    panel = [r for r in histories["panel:osir"].readings if r.state == "observed"]
    assert panel[-1].label == "2025-09-07"
    assert all(r.counters["downloads_30d"] for r in panel)
    assert histories["sample:radar"].readings[-1].label == "2026-08-22T20:00:29Z"
    assert passport.terms is not None
    assert (passport.terms.frame, bool(passport.terms.evidence)) == ("sample:radar", True)
    (lineage,) = passport.lineage
    assert lineage.bases
    assert {r.reading for r in lineage.roots} == {"declared", "inferred"}
    assert sum(row["models"] for row in lineage.derivatives) > 0
    developer = passport.owner("developer")
    assert developer is not None
    assert len(developer.evidence) == 2
    assert passport.facts["size_bytes"] is not None
    assert not passport.is_simulated
    assert is_valid(passport)


def test_a_re_upload_leads_to_its_original(lookup: Lookup) -> None:
    passport = read_passport(lookup, RE_UPLOAD)
    (lineage,) = passport.lineage
    assert [(e.base, e.relation) for e in lineage.bases] == [
        ("Qwen/Qwen3-Coder-30B-A3B-Instruct", "quantized")
    ]
    roots = {r.model_id: (r.developer, r.country) for r in lineage.roots}
    assert roots == {"Qwen/Qwen3-Coder-30B-A3B-Instruct": ("alibaba", "CN")}
    publisher, developer = passport.owner("publisher"), passport.owner("developer")
    assert publisher is not None
    assert developer is not None
    assert developer.developer != "alibaba"


def test_a_merge_of_eighteen(lookup: Lookup) -> None:
    (lineage,) = read_passport(lookup, MERGE).lineage
    assert len(lineage.bases) == 18
    assert {e.relation for e in lineage.bases} == {"merge"}
    declared = [r for r in lineage.roots if r.reading == "declared"]
    assert sum(r.credit for r in declared) == pytest.approx(1)
    assert "google/gemma-4-31B" in {r.model_id for r in lineage.ancestors if r.steps == 2}


def test_removed_models_say_so(lookup: Lookup, table: Callable[[str], Any]) -> None:
    removed = {f["model_key"] for f in table("facts") if f["is_removed"]}
    names = {m["model_key"]: m["model_id"] for m in table("models")}
    last = {}
    for fact in table("facts"):
        last[fact["model_key"]] = max(last.get(fact["model_key"], (-1, False)), _state(fact))
    gone = sorted(names[key] for key in removed if last[key][1])
    assert len(gone) > 100
    for model_id in gone[:25]:
        gap = read_passport(lookup, model_id).gaps[0]
        assert (gap.topic, gap.state) == ("presence", "removed")


def _state(fact: dict[str, Any]) -> tuple[int, bool]:
    return fact["snapshot_key"], bool(fact["is_removed"])


def test_a_model_about_which_nothing_is_declared(
    lookup: Lookup, table: Callable[[str], Any]
) -> None:
    ends = {e[end] for e in table("edges") for end in ("child_key", "parent_key")}
    facts = table("facts")
    said = ("licence_tag", "licence_name", "parameters", "pipeline_tag", "library", "base_models")
    told = {f["model_key"] for f in facts if any(f[name] is not None for name in said)}
    asked = {f["model_key"] for f in facts if f["licence_class"] == "L9"}
    key = min(asked - told - ends)
    name = next(m["model_id"] for m in table("models") if m["model_key"] == key)
    passport = read_passport(lookup, name)
    topics = {g.topic for g in passport.gaps}
    assert topics >= {"licence", "bases", "parameters", "developer", "security", "weights"}
    assert passport.lineage == ()
    assert is_valid(passport)


def test_an_unknown_name(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(("passport", "qwen/qwen3-8b", "--store", str(store.path)))
    assert stop.value.code == 6
    assert "did you mean Qwen/Qwen3-8B?" in capsys.readouterr().err


def test_ancestors_are_those_of_the_release(
    lookup: Lookup, table: Callable[[str], list[dict[str, Any]]], store: Store
) -> None:
    """For 1,000 derivatives the BOM names what a walk over the table of edges finds."""
    names = {n["node_key"]: n["model_id"] for n in table("nodes")}
    bases: dict[int, set[int]] = {}
    for edge in table("edges"):
        if edge["parent_key"] not in (None, edge["child_key"]):
            bases.setdefault(edge["child_key"], set()).add(edge["parent_key"])
    roots: dict[int, set[str]] = {}
    for row in table("roots"):
        roots.setdefault(row["model_key"], set()).add(names[row["root_key"]])
    step = max(1, len(bases) // 1000)
    checked = 0
    for key in sorted(bases)[::step][:1000]:
        above: set[int] = set()
        level = bases[key]
        while level := level - above:
            above |= level
            level = {p for k in level for p in bases.get(k, ())}
        (model,) = json.loads(model_bom([read_passport(lookup, names[key])]))["components"]
        ancestors = {
            "/".join(filter(None, (a.get("group"), a["name"]))): {
                p["name"]: p["value"] for p in a["properties"]
            }
            for a in model["pedigree"]["ancestors"]
        }
        assert set(ancestors) == {names[k] for k in above - {key}}
        ends = {n for n, said in ancestors.items() if said["modelcensus:lineage:is_root"] == "true"}
        assert ends == roots.get(key, set()) - {names[key]}
        checked += 1
    assert checked == 1000


def test_every_face_takes_any_model(lookup: Lookup, store: Store) -> None:
    (folder,) = store.releases_path.iterdir()
    nodes = str(folder / "nodes.parquet")
    asked = "SELECT hub, model_id FROM read_parquet(?) ORDER BY hash(model_id) LIMIT 200"
    for hub, model_id in duckdb.execute(asked, [nodes]).fetchall():
        passport = read_passport(lookup, model_id, hub=hub)
        assert passport_markdown(passport)
        assert json.loads(passport.to_json())["model_id"] == passport.model_id
