"""Opening a release, and what status and doctor say of a store."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.acre import FRAME, Acre

from modelcensus.errors import SettingsError, StoreError, UnknownName
from modelcensus.releases.build import build_release
from modelcensus.releases.doctor import examine
from modelcensus.releases.release import Release, is_whole, open_release, release_names
from modelcensus.releases.status import known_to_store, store_status
from modelcensus.releases.tables import TABLES
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

NOW = datetime(2025, 4, 11, 12, tzinfo=UTC)


@pytest.fixture
def copy(acre: Acre, tmp_path: Path) -> Store:
    return Store(shutil.copytree(acre.store.path, tmp_path / "copy"))


def test_the_newest_release_is_opened_unless_one_is_named(acre: Acre, copy: Store) -> None:
    other = build_release(copy, Settings(spike_factor=30), overlays=[acre.overlay])
    manifest = copy.releases_path / other.name / "manifest.json"
    os.utime(manifest, (2**31, 2**31))
    assert release_names(copy) == [acre.report.name, other.name]
    for name, expected in (("", other.name), (acre.report.name, acre.report.name)):
        release = open_release(copy, name)
        assert release.name == expected
        release.close()


def test_a_release_tells_its_frames_snapshots_and_tables(acre: Acre) -> None:
    release = open_release(acre.store)
    try:
        assert release.frames == ("hub", FRAME, "simulated:sample:runner")
        first, *_, last = release.frame_snapshots(FRAME)
        assert (first.label, last.label) == ("2025-01-01", "2025-04-01")
        assert first.label_at == datetime(2025, 1, 1, tzinfo=UTC)
        assert first.counters == ("downloads_30d", "likes", "descendants")
        assert (first.has_metadata, first.is_complete_frame, first.is_simulated) == (
            True, False, False,
        )  # fmt: skip
        assert release.frame_snapshots("hub")[0].is_complete_frame
        assert release.frame_snapshots("simulated:sample:runner")[0].is_simulated
        for table in TABLES:
            if table != "observations":
                rows = release.table(table)
                assert list(rows.columns) == list(TABLES[table][1])
                assert release.fetch(rows.count().as_table()).num_rows == 1
        assert release.table("models") is release.table("models")
        both = release.observations([first, last])
        keys = release.fetch(both.select("snapshot_key").distinct().order_by("snapshot_key"))
        assert keys["snapshot_key"].to_pylist() == [first.key, last.key]
        assert "row_id" in release.register("developers").columns
        with pytest.raises(UnknownName, match="no frame named 'panel:acra'") as caught:
            release.frame_snapshots("panel:acra")
        assert caught.value.nearest[0] == FRAME
    finally:
        release.close()


def test_there_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the store holds no release") as caught:
        open_release(Store(tmp_path / "none"))
    assert "census build" in caught.value.next_step
    assert caught.value.exit_code == 1
    with pytest.raises(StoreError, match="no release here"):
        Release(tmp_path, None, Settings())  # type: ignore[arg-type]


def test_a_name_that_is_none_gets_the_nearest(acre: Acre) -> None:
    with pytest.raises(UnknownName, match="no release named") as caught:
        open_release(acre.store, acre.report.name[:-1])
    assert caught.value.nearest == [acre.report.name]
    assert caught.value.exit_code == 6
    with pytest.raises(UnknownName) as caught:
        open_release(acre.store, "../../etc")
    assert caught.value.nearest == [acre.report.name]
    with pytest.raises(SettingsError, match="no engine named"):
        open_release(acre.store, engine="postgres")


@pytest.mark.parametrize("change", ["format", "table", "truncated", "empty", "list"])
def test_a_release_of_another_kind_is_refused(copy: Store, change: str) -> None:
    (name,) = release_names(copy)
    path = copy.releases_path / name / "manifest.json"
    manifest = json.loads(path.read_text())
    if change == "format":
        manifest["format"] = 999
    elif change == "table":
        del manifest["rows"]["models"]
    text = {"truncated": path.read_text()[:200], "empty": "", "list": "[]"}.get(change)
    path.write_text(json.dumps(manifest) if text is None else text)
    match = "another version" if text is None else "cannot be read"
    with pytest.raises(StoreError, match=match) as caught:
        open_release(copy)
    assert "census build" in caught.value.next_step
    assert not is_whole(path.parent)
    findings = {f.name: f for f in examine(copy, Settings())}
    assert findings["release"].state == "broken"
    assert store_status(copy, NOW, Settings())["incidents"] == {}


def test_hidden_folders_and_half_releases_are_no_releases(copy: Store) -> None:
    names = release_names(copy)
    (copy.releases_path / ".partial-abc" / "x").mkdir(parents=True)
    (copy.releases_path / "2030-01-01-0123456789").mkdir()
    assert release_names(copy) == names


def test_status_says_what_a_store_holds(acre: Acre) -> None:
    found = store_status(acre.store, NOW, Settings())
    json.dumps(found)  # plain values only
    assert found["releases"] == [acre.report.name]
    assert found["newest_release"] == acre.report.name
    assert found["incidents"] == acre.report.incidents
    assert found["evidence"] == [{"name": "atom", "as_of": "2025-03-15", "rows": 6}]
    assert found["bytes"] == sum(
        f.stat().st_size for f in acre.store.path.rglob("*") if f.is_file()
    )
    frames = {f["frame"]: f for f in found["frames"]}
    assert set(frames) == {FRAME, "hub", "simulated:sample:runner"}
    panel = frames[FRAME]
    assert (panel["snapshots"], panel["first"], panel["last"]) == (4, "2025-01-01", "2025-04-01")
    assert (panel["state"], panel["rejects"]) == ("dated", {"bad_id": 1})
    assert panel["age_days"] == 10.5
    assert panel["models_last"] == 15
    assert frames["simulated:sample:runner"]["is_simulated"] is True
    assert frames["hub"]["hub"] == "modelscope"


def test_status_of_nothing_is_nothing(tmp_path: Path) -> None:
    found = store_status(Store(tmp_path / "none"), NOW, Settings())
    assert (found["frames"], found["releases"], found["newest_release"]) == ([], [], None)
    assert found["bytes"] == 0
    assert not (tmp_path / "none").exists()


def test_what_a_store_knows_for_the_registers(acre: Acre) -> None:
    known = known_to_store(acre.store)
    assert ("huggingface", "old-bolt") in known.namespaces
    assert ("modelscope", "nobody") not in known.namespaces  # no panel
    assert ("modelscope", "nobody/thing") in known.models
    assert known.licence_uses["acre-open"] == 1
    assert known.licence_uses["acre-limits"] == 2  # one by its declared name


def test_the_doctor_finds_a_sound_store_sound_and_changes_nothing(acre: Acre) -> None:
    before = sorted(p.name for p in acre.store.path.rglob("*"))
    findings = {f.name: f for f in examine(acre.store, Settings())}
    assert [n for n, f in findings.items() if f.state == "broken"] == []
    assert findings["engine"].text == "DuckDB answers in UTC"
    assert acre.report.name in findings["release"].text
    assert str(acre.store.path) in findings["store"].text
    assert sorted(p.name for p in acre.store.path.rglob("*")) == before


def test_the_doctor_looks_at_a_place_without_making_it(tmp_path: Path) -> None:
    findings = {f.name: f for f in examine(Store(tmp_path / "a" / "b"), Settings())}
    assert "will be made" in findings["store"].text
    assert findings["release"].state == "note"
    assert list(tmp_path.iterdir()) == []
