"""A DuckDB file: sealed when it is finished, read by bound values, refused when it is not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcensus.engine.database_file import DatabaseFile, UnfitFile
from modelcensus.errors import LimitExceeded, StoreError
from modelcensus.settings import MIB, Settings

SETTINGS = Settings()


def make(path: Path, seal: str | None = "ours") -> Path:
    file = DatabaseFile.create(path, path.parent / "spill", SETTINGS)
    file.run("CREATE TABLE words AS SELECT 'a' AS word UNION ALL SELECT 'b' ORDER BY 1")
    if seal is not None:
        file.seal(seal)
    file.close()
    return path


def test_rows_come_by_name(tmp_path: Path) -> None:
    file = DatabaseFile.open(make(tmp_path / "x.duckdb"), "ours", SETTINGS)
    assert file.rows("SELECT word FROM words WHERE word = ?", ["b"]) == [{"word": "b"}]
    assert file.rows("SELECT word FROM words WHERE word = $w", {"w": "' OR 1=1 --"}) == []
    file.close()


@pytest.mark.parametrize("seal", [None, "theirs"])
def test_an_unfinished_file_and_another_one_are_unfit(tmp_path: Path, seal: str | None) -> None:
    path = make(tmp_path / "x.duckdb", seal)
    with pytest.raises(UnfitFile):
        DatabaseFile.open(path, "ours", SETTINGS)
    # nothing holds it: it can be replaced
    path.unlink()
    assert make(path)


def test_what_is_no_database_is_unfit(tmp_path: Path) -> None:
    with pytest.raises(UnfitFile):
        DatabaseFile.open(tmp_path / "none.duckdb", "ours", SETTINGS)
    (tmp_path / "text.duckdb").write_text("no database")
    with pytest.raises(UnfitFile):
        DatabaseFile.open(tmp_path / "text.duckdb", "ours", SETTINGS)


def test_nothing_can_be_written_to_an_open_file(tmp_path: Path) -> None:
    file = DatabaseFile.open(make(tmp_path / "x.duckdb"), "ours", SETTINGS)
    with pytest.raises(StoreError, match="cannot read or write"):
        file.run("INSERT INTO words VALUES ('c')")
    file.close()


def test_a_place_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        DatabaseFile.create(tmp_path / "not" / "there.duckdb", tmp_path / "spill", SETTINGS)


def test_memory_has_a_limit(tmp_path: Path) -> None:
    small = Settings(engine_memory=8 * MIB, engine_spill=MIB)
    file = DatabaseFile.create(tmp_path / "x.duckdb", tmp_path / "spill", small)
    with pytest.raises(LimitExceeded):
        file.run("CREATE TEMP TABLE t AS SELECT list(range) AS l FROM range(20000000)")
    file.close()


def test_packed_texts_take_less_room(tmp_path: Path) -> None:
    text = "SELECT repeat('the same long words again ', 40) || range AS t FROM range(20000)"
    sizes = []
    for is_packed in (False, True):
        path = tmp_path / f"{is_packed}.duckdb"
        file = DatabaseFile.create(path, tmp_path / "spill", SETTINGS)
        if is_packed:
            with file.packed():
                file.run(f"CREATE TABLE t AS {text}")
        else:
            file.run(f"CREATE TABLE t AS {text}")
        file.close()
        sizes.append(path.stat().st_size)
    assert sizes[1] < sizes[0]
