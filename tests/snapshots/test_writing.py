"""Parquet files written piece by piece, on which the stored bytes depend; hidden folders."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcensus import files
from modelcensus.errors import StoreError
from modelcensus.snapshots import parquet_stream

SCHEMA = pa.schema([("n", pa.int64()), ("text", pa.string())])


def table(start: int, count: int) -> pa.Table:
    numbers = list(range(start, start + count))
    return pa.table({"n": numbers, "text": [str(n % 7) for n in numbers]}, schema=SCHEMA)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 25), max_size=8))
def test_all_rows_arrive_in_groups_of_one_size(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("stream")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet_stream, "ROW_GROUP_ROWS", 10)
        paths = [folder / "pieces.parquet", folder / "whole.parquet"]
        for path, parts in zip(paths, (sizes, [sum(sizes)]), strict=True):
            stream = parquet_stream.ParquetStream(path, SCHEMA)
            for i, size in enumerate(parts):
                stream.add(table(sum(parts[:i]), size))
            stream.close()
            assert stream.rows == sum(sizes)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with pq.ParquetFile(paths[0]) as file:
        assert file.read().equals(table(0, sum(sizes)))
        groups = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
        assert all(rows == 10 for rows in groups[:-1])


def test_a_place_that_cannot_be_written_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        parquet_stream.ParquetStream(tmp_path / "no" / "x.parquet", SCHEMA)
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot write"):
        files.hidden_folder(tmp_path / "file")


def test_hidden_folders_are_new_each_time_and_found_again(tmp_path: Path) -> None:
    folders = {files.hidden_folder(tmp_path / "store") for _ in range(3)}
    assert set(files.stale_folders(tmp_path / "store")) == folders
    assert all(folder.name.startswith(".") for folder in folders)
