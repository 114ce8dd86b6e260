"""The look-up file: written once, written anew when it must be, read by many, never half there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from tests.acre import Acre

from modelcensus.contracts.canonical import manifest_sum
from modelcensus.errors import ChecksumMismatch, StoreError, UnknownName
from modelcensus.releases.lookup import LOOKUP_FILE, open_lookup
from modelcensus.snapshots.store import Store


@pytest.fixture
def store(acre: Acre, tmp_path: Path) -> Store:
    """A copy of the world's store without look-up files, to be written to."""
    shutil.copytree(acre.store.path, tmp_path / "store")
    shutil.rmtree(tmp_path / "store" / "lookups", ignore_errors=True)
    return Store(tmp_path / "store")


def written(store: Store) -> Path:
    (release,) = store.releases_path.iterdir()
    return LOOKUP_FILE.path(store, release.name)


def opened(store: Store) -> list[str]:
    """Open and close the look-up file; return what was said meanwhile."""
    said: list[str] = []
    open_lookup(store, on_progress=said.append).close()
    return said


def test_it_is_written_once_and_is_no_part_of_the_release(store: Store) -> None:
    (release,) = store.releases_path.iterdir()
    before = sorted(f.relative_to(release) for f in release.rglob("*"))
    assert len(opened(store)) == 1
    assert written(store).is_file()
    assert opened(store) == []
    assert sorted(f.relative_to(release) for f in release.rglob("*")) == before


def test_nothing_hidden_is_left(store: Store) -> None:
    opened(store)
    assert sorted(f.name for f in written(store).parent.iterdir()) == [
        ".lock",
        written(store).name,
    ]


@pytest.mark.parametrize("damage", ["missing", "empty", "noise", "half", "foreign"])
def test_a_file_that_is_not_fit_is_written_anew(store: Store, damage: str) -> None:
    opened(store)
    path = written(store)
    content = path.read_bytes()
    path.unlink()
    if damage == "empty":
        path.touch()
    elif damage == "noise":
        path.write_bytes(b"no database" * 1000)
    elif damage == "half":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "foreign":
        with duckdb.connect(str(path)) as other:
            other.execute("CREATE TABLE sealed AS SELECT 'of somebody else' AS seal")
    assert len(opened(store)) == 1
    assert opened(store) == []


def test_another_engine_or_another_manifest_writes_it_anew(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(store)
    monkeypatch.setattr("modelcensus.releases.cut_file.ENGINE_VERSION", "0.0.1")
    assert len(opened(store)) == 1
    assert opened(store) == []
    monkeypatch.setattr("modelcensus.releases.lookup.LOOKUP_FILE", replace(LOOKUP_FILE, layout=0))
    assert len(opened(store)) == 1
    manifest = next(store.releases_path.glob("*/manifest.json"))
    said = json.loads(manifest.read_text())
    said["decisions"] = [{"incident_id": "x"}]
    said["sum"] = manifest_sum(said)
    manifest.write_text(json.dumps(said))
    assert len(opened(store)) == 1


def test_a_damaged_release_gives_no_file(store: Store) -> None:
    (release,) = store.releases_path.iterdir()
    file = release / "models.parquet"
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(ChecksumMismatch):
        open_lookup(store)
    assert not written(store).exists()
    assert [f.name for f in written(store).parent.iterdir()] == [".lock"]


def test_what_killed_writers_left_goes(store: Store) -> None:
    left = written(store).parent / ".partial-left"
    left.mkdir(parents=True)
    (left / "x.duckdb").write_bytes(b"half")
    gone = written(store).parent / "2001-01-01-gone.duckdb"
    gone.write_bytes(b"of a release that is gone")
    opened(store)
    assert not left.exists()
    assert not gone.exists()


def test_several_processes_write_and_read_at_once(store: Store) -> None:
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from modelcensus.releases.lookup import open_lookup\n"
        "from modelcensus.snapshots.store import Store\n"
        "lookup = open_lookup(Store(Path(sys.argv[1])))\n"
        "print(lookup.called('bolt/rivet-72b')[0]['hub'])\n"
    )
    command = [sys.executable, "-c", program, str(store.path)]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    answers = [process.communicate(timeout=120) for process in running]
    assert answers == [("huggingface\n", "")] * 3
    assert len(list(written(store).parent.glob("*.duckdb"))) == 1


def test_threads_share_one_open_file(store: Store) -> None:
    lookup = open_lookup(store)
    key = lookup.called("axe-works/hatchet-7b")[0]["node_key"]
    expected = lookup.card(key)
    found: list[bool] = []

    def ask() -> None:
        found.extend(lookup.card(key) == expected for _ in range(20))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lookup.close()
    assert found == [True] * 80


def test_a_reader_keeps_its_file_while_another_is_written(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = open_lookup(store)
    monkeypatch.setattr("modelcensus.releases.lookup.LOOKUP_FILE", replace(LOOKUP_FILE, layout=0))
    program = (
        "import sys\nfrom dataclasses import replace\nfrom pathlib import Path\n"
        "import modelcensus.releases.lookup as lookup\n"
        "from modelcensus.snapshots.store import Store\n"
        "lookup.LOOKUP_FILE = replace(lookup.LOOKUP_FILE, layout=0)\n"
        "lookup.open_lookup(Store(Path(sys.argv[1])))\n"
    )
    command = [sys.executable, "-c", program, str(store.path)]
    subprocess.run(command, check=True, timeout=120)
    assert reader.called("bolt/rivet-72b")
    with pytest.raises(StoreError, match="another one is open"):
        open_lookup(store)
    reader.close()
    open_lookup(store).close()


def test_every_model_has_a_card_with_its_counters(store: Store) -> None:
    (release,) = store.releases_path.iterdir()
    lookup = open_lookup(store)
    for model in pq.read_table(release / "models.parquet").to_pylist():
        card = lookup.card(model["model_key"])
        assert (card["hub"], card["model_id"]) == (model["hub"], model["model_id"])
        assert model["model_id"] in {n["model_id"] for n in card["names"]}
        assert {a["lens"] for a in card["attribution"]} == {"developer", "publisher"}
    files = sorted((release / "observations").iterdir())
    rows = [row for file in files for row in pq.read_table(file).to_pylist()]
    by_model: dict[int, int] = {}
    for row in rows:
        by_model[row["model_key"]] = by_model.get(row["model_key"], 0) + 1
        mine = {r["snapshot_key"]: r for r in lookup.observations(row["model_key"])}
        found = mine[row["snapshot_key"]]
        assert {k: row[k] for k in found} == found
    assert all(len(lookup.observations(key)) == count for key, count in by_model.items())
    lookup.close()


def test_incidents_of_a_model_are_on_its_card(store: Store) -> None:
    (release,) = store.releases_path.iterdir()
    lookup = open_lookup(store)
    wanted = ("single_model_spike", "counter_fall", "conflicting_duplicate")
    incidents = pq.read_table(release / "incidents.parquet").to_pylist()
    mine = [i for i in incidents if i["kind"] in wanted]
    assert mine
    for incident in mine:
        keys = [r["node_key"] for r in lookup.called(incident["subject"])]
        ids = {i["incident_id"] for key in keys for i in lookup.card(key)["incidents"]}
        assert incident["incident_id"] in ids
    lookup.close()


def test_no_release_and_no_such_release(tmp_path: Path, store: Store) -> None:
    with pytest.raises(StoreError, match="no release"):
        open_lookup(Store(tmp_path / "empty"))
    with pytest.raises(UnknownName):
        open_lookup(store, "2001-01-01-none")
