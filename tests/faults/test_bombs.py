"""Little input that becomes much, on the wire, in rows and in kept pages: T17 of the fault table.

Bombs in imported Parquet files are in test_import_faults.py.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.crawls import HURRIED, prepare, record

from modelcensus.errors import IncompleteSnapshot, LimitExceeded
from modelcensus.settings import Settings
from modelcensus.sources.hub.journal import packed_page
from modelcensus.sources.hub.pages import decode_page
from modelcensus.sources.hub.rows import page_batch
from modelcensus.testing import FakeHub, FaultFigures
from modelcensus.testing.fake_hub.bodies import gzip_bomb
from modelcensus.testing.fake_hub.fault import Fault

FIGURES = FaultFigures(Path(__file__).parents[2] / "build" / "faults.json")
MEASURED = Path(__file__).with_name("crawl_measured.py")
ROWS = [record(number) for number in range(25)]
DEEP = 100_000
TAGS = 1_000_000
measured_memory = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="needs /proc to measure memory"
)


def aliases() -> str:
    """Return nine levels of YAML aliases: a few hundred bytes that stand for a billion words."""
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    return "---\nlicense: mit\n" + "\n".join(lines) + "\n---\n"


def crawl(folder: Path, hub: FakeHub) -> dict[str, Any]:
    """Crawl in a process of its own; return what it told."""
    path = os.pathsep.join(p for p in sys.path if p)
    run = subprocess.run(
        [sys.executable, str(MEASURED), hub.url, str(folder)],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    return found


@measured_memory
def test_a_gzip_bomb_on_the_wire_ends_the_crawl_and_not_the_crawler(tmp_path: Path) -> None:
    with FakeHub(ROWS, page_faults={2: Fault("gzip_bomb", size=1 << 30)}) as hub:
        found = crawl(tmp_path, hub)
    assert found["error"] == "IncompleteSnapshot"
    assert "larger than" in found["what"]
    FIGURES.record("T17", wire_bomb_bytes=1 << 30, wire_bomb_parent_mb=found["grown_mb"])
    assert found["grown_mb"] < 200


@measured_memory
def test_huge_rows_become_records_or_rejects(tmp_path: Path) -> None:
    huge = [
        {**record(30), "tags": [f"tag-{n % 1000}" for n in range(TAGS)]},
        {**record(31), "cardData": aliases()},
        {**record(32), "cardData": {"license": "mit", "text": "simulated " * 900_000}},
        {**record(33), "cardData": {"license": aliases(), "base_model": "a/b," * 50_000}},
    ]
    with FakeHub([*ROWS, *huge]) as hub:
        found = crawl(tmp_path, hub)
    assert found["error"] == ""
    assert found["rows"] + sum(found["rejects"].values()) == len(ROWS) + len(huge)
    assert found["rows"] >= len(ROWS)
    FIGURES.record(
        "T17", huge_rows=len(huge), huge_rows_rejected=sum(found["rejects"].values()),
        tags_on_one_model=TAGS, huge_rows_parent_mb=found["grown_mb"],
    )  # fmt: skip
    assert found["grown_mb"] < 400


def packed_twice(size: int) -> bytes:
    return gzip.compress(gzip_bomb(size))


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("gzip, gzip", packed_twice(1 << 26)), ("zstd", packed_page(b" " * (1 << 26))),
     ("br", b"\x00" * 100), ("deflate", b"\x00" * 100)],
)  # fmt: skip
def test_what_is_packed_as_nobody_asked_is_not_unpacked(
    tmp_path: Path, encoding: str, body: bytes
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        stream = httpx.ByteStream(body)
        return httpx.Response(200, headers={"Content-Encoding": encoding}, stream=stream)

    with FakeHub(ROWS) as hub:
        run = prepare(tmp_path / "crawl", hub)
    run.client._http = httpx.Client(transport=httpx.MockTransport(answer))
    with pytest.raises(IncompleteSnapshot, match="not asked to"):
        run.crawl.run()
    run.close()
    FIGURES.record("T17", encodings_refused=4)


def test_a_bomb_among_kept_pages_ends_the_next_crawl_within_its_limit(tmp_path: Path) -> None:
    with FakeHub(ROWS, page_faults={3: Fault("500", times=10)}) as hub:
        run = prepare(tmp_path / "crawl", hub)
        with pytest.raises(IncompleteSnapshot):
            run.crawl.run()
        run.close()
        page = run.journal.path(2)
        page.write_bytes(packed_page(b" " * (1 << 28)))
        assert page.stat().st_size < 100_000
        limits = Settings(hub_page_rows=10, hub_page_bytes=1_000_000)
        again = prepare(tmp_path / "crawl", hub, limits=limits)
        with pytest.raises(LimitExceeded, match="a kept page is larger") as caught:
            again.crawl.run()
        again.close()
    assert str(page) in caught.value.where
    FIGURES.record("T17", kept_page_bomb_bytes=1 << 28, kept_page_bytes_read=1_000_000 + (1 << 20))


NESTED = [('["x",', "]"), ('{"a":[', "]}")]
FIELDS = ("license", "base_model", "language", "tags", "cardData", "baseModels")


def nested_page(field: str, depth: int, begin: str, end: str) -> bytes:
    """Return a page of three rows; in the middle one a field is nested so deep."""
    row = record(1)
    if field in ("license", "base_model", "language"):
        row["cardData"] = {field: "@@"}
    else:
        row[field] = "@@"
    value = begin * depth + "1" + end * depth
    middle = json.dumps(row).replace('"@@"', value)
    return f"[{json.dumps(record(0))}, {middle},{json.dumps(record(2))}]".encode()


def test_rows_nested_at_any_depth_cost_themselves_at_most() -> None:
    tried = rejected = 0
    for depth in (8, 9, 500, 960, 985, 995, DEEP):
        for field in FIELDS:
            for begin, end in NESTED:
                rows = decode_page(nested_page(field, depth, begin, end))
                batch = page_batch(rows, "row {}".format, "page")
                assert len(batch.records) + len(batch.rejects) == 3, (depth, field)
                names = set(batch.records["model_id"].to_pylist())
                assert {"grove/tree-0", "grove/tree-2"} <= names, (depth, field)
                tried += 1
                rejected += len(batch.rejects)
    FIGURES.record("T17", nested_rows=tried, nested_rows_rejected=rejected, deepest=DEEP)


@pytest.mark.parametrize("harm", ["", "]", "x", ",", "[", '"'])
def test_half_a_page_of_nested_rows_is_still_half_a_page(harm: str) -> None:
    from modelcensus.errors import HubUnavailable

    page = nested_page("tags", DEEP, "[", "]")
    spoilt = page[:-1] if not harm else page + harm.encode()
    with pytest.raises(HubUnavailable):
        decode_page(spoilt)


def test_a_nested_row_does_not_stop_a_crawl(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=nested_page("cardData", DEEP, "[", "]"))

    with FakeHub(ROWS) as hub:
        run = prepare(tmp_path / "crawl", hub, limits=HURRIED, rows_wanted=3)
    run.client._http = httpx.Client(transport=httpx.MockTransport(answer))
    run.crawl.run()
    run.close()
    assert run.crawl.rows == 3
