"""A figure: rows together with everything a reader needs before printing one of them."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.errors import CensusError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


@dataclass(frozen=True)
class Column:
    """A column of a figure: name, unit (empty for names and dates) and meaning."""

    name: str
    unit: str
    description: str


@dataclass(frozen=True)
class Figure:
    """The only form in which a number leaves the product.

    Attributes:
        contract: the definition, with the frame and period that were resolved.
        columns: what the rows hold.
        rows: one row per group (and date); shares are fractions.
        finding: one printable sentence with its scope.
        does_not_show: what a reader might think it says, and it does not.
        coverage: how much of the question the data answer: models, attributed share, dates.
        bounds: worst cases for the unknown part and for what the frame does not see.
        sensitivity: how far it moves under other readings, and what it hangs on.
        caveats: what to know beside it.
        release: name of the release it was read from.
        registers: register name -> version (hash) that attributed the models.
        sources: attribution line of each source.
        is_simulated: True when any row rests on simulated data.
        details: what else a measure says beside its rows.
        licences: licence of each source, in the order of `sources`; empty where none is stated.
    """

    contract: Contract
    columns: tuple[Column, ...]
    rows: pa.Table
    finding: str
    does_not_show: tuple[str, ...]
    coverage: dict[str, Any]
    bounds: dict[str, Any]
    sensitivity: dict[str, Any]
    caveats: tuple[str, ...]
    release: str
    registers: dict[str, str]
    sources: tuple[str, ...]
    is_simulated: bool = False
    details: dict[str, Any] = field(default_factory=dict)
    licences: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Hold rows and columns together; a figure without coverage is not a figure."""
        if [c.name for c in self.columns] != self.rows.column_names:
            raise CensusError(
                "a figure's columns and rows do not match",
                where=f"{[c.name for c in self.columns]} v {self.rows.column_names}",
            )
        if not self.coverage:
            raise CensusError("a figure needs its coverage", where=self.contract.measure)

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as plain dictionaries, in order."""
        rows: list[dict[str, Any]] = self.rows.to_pylist()
        return rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Iterate over the rows as dictionaries."""
        return iter(self.records())

    def to_arrow(self) -> pa.Table:
        """Return the rows as an Arrow table."""
        return self.rows

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows as a pandas DataFrame."""
        frame: pd.DataFrame = self.rows.to_pandas()
        return frame

    def to_polars(self) -> pl.DataFrame:
        """Return the rows as a Polars DataFrame.

        Raises:
            CensusError: Polars is not installed.
        """
        try:
            import polars as pl
        except ImportError as error:
            raise CensusError(
                "Polars is not installed", next_step="pip install 'modelcensus[polars]'"
            ) from error
        return pl.DataFrame(self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON envelope that every face uses (DESIGN section 6)."""
        return {
            "measure": self.contract.measure,
            "contract": self.contract.to_dict(),
            "contract_id": self.contract.id,
            "definition": self.contract.sentence(),
            "finding": self.finding,
            "does_not_show": list(self.does_not_show),
            "columns": [vars(c) for c in self.columns],
            "rows": self.records(),
            **self.details,
            "coverage": self.coverage,
            "bounds": self.bounds,
            "sensitivity": self.sensitivity,
            "caveats": list(self.caveats),
            "release": self.release,
            "registers": self.registers,
            "sources": list(self.sources),
            "source_licences": list(self.licences),
            "is_simulated": self.is_simulated,
            "citation": self.cite(),
        }

    def to_json(self) -> str:
        """Return the envelope as JSON text; dates are ISO, NaN is refused."""
        return json.dumps(
            self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False, default=_iso
        )

    def cite(self) -> str:
        """Return one line that names release, definition and data."""
        label = " SIMULATED DATA." if self.is_simulated else ""
        return (
            f"Open Model Census, release {self.release}, definition {self.contract.id} "
            f"({self.contract.sentence().rstrip('.')}).{label} Data: {'; '.join(self.sources)}."
        )

    def _repr_html_(self) -> str:
        """Return a small table with the finding above and the citation below."""
        head = "".join(
            f"<th title='{html.escape(c.description)}'>{html.escape(c.name)}</th>"
            for c in self.columns
        )
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(show(v))}</td>" for v in row.values()) + "</tr>"
            for row in self.records()[:50]
        )
        notes = "".join(f"<li>{html.escape(text)}</li>" for text in self.does_not_show)
        banner = "<p><strong>SIMULATED DATA</strong></p>" if self.is_simulated else ""
        return (
            f"{banner}<p><strong>{html.escape(self.finding)}</strong></p>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"<p>Does not show:</p><ul>{notes}</ul><p><small>{html.escape(self.cite())}</small></p>"
        )


def show(value: Any) -> str:
    """Return a cell as a person reads it: grouped digits, four decimals, empty for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, list | tuple):
        return ", ".join(show(v) for v in value)
    return _iso(value) if hasattr(value, "isoformat") else str(value)


def percent(share: float | None, digits: int = 1) -> str:
    """Return a fraction as a percentage, or `unknown`; what would round to 0 is "under" it."""
    if share is None:
        return "unknown"
    least = 10**-digits
    if 0 < 100 * share < least / 2:
        return f"under {least:.{digits}f} %"
    return f"{100 * share:.{digits}f} %"


def columns(*triples: Sequence[str]) -> tuple[Column, ...]:
    """Return columns from (name, unit, description) triples."""
    return tuple(Column(*triple) for triple in triples)


def _iso(value: Any) -> str:
    text: str = value.isoformat()
    return text
