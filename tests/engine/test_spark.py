"""Spark gives the same figures as DuckDB, keeps types, listens to the loopback only, and ends."""

from __future__ import annotations

import gc
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.acre import ABOVE_FLOAT
from tests.engine.test_engine import every_type
from tests.questions import questions

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.registry import MEASURES
from modelcensus.engine.spark import SparkEngine
from modelcensus.errors import CensusError, SettingsError
from modelcensus.measures.census import Census
from modelcensus.releases.release import open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

pytest.importorskip("pyspark")
pytestmark = [
    pytest.mark.spark,
    pytest.mark.long,
    # PySpark leaves it to the garbage collector to close the socket of each answer
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]


@pytest.fixture(scope="module")
def engine() -> Iterator[SparkEngine]:
    opened = SparkEngine("spark", Settings())
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def on_duckdb(acre: Store) -> Iterator[Census]:
    with Census(open_release(acre)) as census:
        yield census


@pytest.fixture(scope="module")
def on_spark(acre: Store, engine: SparkEngine) -> Iterator[Census]:
    with Census(open_release(acre, engine="spark")) as census:
        yield census


def answer(census: Census, question: Contract) -> Any:
    try:
        return census.figure(question).to_dict()
    except CensusError as error:
        return type(error).__name__, str(error)


def differences(a: Any, b: Any, where: str = "") -> Iterator[str]:
    """Yield where two answers differ: floats by more than 1e-12 of them, all else at all."""
    if isinstance(a, dict) and isinstance(b, dict) and list(a) == list(b):
        for key in a:
            yield from differences(a[key], b[key], f"{where}.{key}")
    elif isinstance(a, list | tuple) and type(a) is type(b) and len(a) == len(b):
        for place, (x, y) in enumerate(zip(a, b, strict=True)):
            yield from differences(x, y, f"{where}[{place}]")
    elif type(a) is not type(b) or not (
        math.isclose(a, b, rel_tol=1e-12, abs_tol=0) if isinstance(a, float) else a == b
    ):
        yield f"{where}: {a!r} v {b!r}"


def test_the_questions_ask_for_every_measure() -> None:
    assert {q.measure for q in questions()} == set(MEASURES)


@pytest.mark.parametrize("question", list(questions()), ids=lambda q: f"{q.measure}-{q.by}-{q.id}")
def test_spark_and_duckdb_agree(on_duckdb: Census, on_spark: Census, question: Contract) -> None:
    expected, found = answer(on_duckdb, question), answer(on_spark, question)
    assert list(differences(expected, found)) == []


def test_counters_that_no_float_holds_stay_exact(on_spark: Census) -> None:
    for measure in ("rank", "series", "share"):
        question = MEASURES[measure].contract(
            frame="hub", metric="downloads_all_time", by="namespace"
        )
        rows = on_spark.figure(question).records()
        largest = [r["value"] for r in rows if r["group"] == "axe-works"]
        assert largest[-1] == ABOVE_FLOAT + 2
        assert isinstance(largest[-1], int)


def test_columns_keep_their_types_order_and_digits(engine: SparkEngine, tmp_path: Path) -> None:
    table = every_type()
    folder = tmp_path / "a [b] {c} * %20 'ü'"
    folder.mkdir()
    pq.write_table(table, folder / "rows.parquet")
    for rows in (engine.read([folder / "rows.parquet"]), engine.local(table)):
        found = engine.fetch(rows.order_by("small"))
        assert found.schema.remove_metadata() == table.schema
        assert found.to_pylist() == table.to_pylist()
    turned = engine.fetch(engine.local(table).select("text", "small").order_by("small"))
    assert turned.column_names == ["text", "small"]
    empty = engine.fetch(engine.local(table.slice(0, 0)))
    assert empty.schema.remove_metadata() == table.schema
    assert len(empty) == 0


def test_division_by_zero_is_null_and_ansi_rules_hold(engine: SparkEngine) -> None:
    rows = engine.local(pa.table({"a": [1, 2], "b": pa.array([0, 4], pa.int64())}))
    found = engine.fetch(rows.select(q=rows.a / rows.b.nullif(0)).order_by(ibis.asc("q")))
    assert sorted(found["q"].to_pylist(), key=str) == [0.5, None]
    assert engine.session.conf.get("spark.sql.ansi.enabled") == "true"
    assert engine.session.conf.get("spark.sql.session.timeZone") == "UTC"
    with pytest.raises(Exception, match="DIVIDE_BY_ZERO"):
        engine.fetch(rows.select(q=rows.a / rows.b))
    gc.collect()  # the failed answer's socket, here, where it may warn


def test_instants_are_utc_whatever_the_process_thinks(engine: SparkEngine) -> None:
    rows = engine.local(every_type().select(["small", "at"]))
    found = engine.fetch(rows.mutate(hour=rows["at"].hour()).order_by("small"))
    assert found["hour"].to_pylist() == [12, None, 12]


def test_views_of_two_engines_do_not_meet(engine: SparkEngine) -> None:
    other = SparkEngine("spark", Settings())
    mine, theirs = engine.local(pa.table({"x": [1]})), other.local(pa.table({"x": [2]}))
    assert engine.fetch(mine)["x"].to_pylist() == [1]
    assert other.fetch(theirs)["x"].to_pylist() == [2]
    other.close()
    assert engine.fetch(mine)["x"].to_pylist() == [1]
    with pytest.raises(SettingsError, match="at another address"):
        SparkEngine("spark://127.0.0.1:7077", Settings())


def children() -> list[int]:
    found = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return [int(pid) for file in found for pid in file.read_text().split()]


def sockets(pids: list[int]) -> list[str]:
    """Return the local addresses of the TCP sockets of processes, in hexadecimal."""
    found = []
    for pid in pids:
        held = set()
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            try:
                held.add(os.readlink(descriptor).removeprefix("socket:[").rstrip("]"))
            except OSError:
                continue
        for kind in ("tcp", "tcp6"):
            lines = Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()[1:]
            found += [line.split()[1] for line in lines if line.split()[9] in held]
    return found


LOOPBACK = ("0100007F:", "0000000000000000FFFF00000100007F:")


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="needs /proc")
def test_it_listens_to_the_loopback_only_says_nothing_and_ends(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a process of its own, since one process has one Spark."""
    monkeypatch.chdir(tmp_path)
    code = (
        "import os, sys\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import pyarrow as pa\n"
        "from modelcensus.engine.spark import SparkEngine\n"
        "from modelcensus.settings import Settings\n"
        "from tests.engine.test_spark import LOOPBACK, children, sockets\n"
        "before = set(children())\n"
        "for _ in range(2):\n"
        "    engine = SparkEngine('spark', Settings())\n"
        "    assert engine.fetch(engine.local(pa.table({'x': [1]})))['x'][0].as_py() == 1\n"
        "    java = sorted(set(children()) - before)\n"
        "    open_ = sockets([os.getpid(), *java])\n"
        "    assert len(open_) > 3 and all(a.startswith(LOOPBACK) for a in open_), open_\n"
        "    engine.close()\n"
        "    assert sockets([os.getpid()]) == [] and set(children()) == before\n"
    )
    root = Path(__file__).parents[2]
    environment = dict(os.environ, TMPDIR=str(tmp_path), PYTHONPATH=os.pathsep.join(sys.path))
    run = subprocess.run(
        [sys.executable, "-c", code, str(root)], env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    left = [p for p in os.listdir(tmp_path) if not p.startswith("hsperfdata")]
    assert left == []
