"""Opening foreign Parquet and CSV files; a file that cannot be read says why and what next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from modelcensus.errors import SchemaChanged, SourceError
from modelcensus.sources.record import Reject
from modelcensus.sources.sieve import Locator

BATCH_ROWS = 20_000
_BUFFER_BYTES = 1 << 20
_CSV_BLOCK_BYTES = 16 << 20

SIMULATED_KEY = b"modelcensus.simulated"
"""Metadata of a Parquet file whose rows were generated; what is made from it says so."""

SIMULATED_FIELD = SIMULATED_KEY.decode()
"""The member that each generated JSON record has."""


@contextmanager
def readable(path: Path, kind: str) -> Iterator[None]:
    """Turn what the reading library says about a broken file into a SourceError.

    Args:
        path: the file, named without its folder in the message.
        kind: what it should be: `Parquet`, `CSV`, `JSON`.

    Raises:
        SourceError: the file is missing, empty, cut short, or not of that kind.
    """
    try:
        yield
    except MemoryError:
        raise
    except FileNotFoundError as error:
        raise SourceError(
            "there is no such file or folder", where=str(path), next_step="check the path"
        ) from error
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        reason = str(error).strip().split("\n")[0][:200]
        raise SourceError(
            f"not a readable {kind} file: {reason or type(error).__name__}",
            where=path.name,
            next_step="fetch it again and compare its size; it may be cut short or of another kind",
        ) from error


def require_file(path: Path) -> None:
    """Hold that a path is a file with something in it.

    Raises:
        SourceError: it is missing, a folder, or empty.
    """
    if not path.exists():
        raise SourceError(
            "there is no such file or folder", where=str(path), next_step="check the path"
        )
    if not path.is_file():
        raise SourceError(
            "a file is needed here, not a folder",
            where=path.name,
            next_step="give the path of one file in it",
        )
    if path.stat().st_size == 0:
        raise SourceError("the file is empty", where=path.name, next_step="fetch it again")


def require_columns(
    found: Sequence[str], needed: Sequence[str], where: str, *, next_step: str = ""
) -> None:
    """Hold that a table has each needed column exactly once.

    Raises:
        SchemaChanged: a column is missing or repeated; the columns found are listed.
    """
    for name in needed:
        if found.count(name) != 1:
            what = "is missing" if name not in found else "is there more than once"
            raise SchemaChanged(
                name,
                f"the column {name!r} {what}",
                where=f"{where}, columns found: {', '.join(map(str, found)) or 'none'}",
                next_step=next_step or "the source may have changed its layout; report it",
            )


def parquet_schema(path: Path) -> pa.Schema:
    """Return the column names and types of a Parquet file.

    Raises:
        SourceError: the file is not readable Parquet.
    """
    require_file(path)
    with readable(path, "Parquet"):
        return pq.read_schema(path)


def is_simulated(schema: pa.Schema) -> bool:
    """Return whether a Parquet file says that its rows were generated."""
    return SIMULATED_KEY in (schema.metadata or {})


def says_simulated(record: Any) -> bool:
    """Return whether a JSON record says that it was generated."""
    return isinstance(record, dict) and SIMULATED_FIELD in record


def mixed_records(where: str) -> SourceError:
    """Return the error for records of which some say that they were generated, others not."""
    return SourceError(
        f"some records say that they are simulated ({SIMULATED_FIELD!r}) and others do not",
        where=where,
        next_step="keep simulated and real records in files of their own",
    )


def parquet_batches(
    path: Path, columns: Sequence[str], *, rows: int = BATCH_ROWS
) -> Iterator[pa.Table]:
    """Yield some columns of a Parquet file in blocks of rows, in file order.

    A column may be a dotted path to a part of a structure (`safetensors.total`).

    Raises:
        SourceError: the file is not readable Parquet, also when that shows only half-way.
    """
    require_file(path)
    with (
        readable(path, "Parquet"),
        # one thread: more of them cost more work than they save waiting
        pq.ParquetFile(path, buffer_size=_BUFFER_BYTES, pre_buffer=False) as file,
    ):
        for batch in file.iter_batches(rows, columns=list(columns), use_threads=False):
            yield pa.Table.from_batches([batch])


def read_parquet(path: Path, needed: Sequence[str], optional: Sequence[str] = ()) -> pa.Table:
    """Return the needed columns of a Parquet file, and the optional ones it has.

    Raises:
        SourceError: the file is not readable Parquet, or has no rows.
        SchemaChanged: a needed column is missing.
    """
    names = parquet_schema(path).names
    require_columns(names, needed, path.name)
    columns = [*needed, *[name for name in optional if names.count(name) == 1]]
    with readable(path, "Parquet"):
        table = pq.read_table(path, columns=columns, partitioning=None)
    if not len(table):
        raise SourceError("the file has no rows", where=path.name, next_step="fetch it again")
    return table


def numbered(tables: Iterable[pa.Table]) -> Iterator[tuple[pa.Table, Locator]]:
    """Yield each table with a locator that counts rows through all of them, from 1."""
    first = 1
    for table in tables:
        yield table, _row_from(first)
        first += len(table)


def _row_from(first: int) -> Locator:
    return lambda row: f"row {first + row}"


def _row_of(numbers: npt.NDArray[np.int64]) -> Locator:
    return lambda row: f"row {numbers[row]}"


@dataclass
class CsvBlocks:
    """Some columns of a CSV file as raw bytes, block by block.

    Attributes:
        path: the file.
        columns: the columns wanted.
        next_step: what to do when one of them is missing.
        rejects: rows with another number of cells than the header, so far.
        bad_rows: their numbers (the first row below the header is 1).
    """

    path: Path
    columns: Sequence[str]
    next_step: str = ""
    rejects: list[Reject] = field(default_factory=list)
    bad_rows: list[int] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[pa.Table, Locator]]:
        """Yield tables of text columns with the places of their rows; empty cells are null.

        The text is not known to be UTF-8 yet (see Sieve).

        Raises:
            SourceError: the file is not readable CSV, also when that shows only half-way.
            SchemaChanged: a wanted column is missing.
        """
        names = self.header()
        require_columns(names, self.columns, self.path.name, next_step=self.next_step)
        with readable(self.path, "CSV"), self._open(self.columns) as reader:
            first = 1
            for batch in reader:
                numbers = self._numbers(first, len(batch))
                first = int(numbers[-1]) + 1 if len(batch) else first
                # the same bytes, called text; who takes them checks them row by row
                texts = [column.view(pa.string()) for column in batch.columns]
                table = pa.Table.from_arrays(texts, names=batch.schema.names)
                yield table, _row_of(numbers)

    def _numbers(self, first: int, rows: int) -> npt.NDArray[np.int64]:
        """Return the numbers of the next good rows, from the first number not used yet."""
        bad = np.array([n for n in self.bad_rows if n >= first], dtype=np.int64)
        candidates = np.arange(first, first + rows + len(bad), dtype=np.int64)
        return np.setdiff1d(candidates, bad)[:rows]

    def header(self) -> list[str]:
        """Return the names of all columns.

        Raises:
            SourceError: the file is not readable CSV.
        """
        require_file(self.path)
        with readable(self.path, "CSV"):
            return self._header()

    def _header(self) -> list[str]:
        with self._open(None) as reader:
            return list(reader.schema.names)

    def _open(self, columns: Sequence[str] | None) -> pa.csv.CSVStreamingReader:
        """Open the file; the header alone is wanted when no columns are given."""
        handler = self._keep_bad_row if columns is not None else lambda row: "skip"
        chosen = list(columns or [])
        return pa.csv.open_csv(
            self.path,
            read_options=pa.csv.ReadOptions(block_size=_CSV_BLOCK_BYTES, use_threads=False),
            parse_options=pa.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=handler),
            convert_options=pa.csv.ConvertOptions(
                check_utf8=False,
                column_types={name: pa.binary() for name in chosen},
                include_columns=chosen or None,
                strings_can_be_null=True,
                null_values=[""],
            ),
        )

    def _keep_bad_row(self, row: pa.csv.InvalidRow) -> str:
        number = (row.number or 1) - 1
        self.bad_rows.append(number)
        self.rejects.append(Reject.of("wrong_number_of_cells", f"row {number}", row.text))
        return "skip"
