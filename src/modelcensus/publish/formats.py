"""Tables of figures as bytes: JSON envelope, CSV, Markdown, Parquet, a plain table for pipes."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pyarrow as pa

from modelcensus.contracts.canonical import canonical_json
from modelcensus.contracts.figure import Figure, show
from modelcensus.files import PARQUET_OPTIONS


def to_json(figure: Figure) -> bytes:
    """Return the whole envelope: rows with everything that belongs to them."""
    return (figure.to_json() + "\n").encode()


def to_csv(figure: Figure) -> bytes:
    """Return the rows as CSV, lossless: null is empty, an empty text `""`, nested cells JSON."""
    lines = [",".join(_quoted(name) for name in figure.rows.column_names)]
    lines += [",".join(_csv_cell(v) for v in row.values()) for row in figure.records()]
    return ("\n".join(lines) + "\n").encode()


def to_spreadsheet_csv(figure: Figure) -> bytes:
    """Return the rows as CSV that a spreadsheet only shows: no cell of it is computed.

    A text that a spreadsheet could read as a formula gets an apostrophe before it, so this
    form is for reading and not for data. It begins with a mark of UTF-8 and has the line ends
    that spreadsheets expect.
    """
    lines = [",".join(_quoted(inert(name)) for name in figure.rows.column_names)]
    for row in figure.records():
        cells = [inert(v) if isinstance(v, str) else _cell(v) for v in row.values()]
        lines.append(",".join(_csv_cell(cell) for cell in cells))
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def inert(text: str) -> str:
    """Return a text that no spreadsheet computes.

    It is one if its first sign, blanks and signs without a form left out, begins a formula in
    ordinary or full-width form, or if it begins with a tab or an end of line.
    """
    first = next((c for c in text if not c.isspace() and c.isprintable()), "")
    begins = unicodedata.normalize("NFKC", first)[:1] in _FORMULA
    return f"'{text}" if begins or text[:1] in _BREAKS else text


_FORMULA = ("=", "+", "-", "@", "\u2212")
_BREAKS = ("\t", "\r", "\n")


def _csv_cell(value: Any) -> str:
    """Return a cell; only null is nothing at all."""
    if value is None:
        return ""
    found = _cell(value)
    return _quoted(found) if isinstance(found, str) else str(found)


def _quoted(text: str) -> str:
    """Return a text as a cell of CSV, in quotes where it needs them."""
    if text and not any(c in text for c in ',"\n\r'):
        return text
    return '"' + text.replace('"', '""') + '"'


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
