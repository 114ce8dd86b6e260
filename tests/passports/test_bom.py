"""CycloneDX: valid against the official schema, the same bytes twice, the whole chain in it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from modelcensus.errors import LimitExceeded, QueryError, SettingsError
from modelcensus.passports.bom import model_bom, package_url
from modelcensus.passports.listing import read_listed
from modelcensus.passports.passport import Passport
from modelcensus.passports.read import read_passport
from modelcensus.registers.load import load_registers
from modelcensus.releases.build import build_release
from modelcensus.releases.lookup import Lookup, open_lookup
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
from modelcensus.testing import Simulation

REVISION = "0123456789abcdef0123456789abcdef01234567"


def problems(content: bytes) -> object:
    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(content.decode())


def bom(*passports: Passport) -> dict[str, Any]:
    content = model_bom(passports)
    assert problems(content) is None
    parsed: dict[str, Any] = json.loads(content)
    return parsed


def properties(component: dict[str, Any]) -> dict[str, str]:
    return {p["name"]: p["value"] for p in component["properties"]}


def test_one_model(root: Passport) -> None:
    (model,) = bom(root)["components"]
    assert model["purl"] == f"pkg:huggingface/top/root@{REVISION}"
    assert (model["group"], model["name"], model["version"]) == ("top", "root", REVISION)
    assert (model["publisher"], model["manufacturer"]) == ("Top-Lab", {"name": "Top-Lab"})
    assert model["licenses"] == [
        {
            "license": {
                "id": "MIT",
                "acknowledgement": "declared",
                "url": "https://example.org/keep",
            }
        }
    ]
    assert model["modelCard"]["modelParameters"] == {
        "task": "text-generation",
        "architectureFamily": "root",
    }
    limits = model["modelCard"]["considerations"]["technicalLimitations"]
    assert "not checked: Its security was not tested here." in limits
    assert properties(model)["modelcensus:developer:country"] == "IS"
    assert "hashes" not in model


def test_an_unread_licence_goes_by_its_name(lookup: Lookup) -> None:
    (model,) = bom(read_passport(lookup, "low/quant"))["components"]
    assert model["licenses"][0]["license"]["name"] == "other (my own words)"


def test_a_natural_person_is_an_account(lookup: Lookup) -> None:
    document = bom(read_passport(lookup, "solo/thing"))
    assert document["components"][0]["publisher"] == "solo"
    assert "onymous" not in json.dumps(document).lower()


def test_the_chain_is_in_the_pedigree(lookup: Lookup) -> None:
    (model,) = bom(read_passport(lookup, "low/quant"))["components"]
    found = [
        (f"{a['group']}/{a['name']}", properties(a)["modelcensus:lineage:is_root"])
        for a in model["pedigree"]["ancestors"]
    ]
    assert found == [("mid/tune", "false"), ("top/root", "true")]


def test_it_depends_on_the_release_and_the_models_alone(lookup: Lookup, root: Passport) -> None:
    assert model_bom([root]) == model_bom([read_passport(lookup, "top/root")])
    other = read_passport(lookup, "mid/tune")
    serials = {bom(*p)["serialNumber"] for p in ([root], [other], [root, other])}
    assert len(serials) == 3
    assert bom(root)["metadata"]["timestamp"] == "2031-06-01T00:00:00Z"


@pytest.mark.parametrize(
    ("hub", "model_id", "revision", "url"),
    [
        ("huggingface", "a/b", None, "pkg:huggingface/a/b"),
        ("huggingface", "bare", None, "pkg:huggingface/bare"),
        ("huggingface", "A-b/C_d.1", "ABCDEF1", "pkg:huggingface/A-b/C_d.1@abcdef1"),
        ("huggingface", "a b/c@d?e#f%", None, "pkg:huggingface/a%20b/c%40d%3Fe%23f%25"),
        ("huggingface", "é/b", None, "pkg:huggingface/%C3%A9/b"),
        ("huggingface", "a/b", "main", "pkg:huggingface/a/b"),
        ("modelscope", "a/b", "abcdef1", ""),
    ],
)
def test_package_urls(hub: str, model_id: str, revision: str | None, url: str) -> None:
    assert package_url(hub, model_id, revision) == url


def test_a_list_becomes_one_document(lookup: Lookup, tmp_path: Path) -> None:
    path = tmp_path / "models.txt"
    path.write_text("# ours\n\nlow/quant  # with a reason\noldtop/root\ntop/root\n")
    document = bom(*read_listed(lookup, path))
    assert [c["bom-ref"] for c in document["components"]] == [
        "huggingface/low/quant",
        "huggingface/top/root",
    ]
    assert document["dependencies"] == [
        {"ref": "huggingface/low/quant", "dependsOn": ["huggingface/top/root"]},
        {"ref": "huggingface/top/root", "dependsOn": []},
    ]


def test_unknown_names_of_a_list_are_all_reported(lookup: Lookup, tmp_path: Path) -> None:
    path = tmp_path / "models.txt"
    path.write_text("top/rooot\nmid/tune\nTop/Root\n")
    with pytest.raises(QueryError) as error:
        read_listed(lookup, path)
    assert "2 of 3 models" in error.value.what
    assert "line 1: top/rooot (nearest: top/root" in error.value.where
    assert "line 3: Top/Root (nearest: top/root)" in error.value.where


def test_a_list_has_a_limit(lookup: Lookup, tmp_path: Path) -> None:
    path = tmp_path / "models.txt"
    path.write_text("a/b\n" * 3)
    with pytest.raises(LimitExceeded):
        read_listed(lookup, path, settings=Settings(listed_models=2))


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"\xff\xfe", None])
def test_a_list_that_is_none(lookup: Lookup, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "models.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError):
        read_listed(lookup, path)


def test_spdx_ids_of_the_register_are_in_the_schema() -> None:
    rows = load_registers().rows["licences"]
    ids = {r["spdx_id"] for r in rows if not r["spdx_id"].startswith("LicenseRef-")} - {""}
    components = [
        {
            "type": "machine-learning-model",
            "name": spdx_id,
            "licenses": [{"license": {"id": spdx_id}}],
        }
        for spdx_id in sorted(ids)
    ]
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components}
    assert len(ids) > 20
    assert problems(json.dumps(document).encode()) is None


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("simulated")
    path = folder / "models.parquet"
    simulation = Simulation(5, 5000, start=date(2031, 1, 6))
    simulation.write_hub_stats(path, simulation.labels[0])
    store = Store(folder / "store")
    import_source(store, "hub-stats", path, {"label": "2031-01-06"}, Settings())
    build_release(store, Settings())
    return store


def test_ancestors_are_those_of_the_release(simulated: Store) -> None:
    lookup = open_lookup(simulated)
    checked = check_ancestors(simulated, lookup, 1000)
    lookup.close()
    assert checked == 1000


def test_simulated_models_are_called_so(simulated: Store) -> None:
    lookup = open_lookup(simulated)
    (folder,) = simulated.releases_path.iterdir()
    name = pq.read_table(folder / "models.parquet")["model_id"][0].as_py()
    passport = read_passport(lookup, name)
    lookup.close()
    assert passport.is_simulated
    assert "modelcensus:simulated" in {p["name"] for p in bom(passport)["metadata"]["properties"]}


def check_ancestors(store: Store, lookup: Lookup, models: int) -> int:
    """Hold the ancestors of BOMs against the release's tables, walked here by plain SQL."""
    (folder,) = store.releases_path.iterdir()
    con = duckdb.connect()
    for name in ("edges", "nodes", "roots"):
        con.register(name, pq.read_table(folder / f"{name}.parquet"))
    above = con.execute(
        """
        WITH RECURSIVE steps AS (
            SELECT DISTINCT child_key, parent_key FROM edges
            WHERE parent_key IS NOT NULL AND parent_key <> child_key),
        wanted AS (
            SELECT child_key FROM (SELECT DISTINCT child_key FROM steps)
            ORDER BY hash(child_key) LIMIT ?),
        walk AS (
            SELECT child_key, parent_key FROM steps WHERE child_key IN (SELECT * FROM wanted)
            UNION SELECT w.child_key, s.parent_key FROM walk w
            JOIN steps s ON s.child_key = w.parent_key)
        SELECT c.hub, c.model_id, list(DISTINCT p.model_id ORDER BY p.model_id) FROM walk w
        JOIN nodes c ON c.node_key = w.child_key JOIN nodes p ON p.node_key = w.parent_key
        WHERE w.child_key <> w.parent_key GROUP BY ALL ORDER BY ALL
        """,
        [models],
    ).fetchall()
    roots = {
        (hub, model_id): set(found)
        for hub, model_id, found in con.execute(
            """
            SELECT n.hub, n.model_id, list(DISTINCT r.model_id) FROM roots
            JOIN nodes n ON n.node_key = roots.model_key
            JOIN nodes r ON r.node_key = roots.root_key GROUP BY ALL
            """
        ).fetchall()
    }
    for hub, model_id, expected in above:
        (model,) = json.loads(model_bom([read_passport(lookup, model_id, hub=hub)]))["components"]
        ancestors = model["pedigree"]["ancestors"]
        named = ["/".join(filter(None, (a.get("group"), a["name"]))) for a in ancestors]
        assert sorted(named) == expected, model_id
        ends = {
            n
            for n, a in zip(named, ancestors, strict=True)
            if properties(a)["modelcensus:lineage:is_root"] == "true"
        }
        assert ends == roots.get((hub, model_id), set()) - {model_id}, model_id
    con.close()
    return len(above)
