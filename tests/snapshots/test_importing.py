from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modelcensus.errors import (
    SettingsError,
    SnapshotError,
    SourceError,
    TooManyRejects,
    UnknownName,
)
from modelcensus.settings import Settings
from modelcensus.snapshots import importing, inputs, placing, reader, reader_child
from modelcensus.snapshots.crossing import unpack_error
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.reader import ReadRequest, Staged, _message
from modelcensus.snapshots.report import NOTHING_CHANGED, ImportReport
from modelcensus.snapshots.store import Store

Import = Callable[..., ImportReport]
Write = Callable[..., Path]
JANUARY = {"label": "2025-01-01", "rows": [{"id": "a/b", "downloads": 1}]}
FEBRUARY = {"label": "2025-02-01", "rows": [{"id": "a/b", "downloads": 2}, {"id": "a/c"}]}
LIST = {"name": "atom", "as_of": "2026-08-17", "tables": {"models": {"id": ["a", "b"]}}}


@pytest.fixture(autouse=True)
def _read_without_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in this process, as the child would: what a child adds is tested with the reader."""
    monkeypatch.setattr(importing, "read_source", read_in_process)


def read_in_process(request: ReadRequest, on_progress: Any) -> Staged:
    raw = reader_child.answer(_message(request), on_progress or (lambda rows, what: None))
    if "error" in raw:
        raise unpack_error(raw["error"])
    staged = raw["staged"]
    return Staged(tuple(staged["folders"]), tuple(tuple(s) for s in staged["samples"]))


def everything(store: Store) -> dict[str, bytes]:
    """Return all final files of a store by relative name."""
    return {
        path.relative_to(store.path).as_posix(): path.read_bytes()
        for path in store.path.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def test_an_import_stores_and_reports(store: Store, run_import: Import, write_input: Write) -> None:
    report = run_import(write_input(FEBRUARY, JANUARY, LIST))
    assert report.is_new
    assert [m.label for m in report.snapshots] == ["2025-02-01", "2025-01-01"]
    assert report.snapshots[::-1] == tuple(store.snapshots())
    assert report.evidence == tuple(store.evidence())
    assert (report.rows, report.input_rows, report.rejects) == (5, 5, {})
    assert not [name for name in everything(store) if "partial" in name]


def test_the_same_import_again_changes_nothing(
    store: Store, run_import: Import, write_input: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_input(JANUARY, FEBRUARY, LIST)
    first = run_import(path)
    before = everything(store)
    monkeypatch.setattr(importing, "read_source", None)  # nothing is read again
    again = run_import(path)
    assert not again.is_new
    assert again.sentences()[0] == NOTHING_CHANGED
    assert (again.snapshots, again.evidence, again.rows) == (first.snapshots, first.evidence, 5)
    assert everything(store) == before


def test_two_stores_get_the_same_bytes_in_and_out_of_a_child(
    tmp_path: Path,
    store: Store,
    run_import: Import,
    write_input: Write,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = write_input(JANUARY, FEBRUARY, LIST)
    run_import(path)
    monkeypatch.setattr(importing, "read_source", reader.read_source)
    moved = tmp_path / "elsewhere" / path.name
    moved.parent.mkdir()
    shutil.copy(path, moved)
    os.utime(moved, (0, 0))
    other = Store(tmp_path / "other")
    import_source(other, "probe", moved, {}, Settings(reader_seconds=77))
    assert everything(other) == everything(store)


def test_a_deleted_snapshot_is_imported_again(
    store: Store, run_import: Import, write_input: Write
) -> None:
    path = write_input(JANUARY, FEBRUARY)
    run_import(path)
    before = everything(store)
    shutil.rmtree(store.folder_of(store.snapshots()[0]))
    report = run_import(path)
    assert report.new_ids == {report.snapshots[0].id}
    assert "2025-02-01: stored already, kept as it is" in "\n".join(report.sentences())
    assert everything(store) == before


@pytest.mark.parametrize("damage", ["cut", "flip", "delete"])
def test_a_damaged_table_is_replaced(
    store: Store, run_import: Import, write_input: Write, damage: str
) -> None:
    path = write_input(JANUARY, FEBRUARY)
    run_import(path)
    before = everything(store)
    table = store.folder_of(store.snapshots()[0]) / "observations.parquet"
    content = table.read_bytes()
    if damage == "cut":
        table.write_bytes(content[:-1])
    elif damage == "flip":
        table.write_bytes(bytes([content[0] ^ 1]) + content[1:])
        os.utime(table, ns=(0, 0))
        next(store.imports_path.iterdir()).unlink()  # sizes alone do not show it
    else:
        table.unlink()
    assert len(run_import(path).new_ids) == 1
    assert everything(store) == before


def test_other_content_for_a_label_is_refused_and_nothing_is_stored(
    store: Store, run_import: Import, write_input: Write
) -> None:
    run_import(write_input(FEBRUARY))
    before = everything(store)
    changed = write_input(JANUARY, FEBRUARY | {"rows": [{"id": "x/y"}]}, name="b.json")
    with pytest.raises(SnapshotError, match="stored already with other content") as caught:
        run_import(changed)
    assert "rows 2 -> 1" in caught.value.where
    assert "table observations" in caught.value.where
    assert "--frame" in caught.value.next_step
    assert everything(store) == before
    assert run_import(changed, frame="panel:other").is_new


def test_simulated_data_of_the_same_day_have_a_frame_of_their_own(
    store: Store, run_import: Import, write_input: Write
) -> None:
    run_import(write_input(JANUARY))
    assert run_import(write_input(JANUARY | {"simulated": True}, name="b.json")).is_new
    found = {m.frame: (m.is_simulated, m.source.attribution) for m in store.snapshots()}
    real, generated = sorted(found)
    assert generated == f"simulated:{real}"
    assert (found[real][0], found[generated][0]) == (False, True)
    assert found[generated][1] == f"SIMULATED data in the shape of {found[real][1]}"


def test_real_data_cannot_take_the_frame_of_simulated_ones(
    store: Store, run_import: Import, write_input: Write
) -> None:
    with pytest.raises(SourceError, match="one of simulated data") as caught:
        run_import(write_input(JANUARY), frame="simulated:panel:mine")
    assert caught.value.next_step == "--option frame=panel:mine"
    assert not store.snapshots()


def test_other_evidence_for_a_day_is_refused(run_import: Import, write_input: Write) -> None:
    run_import(write_input(LIST))
    changed = LIST | {"tables": {"models": {"id": ["a"]}, "regions": {"id": ["eu"]}}}
    with pytest.raises(SnapshotError, match="evidence atom 2026-08-17 is stored") as caught:
        run_import(write_input(changed, name="b.json"))
    assert "table regions" in caught.value.where


def test_another_version_imports_again_and_keeps_what_is_equal(
    store: Store, run_import: Import, write_input: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_input(JANUARY)
    run_import(path)
    monkeypatch.setattr(importing, "VERSION", "9.9.9")
    report = run_import(path)
    assert not report.is_new
    assert report.sentences()[0] == NOTHING_CHANGED
    assert len(list(store.imports_path.iterdir())) == 2


def test_a_conflict_names_the_versions(tmp_path: Path, run_import: Import, store: Store) -> None:
    path = tmp_path / "input.json"
    path.write_text(json.dumps([JANUARY]))
    manifest = run_import(path).snapshots[0]
    other = replace(manifest, tool_version="9.9.9", rows=7)
    error = placing._conflict(store, manifest, other)
    assert f"written by version {manifest.tool_version} -> 9.9.9" in error.where


def test_options_and_inputs_make_another_import(
    store: Store, run_import: Import, write_input: Write
) -> None:
    path = write_input(JANUARY)
    run_import(path)
    run_import(path, frame="panel:other")
    assert [m.frame for m in store.snapshots()] == ["panel:other", "panel:probe"]
    assert len(list(store.imports_path.iterdir())) == 2


def test_a_folder_is_read_whole(store: Store, run_import: Import, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "inner").mkdir(parents=True)
    (folder / "a.json").write_text(json.dumps([JANUARY]))
    (folder / "inner" / "b.json").write_text(json.dumps([FEBRUARY]))
    assert len(run_import(folder).snapshots) == 2
    receipt = store.receipt(next(store.imports_path.iterdir()).stem)
    assert list(receipt.inputs) == ["a.json", "inner/b.json"]
    (folder / "c.txt").write_text("read me")
    assert not run_import(folder).is_new
    assert len(list(store.imports_path.iterdir())) == 2


def test_too_many_rejects_store_nothing(
    store: Store, run_import: Import, write_input: Write
) -> None:
    lost = [["no id", "{" + "x" * 500], ["no id", "second"], ["bad date", "31.02."]]
    path = write_input(JANUARY, FEBRUARY | {"rejects": lost})
    with pytest.raises(TooManyRejects, match="3 of 6 input rows were rejected") as caught:
        run_import(path)
    error = caught.value
    assert error.reasons == {"no id": 2, "bad date": 1}
    assert "bad date: 31.02." in error.where
    assert len(error.where) < 400 + len(str(path))
    assert "CENSUS_MAX_REJECT_SHARE" in error.next_step
    assert everything(store) == {}
    assert run_import(path, settings=Settings(max_reject_share=0.5)).rejects == error.reasons


def test_rejects_at_the_allowed_share_pass(run_import: Import, write_input: Write) -> None:
    rows = [{"id": f"a/{i}"} for i in range(19)]
    path = write_input({"label": "2025-01-01", "rows": rows, "rejects": [["odd", "x"]]})
    report = run_import(path)
    assert "1 of 20 input rows rejected: odd (1)" in report.sentences()
    assert "huggingface panel:probe 2025-01-01: 19 rows, 1 of 20 input rows rejected" in (
        report.sentences()
    )


@pytest.mark.parametrize("items", [[JANUARY, JANUARY], [JANUARY, FEBRUARY, JANUARY], [LIST, LIST]])
def test_two_states_with_one_label_are_a_fault_of_the_source(
    store: Store, run_import: Import, write_input: Write, items: list[dict[str, Any]]
) -> None:
    with pytest.raises(SourceError, match="twice"):
        run_import(write_input(*items))
    assert everything(store) == {}


def test_a_source_that_finds_nothing_is_an_error(run_import: Import, write_input: Write) -> None:
    with pytest.raises(SourceError, match="nothing to import was found"):
        run_import(write_input())


def test_an_error_after_finished_states_stores_none(
    store: Store, run_import: Import, write_input: Write
) -> None:
    with pytest.raises(SourceError, match="the end is missing"):
        run_import(write_input(JANUARY, FEBRUARY), how="fail-late")
    assert everything(store) == {}


def test_names_and_options_are_checked_first(
    store: Store, run_import: Import, write_input: Write
) -> None:
    path = write_input(JANUARY)
    with pytest.raises(UnknownName):
        import_source(store, "prob", path, {}, Settings())
    with pytest.raises(SettingsError):
        run_import(path, colour="red")
    assert not store.path.exists()


def test_a_file_that_changes_while_it_is_read_is_refused(store: Store, write_input: Write) -> None:
    path = write_input(JANUARY)

    def touch(rows: int, what: str) -> None:
        os.utime(path, (1, 1))

    with pytest.raises(SourceError, match="changed while it was read"):
        import_source(store, "probe", path, {}, Settings(), touch)
    assert everything(store) == {}


def test_a_table_that_changes_on_the_way_is_refused(
    store: Store, run_import: Import, write_input: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = importing.read_source

    def damage(request: Any, on_progress: Any) -> Any:
        staged = read(request, on_progress)
        table = request.staging / staged.folders[0] / "observations.parquet"
        table.write_bytes(table.read_bytes()[:-1] + b"x")
        return staged

    monkeypatch.setattr(importing, "read_source", damage)
    with pytest.raises(SnapshotError, match="differs from its manifest"):
        run_import(write_input(JANUARY))
    assert everything(store) == {}


def test_the_inputs_are_all_regular_files(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "b").write_text("2")
    (folder / "a").write_text("1")
    (folder / "link").symlink_to(folder / "a")
    os.mkfifo(folder / "pipe")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "c").write_text("3")
    (folder / "linked").symlink_to(tmp_path / "outside")
    (folder / os.fsdecode(b"\xff")).write_text("4")
    found = inputs.sum_inputs(folder)
    assert list(found.sums) == ["\\xff", "a", "b", "link"]
    found.refuse_changes()
    (folder / "d").write_text("new")
    with pytest.raises(SourceError, match="changed"):
        found.refuse_changes()


@pytest.mark.parametrize("what", ["missing", "empty", "pipe"])
def test_no_input_is_an_error(tmp_path: Path, what: str) -> None:
    path = tmp_path / what
    if what == "empty":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    with pytest.raises(SourceError, match="nothing to import"):
        inputs.sum_inputs(path)


def test_an_input_that_may_not_be_read_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("1")

    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(inputs, "sha256_of", refuse)
    with pytest.raises(SourceError, match="permission denied") as caught:
        inputs.sum_inputs(tmp_path)
    assert caught.value.where.endswith("a")


def test_states_may_come_from_elsewhere_and_say_so(run_import: Import, write_input: Write) -> None:
    info = {"name": "x", "title": "X", "url": "u", "licence": "CC0", "attribution": "X people"}
    report = run_import(write_input(JANUARY, FEBRUARY | {"info": info}))
    assert [m.source.name for m in report.snapshots] == ["probe", "x"]
    assert report.sentences()[-2:] == [
        "source: Probe (Probe authors), https://example.org/probe, MIT",
        "source: X (X people), u, CC0",
    ]


def test_simulated_data_say_so(run_import: Import, write_input: Write) -> None:
    lines = run_import(write_input(JANUARY | {"simulated": True})).sentences()
    assert "(simulated data)" in lines[0]
    assert lines[-1] == (
        "source: Probe (SIMULATED data in the shape of Probe authors), "
        "https://example.org/probe, MIT"
    )
    assert "1 new of 1 snapshot with 1 row" in lines
