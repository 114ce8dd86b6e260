"""Engines by name, and the embedded one's limits: clock zone, threads, memory, disk, paths."""

from __future__ import annotations

import gc
import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelcensus.engine.duckdb import DuckDBEngine
from modelcensus.engine.engine import open_engine
from modelcensus.errors import LimitExceeded, SettingsError, StoreError
from modelcensus.settings import MIB, Settings


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    opened = DuckDBEngine(Settings(engine_threads=3, engine_memory=300 * MIB))
    yield opened
    opened.close()


def value(engine: DuckDBEngine, setting: str) -> object:
    query = engine.backend.con.execute("SELECT current_setting(?)", [setting])
    return query.fetchall()[0][0]


def test_engines_are_opened_by_name() -> None:
    engine = open_engine("duckdb", Settings())
    assert engine.name == "duckdb"
    engine.close()


@pytest.mark.parametrize("name", ["", "duck", "Spark", "sparkle", "postgres"])
def test_there_is_no_other_engine(name: str) -> None:
    with pytest.raises(SettingsError, match="no engine named") as caught:
        open_engine(name, Settings())
    assert "spark://host:7077" in caught.value.next_step
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", ["spark://", "spark://host", "spark://host:port", "spark://a b:1"])
def test_an_address_that_is_none_is_refused_before_java_starts(name: str) -> None:
    pytest.importorskip("pyspark")
    with pytest.raises(SettingsError, match="not the address of a Spark cluster"):
        open_engine(name, Settings())


def test_threads_may_share_the_embedded_engine(engine: DuckDBEngine) -> None:
    """Another thread's statement takes no result away that is still being read."""
    numbers = engine.stage("numbers", ibis.range(0, 200_000).unnest().name("n").as_table())

    def asked(part: int) -> list[int]:
        of_part = numbers.filter(numbers.n % 7 == part).order_by("n")
        return [len(engine.fetch(of_part)) for _ in range(15)]

    with ThreadPoolExecutor(7) as pool:
        found = list(pool.map(asked, range(7)))
    assert found == [[len(range(part, 200_000, 7))] * 15 for part in range(7)]


def test_the_embedded_engine_keeps_to_its_settings(engine: DuckDBEngine) -> None:
    assert value(engine, "TimeZone") == "UTC"
    assert value(engine, "threads") == 3
    assert value(engine, "memory_limit") == "300.0 MiB"
    assert value(engine, "max_temp_directory_size") == "16.0 GiB"
    assert value(engine, "autoinstall_known_extensions") is False
    assert value(engine, "autoload_known_extensions") is False


