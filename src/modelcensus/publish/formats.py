"""Figures as bytes: JSON envelope, CSV, Markdown, Parquet, and a plain table for pipes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from modelcensus.contracts.canonical import canonical_json
from modelcensus.contracts.figure import Figure, show
from modelcensus.files import PARQUET_OPTIONS


def to_json(figure: Figure) -> bytes:
    """Return the whole envelope: rows with everything that belongs to them."""
    return (figure.to_json() + "\n").encode()


def to_csv(figure: Figure) -> bytes:
    """Return the rows as CSV, lossless; nested cells are JSON, null is empty."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(figure.rows.column_names)
    for row in figure.records():
        writer.writerow(["" if v is None else _cell(v) for v in row.values()])
    return stream.getvalue().encode()


def to_markdown(figure: Figure) -> bytes:
    """Return finding, rows, what it does not show and the citation as Markdown."""
    names = figure.rows.column_names
    lines = [f"**{escape_markdown(figure.finding)}**", "", f"| {' | '.join(names)} |"]
    lines.append(f"|{'|'.join('---' for _ in names)}|")
    lines += [
        f"| {' | '.join(escape_markdown(show_nested(v)) for v in row.values())} |"
        for row in figure.records()
    ]
    lines += ["", "Does not show:", "", *(f"- {escape_markdown(t)}" for t in figure.does_not_show)]
    lines += [
        "",
        *(f"- Note: {escape_markdown(t)}" for t in figure.caveats),
        "",
        escape_markdown(figure.cite()),
    ]
    return ("\n".join(lines) + "\n").encode()


def to_parquet(figure: Figure) -> bytes:
    """Return the rows as Parquet; the envelope without rows is in the file's metadata."""
    import pyarrow.parquet as pq

    envelope = {k: v for k, v in json.loads(figure.to_json()).items() if k != "rows"}
    table = figure.rows.replace_schema_metadata({"modelcensus": canonical_json(envelope)})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **PARQUET_OPTIONS)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def to_plain(figure: Figure) -> bytes:
    """Return the rows tab-separated with a header, for pipes; all digits, null is empty."""
    lines = ["\t".join(figure.rows.column_names)]
    lines += [
        "\t".join("" if v is None else _one_line(str(_cell(v))) for v in row.values())
        for row in figure.records()
    ]
    return ("\n".join(lines) + "\n").encode()


def _one_line(text: str) -> str:
    """Return text without what ends a cell or a line."""
    return text.replace("\t", " ").replace("\r", " ").replace("\n", " ")


FORMATS: dict[str, Callable[[Figure], bytes]] = {
    "json": to_json,
    "csv": to_csv,
    "md": to_markdown,
    "parquet": to_parquet,
    "plain": to_plain,
}
"""Every written format; `table` is drawn by terminal.py."""


def show_nested(value: Any) -> str:
    """Return a cell for people; lists of structures as short texts."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "; ".join(", ".join(f"{k} {v or 'never'}" for k, v in i.items()) for i in value)
    return show(value)


def _cell(value: Any) -> Any:
    return canonical_json(value) if isinstance(value, list | dict) else value


def escape_markdown(text: str) -> str:
    """Return text that Markdown shows as it is."""
    for character in "\\`*_{}[]<>|":
        text = text.replace(character, f"\\{character}")
    return text.replace("\n", " ")
