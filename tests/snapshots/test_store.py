from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from modelcensus.errors import ChecksumMismatch, SnapshotError, StoreError
from modelcensus.settings import Settings
from modelcensus.snapshots import store as store_module
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store, default_store_path
from modelcensus.sources.source import SOURCES

PROBE = Path(__file__).parent / "probe"
STATES = [
    {"label": "2025-02-01", "rows": [{"id": "a/b", "downloads": 1}, {"id": "a/c"}]},
    {"label": "2025-01-01", "rows": [{"id": "a/b", "author": "a"}], "rejects": [["odd", "x"]] },
    {"label": "2025-01-01", "hub": "ollama", "rows": [{"id": "b"}]},
    {"label": "2025-01-01T12:00:00", "rows": [{"id": "a/b"}]},
]  # fmt: skip
STATES[3]["label"] += "+00:00"
EVIDENCE = {"name": "atom", "as_of": "2026-08-17", "tables": {"models": {"id": ["a", "b"]}}}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled store, imported once; tests work on copies."""
    folder = tmp_path_factory.mktemp("template")
    (folder / "input.json").write_text(json.dumps([*STATES, EVIDENCE]))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(PROBE))
        patch.setitem(SOURCES, "probe", "probe_source")
        settings = Settings(max_reject_share=0.5)
        import_source(Store(folder / "store"), "probe", folder / "input.json", {}, settings)
    return folder / "store"


@pytest.fixture
def filled(store: Store, template: Path) -> Store:
    shutil.copytree(template, store.path)
    return store


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {"CENSUS_STORE": "/data/census", "HOME": "/home/me"}, "/data/census"),
        ("linux", {"XDG_DATA_HOME": "/xdg", "HOME": "/home/me"}, "/xdg/modelcensus"),
        ("linux", {"XDG_DATA_HOME": "relative", "HOME": "/h"}, "/h/.local/share/modelcensus"),
        ("linux", {"CENSUS_STORE": "", "HOME": "/h"}, "/h/.local/share/modelcensus"),
        ("darwin", {"HOME": "/Users/me"}, "/Users/me/Library/Application Support/modelcensus"),
        ("win32", {"LOCALAPPDATA": "/c/local", "HOME": "/c"}, "/c/local/modelcensus"),
        ("win32", {"HOME": "/c"}, "/c/AppData/Local/modelcensus"),
    ],
)
def test_the_default_place(platform: str, environment: dict[str, str], expected: str) -> None:
    assert default_store_path(environment, platform) == Path(expected)


def test_the_environment_is_read_when_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CENSUS_STORE", "~/census")
    assert default_store_path() == Path.home() / "census"


def test_an_empty_store_is_empty_and_reading_creates_nothing(store: Store) -> None:
    assert store.snapshots() == []
    assert store.evidence() == []
    assert store.receipt("0" * 64) is None
    assert not store.path.exists()


def test_snapshots_are_listed_in_one_order(filled: Store) -> None:
    keys = [m.key for m in filled.snapshots()]
    assert keys == [
        ("huggingface", "panel:probe", "2025-01-01"),
        ("huggingface", "panel:probe", "2025-01-01T12:00:00Z"),
        ("huggingface", "panel:probe", "2025-02-01"),
        ("ollama", "panel:probe", "2025-01-01"),
    ]
    assert [m.title for m in filled.evidence()] == ["evidence atom 2026-08-17"]


def test_folders_follow_the_layout(filled: Store) -> None:
    manifest = filled.snapshots()[1]
    folder = filled.folder_of(manifest)
    assert folder.relative_to(filled.path).as_posix() == (
        f"snapshots/huggingface/panel-probe/2025-01-01T12-00-00Z--{manifest.id[:12]}"
    )
    assert sorted(p.name for p in folder.iterdir()) == ["manifest.json", "observations.parquet"]
    evidence = filled.folder_of(filled.evidence()[0])
    assert sorted(p.name for p in evidence.iterdir()) == ["manifest.json", "models.parquet"]


def test_tables_are_opened(filled: Store) -> None:
    first, _, last, _ = filled.snapshots()
    assert filled.open_table(last, "observations")["downloads_30d"].to_pylist() == [1, None]
    assert filled.open_table(first, "metadata", ["author"]).to_pydict() == {"author": ["a"]}
    assert filled.open_table(first, "rejects")["raw"].to_pylist() == ["x"]
    assert filled.open_table(filled.evidence()[0], "models")["id"].to_pylist() == ["a", "b"]


def test_tables_that_are_not_there_are_empty_or_refused(filled: Store) -> None:
    last = filled.snapshots()[2]
    assert filled.open_table(last, "metadata").num_rows == 0
    assert filled.open_table(last, "rejects", ["reason"]).column_names == ["reason"]
    with pytest.raises(SnapshotError, match="no table 'models'"):
        filled.open_table(last, "models")


def test_a_path_with_an_equals_sign_adds_no_column(
    tmp_path: Path, filled: Store, write_input: Callable[..., Path]
) -> None:
    moved = Store(tmp_path / "year=2025" / "store")
    shutil.copytree(filled.path, moved.path)
    assert "year" not in moved.open_table(moved.snapshots()[0], "observations").column_names


def test_stray_files_and_hidden_folders_are_passed_over(filled: Store) -> None:
    before = filled.snapshots()
    (filled.snapshots_path / "notes.txt").write_text("x")
    (filled.folder_of(before[0]) / "copy.parquet").write_bytes(b"x")
    (filled.snapshots_path / ".partial-x" / "a" / "b").mkdir(parents=True)
    assert filled.snapshots() == before


def test_a_folder_without_a_manifest_is_reported(filled: Store) -> None:
    manifest = filled.snapshots()[0]
    (filled.folder_of(manifest) / "manifest.json").unlink()
    with pytest.raises(SnapshotError, match="missing or cannot be read") as caught:
        filled.snapshots()
    assert "manifest.json" in caught.value.where
    assert "delete" in caught.value.next_step


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"{}", b"null"])
def test_a_broken_manifest_is_reported(filled: Store, content: bytes) -> None:
    (filled.folder_of(filled.snapshots()[0]) / "manifest.json").write_bytes(content)
    with pytest.raises(SnapshotError):
        filled.snapshots()


def test_a_renamed_folder_is_reported(filled: Store) -> None:
    folder = filled.folder_of(filled.snapshots()[0])
    folder.rename(folder.with_name("2024-01-01--000000000000"))
    with pytest.raises(SnapshotError, match="does not have the name of its content"):
        filled.snapshots()


def test_two_contents_for_one_label_are_reported(
    tmp_path: Path, filled: Store, write_input: Callable[..., Path]
) -> None:
    other = Store(tmp_path / "other")
    changed = write_input({"label": "2025-02-01", "rows": [{"id": "z/z"}]}, name="other.json")
    import_source(other, "probe", changed, {}, Settings())
    manifest = other.snapshots()[0]
    shutil.copytree(other.folder_of(manifest), filled.folder_of(manifest))
    with pytest.raises(SnapshotError, match="stored twice"):
        filled.snapshots()


def test_every_bit_flip_is_caught(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(20250907)  # noqa: S311 - seeded on purpose
    files = [(m, name) for m in (*filled.snapshots(), *filled.evidence()) for name in m.files]
    caught = 0
    for _ in range(200):
        manifest, name = chance.choice(files)
        path = filled.table_path(manifest, name)
        good = path.read_bytes()
        bad = bytearray(good)
        bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
        path.write_bytes(bad)
        monkeypatch.setattr(store_module, "_VERIFIED", {})  # two writes may share one clock tick
        with pytest.raises(ChecksumMismatch) as error:
            filled.open_table(manifest, name)
        caught += error.value.path == str(path)
        path.write_bytes(good)
        monkeypatch.setattr(store_module, "_VERIFIED", {})
    assert caught == 200


@pytest.mark.parametrize("damage", ["truncate", "empty", "swap", "delete"])
def test_damaged_files_are_caught(filled: Store, damage: str) -> None:
    first, _, second, _ = filled.snapshots()
    path = filled.folder_of(first) / "observations.parquet"
    content = path.read_bytes()
    if damage == "delete":
        path.unlink()
    elif damage == "swap":
        shutil.copy(filled.folder_of(second) / "observations.parquet", path)
    else:
        path.write_bytes(b"" if damage == "empty" else content[:-1])
    with pytest.raises(SnapshotError):
        filled.open_table(first, "observations")
    assert not filled.is_intact(first, verify=True)
    assert filled.is_intact(second, verify=True)


def test_a_sum_is_taken_once_while_the_file_stays(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[Path] = []
    monkeypatch.setattr(store_module, "_VERIFIED", {})
    monkeypatch.setattr(
        store_module, "sha256_of", lambda path: taken.append(path) or manifest.files[name].sha256
    )
    manifest, name = filled.snapshots()[0], "observations"
    for _ in range(3):
        filled.table_path(manifest, name)
    assert len(taken) == 1


def test_a_receipt_of_another_import_is_not_taken(filled: Store) -> None:
    path = next(filled.imports_path.iterdir())
    path.rename(path.with_name("0" * 64 + ".json"))
    assert filled.receipt("0" * 64) is None
    assert filled.receipt(path.stem) is None


def test_an_edited_receipt_is_reported(filled: Store) -> None:
    path = next(filled.imports_path.iterdir())
    path.write_text(json.dumps(json.loads(path.read_text()) | {"source": "other"}))
    with pytest.raises(SnapshotError, match="was changed"):
        filled.receipt(path.stem)


def test_a_store_that_is_a_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "snapshots").write_text("x")
    with pytest.raises(StoreError, match="cannot read"):
        Store(tmp_path).snapshots()
    store = Store(tmp_path / "snapshots")
    with pytest.raises(StoreError, match="cannot write"), store.lock():
        pass


def test_the_lock_can_be_taken_again_but_not_twice(store: Store) -> None:
    with store.lock():
        with pytest.raises(StoreError, match=r"another process \(pid \d+\)"), store.lock():
            pass
        assert store.snapshots() == []
    with store.lock():
        pass
