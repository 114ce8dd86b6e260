"""A build from end to end: every row accounted for, every file named, the tables as documented."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.acre import (
    ABOVE_FLOAT,
    FRAME,
    LABELS,
    Acre,
    acre_overlay,
    acre_store,
    evidence,
    other_hub,
    panel,
    runner,
)
from tests.small_store import developer, overlay, put, state

from modelcensus.errors import SnapshotError, StoreError
from modelcensus.files import sha256_of
from modelcensus.registers.schema import REGISTERS
from modelcensus.releases.build import build_release, collect_inputs, release_name
from modelcensus.releases.tables import FORMAT, TABLES
from modelcensus.settings import Settings
from modelcensus.snapshots import staging
from modelcensus.snapshots.store import Store


def rows_of(acre: Acre, table: str) -> list[dict[str, Any]]:
    return pq.read_table(acre.report.path / f"{table}.parquet").to_pylist()


def manifest_of(acre: Acre) -> dict[str, Any]:
    return json.loads((acre.report.path / "manifest.json").read_text())


def files_of(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a folder, by name."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): sha256_of(p) for p in files}


def test_every_input_row_is_a_record_a_duplicate_or_a_reject(acre: Acre) -> None:
    stored = {m.id: m for m in acre.store.snapshots()}
    released = {row["snapshot_id"]: row for row in rows_of(acre, "snapshots")}
    assert set(stored) == set(released)
    rejects = Counter({r["snapshot_key"]: 0 for r in released.values()})
    for row in rows_of(acre, "rejects"):
        rejects[row["snapshot_key"]] += row["count"]
    for entry in manifest_of(acre)["snapshots"]:
        found, row = stored[entry["id"]], released[entry["id"]]
        ids = acre.store.open_table(found, "observations", ["model_id"])["model_id"].to_pylist()
        doubles = len(ids) - len(set(ids))
        assert row["rows"] + doubles + rejects[row["snapshot_key"]] == entry["input_rows"]
        assert sum(entry["rejects"].values()) == rejects[row["snapshot_key"]]
        file = acre.report.path / "observations" / f"{row['snapshot_key']:06d}.parquet"
        assert pq.read_metadata(file).num_rows == row["rows"]
    assert sum(rejects.values()) == 1
    sizes = {r["label"]: r["rows"] for r in released.values() if r["frame"] == FRAME}
    assert sizes == {label: {0: 14, 1: 14, 2: 15, 3: 15}[n] for n, label in enumerate(LABELS)}


def test_of_two_rows_the_first_stands_and_a_conflict_is_logged(acre: Acre) -> None:
    models = {
        m["model_id"]: m["model_key"] for m in rows_of(acre, "models") if m["hub"] == "huggingface"
    }
    places = {(r["frame"], r["label"]): r["snapshot_key"] for r in rows_of(acre, "snapshots")}
    key = places[FRAME, LABELS[1]]
    observed = pq.read_table(acre.report.path / "observations" / f"{key:06d}.parquet").to_pylist()
    counts = {r["model_key"]: r["downloads_30d"] for r in observed}
    assert len(counts) == len(observed)
    assert counts[models["axe-works/hatchet-7b"]] == 1_300_000
    assert counts[models["axe-works/Hatchet-Coder-1b"]] == 300
    conflicts = [r for r in rows_of(acre, "incidents") if r["kind"] == "conflicting_duplicate"]
    assert [(r["subject"], r["label_after"]) for r in conflicts] == [
        ("axe-works/Hatchet-Coder-1b", LABELS[1])
    ]


def test_counts_keep_null_zero_and_all_digits(acre: Acre) -> None:
    models = {(m["hub"], m["model_id"]): m["model_key"] for m in rows_of(acre, "models")}
    by_label = {(r["frame"], r["label"]): r["snapshot_key"] for r in rows_of(acre, "snapshots")}

    def count(frame: str, label: str, metric: str, hub: str, name: str) -> int | None:
        file = acre.report.path / "observations" / f"{by_label[frame, label]:06d}.parquet"
        (row,) = [r for r in pq.read_table(file).to_pylist() if r["model_key"] == models[hub, name]]
        return row[metric]

    here = "huggingface"
    assert count(FRAME, LABELS[1], "downloads_30d", here, "stray/unknown-one") is None
    assert count(FRAME, LABELS[1], "downloads_30d", here, "axe-works/anvil") == 0
    there = ("downloads_all_time", "modelscope", "axe-works/hatchet-7b")
    assert count("hub", "2025-03-20", *there) == ABOVE_FLOAT + 2


def test_the_manifest_names_every_file_with_its_sum(acre: Acre) -> None:
    manifest = manifest_of(acre)
    found = files_of(acre.report.path)
    found.pop("manifest.json")
    assert {name: file["sha256"] for name, file in manifest["files"].items()} == found
    for name, file in manifest["files"].items():
        assert (acre.report.path / name).stat().st_size == file["bytes"]
    assert manifest["name"] == acre.report.name == acre.report.path.name
    assert manifest["name"].startswith("2025-04-01-")
    assert manifest["format"] == FORMAT
    assert manifest["rows"] == acre.report.rows
    assert manifest["incidents"] == acre.report.incidents
    assert manifest["settings"] == Settings().build_values()
    assert len(manifest["snapshots"]) == 7
    assert [e["name"] for e in manifest["evidence"]] == ["atom"]
    simulated = {s["frame"] for s in manifest["snapshots"] if s["is_simulated"]}
    assert simulated == {"simulated:sample:runner"}


def test_the_data_dictionary_is_what_a_release_holds(acre: Acre) -> None:
    files = {name.removesuffix(".parquet") for name in manifest_of(acre)["files"]}
    tables = {name.partition("/")[0] for name in files}
    assert tables == {*TABLES, "registers"}
    assert set(acre.report.rows) == set(TABLES)
    for name in sorted(files - {"manifest.json"}):
        schema = pq.read_schema(acre.report.path / f"{name}.parquet")
        if name.startswith("registers/"):
            register = REGISTERS[name.removeprefix("registers/")]
            assert tuple(schema.names) == ("row_id", *register.columns)
            continue
        table = name.partition("/")[0]
        assert schema.names == list(TABLES[table][1]), table
        for column, (unit, meaning) in TABLES[table][1].items():
            assert meaning, f"{table}.{column}"
            is_instant = str(schema.field(column).type) == "timestamp[us, tz=UTC]"
            assert is_instant == (unit == "UTC"), f"{table}.{column}"
    for name, count in acre.report.rows.items():
        found = [f for f in files if f.partition("/")[0] == name]
        rows = sum(pq.read_metadata(acre.report.path / f"{f}.parquet").num_rows for f in found)
        assert rows == count, name


def test_keys_lead_somewhere(acre: Acre) -> None:
    models = {m["model_key"] for m in rows_of(acre, "models")}
    snapshots = {s["snapshot_key"] for s in rows_of(acre, "snapshots")}
    for table in ("names", "attribution", "families", "facts", "populations"):
        assert {r["model_key"] for r in rows_of(acre, table)} <= models, table
    assert {r["model_key"] for r in rows_of(acre, "families")} == models
    assert {r["model_key"] for r in rows_of(acre, "names")} == models
    for lens in ("publisher", "developer"):
        rows = [r for r in rows_of(acre, "attribution") if r["lens"] == lens]
        assert {r["model_key"] for r in rows} == models
    for row in rows_of(acre, "facts") + rows_of(acre, "rejects"):
        assert row["snapshot_key"] in snapshots
    ids = {r["row_id"] for name in REGISTERS for r in rows_of(acre, f"registers/{name}")}
    for row in rows_of(acre, "attribution"):
        assert {row["namespace_row"], row["developer_row"]} <= {*ids, ""}
    assert {r["family_row"] for r in rows_of(acre, "families")} <= {*ids, ""}
    assert {r["licence_row"] for r in rows_of(acre, "facts")} <= {*ids, ""}


def test_facts_are_kept_when_they_change(tmp_path: Path) -> None:
    rows = {
        "a/same": ["mit", "mit", "mit", "mit"],
        "a/moves": ["mit", "apache-2.0", "apache-2.0", "mit"],
        "a/loses": ["mit", None, None, "mit"],
        "a/pauses": ["mit", "-", "mit", "gpl-3.0"],
        "a/none": [None, None, None, None],
    }
    labels = ("2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01")
    states = [
        state(label, [
            {"id": i, "downloads_30d": 1, "licence_tag": tags[n], "tags": [tags[n] or "", "x"]}
            for i, tags in rows.items() if tags[n] != "-"
        ])
        for n, label in enumerate(labels)
    ]  # fmt: skip
    bare = state("2025-02-15", [{"id": "a/same", "downloads_30d": 5}], frame="panel:bare")
    other = state("2025-02-16", [{"id": "a/same", "library": "own"}], frame="panel:other")
    store = put(Store(tmp_path / "store"), *states, bare, other)
    report = build_release(store, Settings())
    keys = {r["model_key"]: r["model_id"] for r in
            pq.read_table(report.path / "models.parquet").to_pylist()}  # fmt: skip
    places = {r["snapshot_key"]: r["label"] for r in
              pq.read_table(report.path / "snapshots.parquet").to_pylist()}  # fmt: skip
    facts = pq.read_table(report.path / "facts.parquet").to_pylist()
    found: dict[str, list[tuple[str, str | None]]] = {}
    for row in facts:
        if row["frame"] == "panel:probe":
            change = (places[row["snapshot_key"]], row["licence_tag"])
            found.setdefault(keys[row["model_key"]], []).append(change)
    assert found == {
        "a/same": [(labels[0], "mit")],
        "a/moves": [(labels[0], "mit"), (labels[1], "apache-2.0"), (labels[3], "mit")],
        "a/loses": [(labels[0], "mit"), (labels[1], None), (labels[3], "mit")],
        "a/pauses": [(labels[0], "mit"), (labels[3], "gpl-3.0")],
        "a/none": [(labels[0], None)],
    }
    classes = {r["licence_tag"]: r["licence_class"] for r in facts if r["frame"] == "panel:probe"}
    assert classes[None] == "L9"
    (one,) = [r for r in facts if r["frame"] == "panel:other"]
    assert (one["library"], one["licence_class"]) == ("own", None)  # licences not asked for
    assert not [r for r in facts if r["frame"] == "panel:bare"]


LATER = ("spaces", "inference_providers", "formats", "is_disabled", "number_types")


def test_snapshots_from_before_a_column_was_read_are_built_with_nulls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"id": "a/b", "downloads_30d": 3, "library": "own"}
    with monkeypatch.context() as earlier:
        for name in ("OBSERVATION_SCHEMA", "METADATA_SCHEMA"):
            fields = [f for f in getattr(staging, name) if f.name not in LATER]
            earlier.setattr(staging, name, pa.schema(fields))
        store = put(Store(tmp_path / "store"), state("2025-01-01", [row]))
    old = store.snapshots()[0]
    assert not {*LATER} & {*pq.read_schema(store.table_path(old, "observations")).names}
    assert not {*LATER} & {*pq.read_schema(store.table_path(old, "metadata")).names}
    put(store, state("2025-02-01", [row | {"spaces": 0, "formats": ["gguf"]}]))
    report = build_release(store, Settings())
    counts = [
        pq.read_table(report.path / "observations" / f"{n:06d}.parquet").to_pylist()[0]
        for n in (0, 1)
    ]
    assert [(c["downloads_30d"], c["spaces"]) for c in counts] == [(3, None), (3, 0)]
    facts = pq.read_table(report.path / "facts.parquet").to_pylist()
    assert [(f["library"], f["formats"]) for f in facts] == [("own", None), ("own", ["gguf"])]
    first, second = json.loads((report.path / "manifest.json").read_text())["snapshots"]
    assert ("spaces" in first["counters"], "spaces" in second["counters"]) == (False, True)


def test_building_twice_changes_nothing(acre: Acre) -> None:
    before = files_of(acre.store.path)
    again = build_release(acre.store, Settings(), overlays=[acre.overlay])
    assert (again.is_new, again.name, again.rows) == (False, acre.report.name, acre.report.rows)
    assert files_of(acre.store.path) == before


def test_a_release_that_lost_a_file_is_built_again(acre: Acre, tmp_path: Path) -> None:
    store = Store(shutil.copytree(acre.store.path, tmp_path / "store"))
    folder = store.releases_path / acre.report.name
    before = files_of(folder)
    (folder / "facts.parquet").unlink()
    (folder / "names.parquet").write_bytes(b"PAR1")
    again = build_release(store, Settings(), overlays=[acre.overlay])
    assert (again.is_new, again.name) == (True, acre.report.name)
    assert files_of(folder) == before
    assert [p.name for p in store.releases_path.iterdir()] == [acre.report.name]


@pytest.mark.parametrize("kept", [pytest.param(1, marks=pytest.mark.long), 3])
def test_what_was_keyed_before_changes_no_byte(acre: Acre, tmp_path: Path, kept: int) -> None:
    """A store that grew, one with a late import of older data, one with a damaged cache."""
    everything = [*panel(), *other_hub(), *runner()]
    store = put(Store(tmp_path / "store"), *everything[kept : kept + 2])
    build_release(store, Settings())
    if kept == 3:
        damaged = next((store.path / "keyed").rglob("observations.parquet"))
        damaged.write_bytes(damaged.read_bytes()[:-1] + b"!")
    put(store, *everything, *evidence())
    report = build_release(store, Settings(), overlays=[acre.overlay])
    assert report.name == acre.report.name
    assert files_of(report.path) == files_of(acre.report.path)


def test_a_changed_register_row_a_setting_or_a_snapshot_gives_another_name(
    acre: Acre, tmp_path: Path
) -> None:
    def name(store: Store = acre.store, overlays: Any = (acre.overlay,), **settings: Any) -> str:
        return release_name(collect_inputs(store, Settings(**settings), list(overlays)))

    assert name() == acre.report.name
    row = overlay(tmp_path / "row", developers=[developer("axe-works", "CA")])
    others = [
        name(overlays=()),
        name(overlays=(acre.overlay, row)),
        name(spike_factor=30),
    ]
    assert len({*others, acre.report.name}) == 4
    for free in ({"engine_threads": 4}, {"engine_memory": 2**31}, {"engine_spill": 2**31}):
        assert name(**free) == acre.report.name
    more = acre_store(tmp_path / "more")
    put(more, state("2025-03-31", [{"id": "z/z", "downloads_30d": 1}], frame="panel:late"))
    assert name(more) != acre.report.name
    assert name(more)[:11] == acre.report.name[:11]


def test_a_frame_belongs_to_one_hub(tmp_path: Path) -> None:
    rows = [{"id": "a/b", "downloads_30d": 1}]
    store = put(
        Store(tmp_path), state("2025-01-01", rows), state("2025-02-01", rows, hub="modelscope")
    )
    with pytest.raises(SnapshotError, match="panel:probe stands for two hubs") as caught:
        build_release(store, Settings())
    assert "--option frame=" in caught.value.next_step
    assert not store.releases_path.exists()


def test_an_empty_store_has_nothing_to_build(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no snapshot to build from") as caught:
        build_release(Store(tmp_path / "none"), Settings())
    assert "census import" in caught.value.next_step
    assert not (tmp_path / "none").exists()


def test_a_build_says_what_it_does_and_leaves_nothing_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    told: list[str] = []
    store = acre_store(tmp_path / "a [b]* store? {x}")
    laid = acre_overlay(tmp_path / "overlay")
    report = build_release(store, Settings(), overlays=[laid], on_progress=told.append)
    assert "writing models" in told
    assert list(here.iterdir()) == []
    assert [p.name for p in store.releases_path.iterdir()] == [report.name]
    assert (report.path.stat().st_mode & 0o777) == (store.snapshots_path.stat().st_mode & 0o777)