def test_instants_are_utc_whatever_the_process_thinks(
    engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    moment = datetime(2025, 3, 30, 1, 30, tzinfo=UTC)
    rows = engine.local(pa.table({"at": pa.array([moment], pa.timestamp("us", tz="UTC"))}))
    found = engine.fetch(rows.mutate(hour=rows["at"].hour(), text=rows["at"].cast("string")))
    assert found["at"].type == pa.timestamp("us", tz="UTC")
    assert found["at"][0].as_py() == moment
    assert found["hour"][0].as_py() == 1
    assert found["text"][0].as_py().startswith("2025-03-30 01:30:00")


def test_columns_keep_their_types_and_counters_their_digits(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    table = every_type()
    pq.write_table(table, tmp_path / "x.parquet")
    for rows in (engine.read([tmp_path / "x.parquet"]), engine.local(table)):
        found = engine.fetch(rows.order_by("small"))
        assert found.schema.remove_metadata() == table.schema
        assert found.to_pylist() == table.to_pylist()


def every_type() -> pa.Table:
    """Return a table with each type that a release holds, nulls included."""
    moment = datetime(2025, 1, 1, 12, tzinfo=UTC)
    base = pa.struct([("relation", pa.string()), ("model_id", pa.string())])
    return pa.table(
        {
            "small": pa.array([1, 2, 3], pa.int32()),
            "large": pa.array([2**53 + 1, None, 2**63 - 1], pa.int64()),
            "text": pa.array(["a", None, "ü"], pa.string()),
            "flag": pa.array([True, None, False], pa.bool_()),
            "part": pa.array([0.1, None, 1e300], pa.float64()),
            "at": pa.array([moment, None, moment], pa.timestamp("us", tz="UTC")),
            "tags": pa.array([["x", "y"], None, []], pa.list_(pa.string())),
            "bases": pa.array([[{"relation": None, "model_id": "a/b"}], None, []], pa.list_(base)),
        }
    )


def test_names_of_folders_are_no_patterns(engine: DuckDBEngine, tmp_path: Path) -> None:
    for name in ("a [b] c", "a b c", "star*", "start", "what?", "{x,y}", "100% ünï 'q'"):
        folder = tmp_path / name
        folder.mkdir()
        pq.write_table(pa.table({"name": [name]}), folder / "rows.parquet")
        found = engine.fetch(engine.read([folder / "rows.parquet"]))
        assert found["name"].to_pylist() == [name]


def test_rows_of_many_files_know_where_they_came_from(engine: DuckDBEngine, tmp_path: Path) -> None:
    files = [tmp_path / f"[{n}].parquet" for n in "ba"]
    for number, file in enumerate(files):
        pq.write_table(pa.table({"v": [number * 10, number * 10 + 1]}), file)
    rows = engine.read_numbered(files)
    found = engine.fetch(rows.order_by(["file_key", "row_number"])).to_pylist()
    assert [(r["file_key"], r["row_number"], r["v"]) for r in found] == [
        (0, 0, 0), (0, 1, 1), (1, 0, 10), (1, 1, 11),
    ]  # fmt: skip
    assert set(found[0]) == {"file_key", "row_number", "v"}


ROWS = 400_000


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some 30 MB of rows in no order."""
    path = tmp_path_factory.mktemp("big") / "big.parquet"
    numbers = [(n * 2_654_435_761) % 2**32 for n in range(ROWS)]
    texts = [f"{'x' * 40}{number:x}" for number in numbers]
    pq.write_table(pa.table({"number": numbers, "text": texts}), path)
    return path


def sort(engine: DuckDBEngine, path: Path) -> int:
    rows = engine.stage("big", engine.read([path]))
    order = ibis.row_number().over(order_by=["text", "number"])
    placed = engine.stage("placed", rows.mutate(place=order))
    return engine.fetch(placed.agg(last=placed.place.max()))["last"][0].as_py()


def test_what_does_not_fit_goes_to_a_private_folder_and_not_here(
    big: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, temporary = tmp_path / "here", tmp_path / "tmp"
    here.mkdir()
    temporary.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    engine = DuckDBEngine(Settings(engine_memory=40 * MIB, engine_threads=1))
    (folder,) = temporary.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sort(engine, big) == ROWS - 1
    assert sum(file.stat().st_size for file in folder.iterdir()) > MIB
    assert os.listdir(here) == []
    engine.close()
    assert os.listdir(temporary) == []
    print("a sort with 40 MiB spilled to a private folder, which went with the engine")


def test_a_lost_engine_takes_its_folder_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    engine = DuckDBEngine(Settings())
    assert len(os.listdir(tmp_path)) == 1
    engine.backend.disconnect()
    del engine
    assert os.listdir(tmp_path) == []


def test_the_disk_it_spills_to_is_bounded(big: Path) -> None:
    settings = replace(Settings(), engine_memory=40 * MIB, engine_spill=MIB, engine_threads=1)
    engine = DuckDBEngine(settings)
    with pytest.raises(LimitExceeded, match="more memory or disk") as caught:
        sort(engine, big)
    assert "CENSUS_ENGINE_SPILL" in caught.value.next_step
    assert caught.value.exit_code == 5
    engine.close()


def test_files_that_are_damaged_or_gone_are_store_errors(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match="cannot read") as caught:
        engine.read([tmp_path / "gone.parquet"])
    assert caught.value.where.endswith("gone.parquet")
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(b"PAR1 and then nothing")
    with pytest.raises(StoreError, match="cannot read"):
        engine.read([damaged])
    whole = tmp_path / "whole.parquet"
    pq.write_table(pa.table({"a": list(range(1000))}), whole, compression="zstd")
    rows = engine.read([whole])
    content = bytearray(whole.read_bytes())
    content[40:200] = bytes(160)
    whole.write_bytes(content)
    with pytest.raises(StoreError, match="cannot read or write"):
        engine.fetch(rows)


# PySpark does not close its pipe to a Java that never came up
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_without_java_spark_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(SettingsError, match="could not be started") as caught:
        open_engine("spark", Settings())
    where, next_step = caught.value.where, caught.value.next_step
    del caught
    gc.collect()  # here, where the pipe may warn
    assert "java" in where
    assert "Java 17" in next_step
    assert os.listdir(tmp_path) == []
