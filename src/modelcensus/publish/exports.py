"""The one table of what a figure can be exported as: tables, text and pictures, for every face."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelcensus.contracts.figure import Figure
from modelcensus.errors import SettingsError
from modelcensus.publish.formats import (
    to_csv,
    to_json,
    to_markdown,
    to_parquet,
    to_plain,
    to_spreadsheet_csv,
)

if TYPE_CHECKING:
    from modelcensus.passports.lineage_graph import LineageGraph
    from modelcensus.passports.passport import Passport


def to_svg(figure: Figure, **options: Any) -> bytes:
    """Return a figure's chart as SVG; options are those of `chart_of`.

    A measure with a picture of its own is drawn by that, unless a kind of chart is asked for.
    """
    from modelcensus.publish.charts import chart_of
    from modelcensus.publish.pictures import PICTURES

    if not options and figure.contract.measure in PICTURES:
        return PICTURES[figure.contract.measure](figure)
    return chart_of(figure, **options).svg().encode()


def to_png(figure: Figure, *, scale: float = 2, **options: Any) -> bytes:
    """Return a figure's chart as PNG, `scale` pixels for each of its width."""
    from modelcensus.publish.charts import chart_of

    return chart_of(figure, **options).png(scale)


def to_pdf(figure: Figure, **options: Any) -> bytes:
    """Return a figure's chart as PDF."""
    from modelcensus.publish.charts import chart_of

    return chart_of(figure, **options).pdf()


@dataclass(frozen=True)
class Export:
    """One form in which a figure leaves.

    Attributes:
        name: what `--format` and URLs call it.
        description: what it holds, one line.
        media_type: of HTTP.
        extension: of a file's name.
        write: the function; pictures take the options of `chart_of`.
        is_picture: whether it is a chart.
    """

    name: str
    description: str
    media_type: str
    extension: str
    write: Callable[..., bytes]
    is_picture: bool = False


_TEXT = "; charset=utf-8"

EXPORTS: dict[str, Export] = {
    e.name: e
    for e in (
        Export(
            "json",
            "the whole envelope: rows with everything that belongs to them",
            "application/json",
            "json",
            to_json,
        ),
        Export("csv", "the rows, lossless", f"text/csv{_TEXT}", "csv", to_csv),
        Export(
            "csv-spreadsheet",
            "the rows for a spreadsheet, in which no cell is computed",
            f"text/csv{_TEXT}",
            "csv",
            to_spreadsheet_csv,
        ),
        Export(
            "md", "finding, rows, caveats and citation", f"text/markdown{_TEXT}", "md", to_markdown
        ),
        Export(
            "parquet",
            "the rows with their types; the envelope in the metadata",
            "application/vnd.apache.parquet",
            "parquet",
            to_parquet,
        ),
        Export("plain", "the rows, tab-separated", f"text/plain{_TEXT}", "txt", to_plain),
        Export("svg", "a chart, drawn", "image/svg+xml", "svg", to_svg, is_picture=True),
        Export("png", "a chart in pixels", "image/png", "png", to_png, is_picture=True),
        Export("pdf", "a chart for printing", "application/pdf", "pdf", to_pdf, is_picture=True),
    )
}


def export(figure: Figure, name: str, **options: Any) -> tuple[bytes, str, str]:
    """Return a figure in one of the forms: content, media type and the name of a file.

    Args:
        figure: what leaves.
        name: one of EXPORTS.
        options: for pictures those of `chart_of` (kind, width, scheme ...), for PNG also `scale`.

    Raises:
        SettingsError: there is no such form, or a table was given options of pictures.
        ContractError: no chart fits the figure, or not the one that is asked for.
        LimitExceeded: the chart is beyond a limit.
    """
    chosen = get_export(name)
    if options and not chosen.is_picture:
        raise SettingsError(
            f"the format {name!r} takes no {sorted(options)[0]!r}",
            next_step=f"pictures do: {', '.join(e.name for e in EXPORTS.values() if e.is_picture)}",
        )
    return chosen.write(figure, **options), chosen.media_type, file_name(figure, chosen, options)


LINEAGE_EXPORTS: dict[str, str] = {
    "json": "application/json",
    "dot": "text/vnd.graphviz",
    "svg": "image/svg+xml",
}
"""Forms of a lineage, which is a graph around one model and no figure, with their media types."""


def export_lineage(
    passport: Passport, graphs: tuple[LineageGraph, ...], name: str
) -> tuple[bytes, str, str]:
    """Return a lineage in one of its forms: content, media type and the name of a file.

    Raises:
        SettingsError: there is no such form, or a picture would have to show several frames.
    """
    if name not in LINEAGE_EXPORTS:
        raise SettingsError(
            f"no format {name!r} of a lineage", next_step=f"one of: {', '.join(LINEAGE_EXPORTS)}"
        )
    from modelcensus.publish.lineage_graph import lineage_json, lineage_picture

    is_data = name == "json"
    content = lineage_json(passport, graphs) if is_data else lineage_picture(name, graphs)
    stem = f"lineage-{passport.model_id}-{passport.release}"
    return content, LINEAGE_EXPORTS[name], f"{_safe(stem)}.{name}"


def _safe(stem: str) -> str:
    """Return a name without anything that a path, a header or a shell could obey."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).lstrip(".-")


def get_export(name: str) -> Export:
    """Return a form by name.

    Raises:
        SettingsError: names those that there are.
    """
    if name not in EXPORTS:
        raise SettingsError(f"no format {name!r}", next_step=f"one of: {', '.join(EXPORTS)}")
    return EXPORTS[name]


def file_name(figure: Figure, chosen: Export, options: dict[str, Any] | None = None) -> str:
    """Return a name that says what a file holds: measure, definition, release, kind of chart."""
    contract = figure.contract
    kind = (options or {}).get("kind", "")
    variant = "spreadsheet" if chosen.name == "csv-spreadsheet" else ""
    simulated = "simulated" if figure.is_simulated else ""
    parts = (contract.measure, contract.by, kind, variant, contract.id, figure.release, simulated)
    stem = "-".join(part for part in parts if part)
    return f"{_safe(stem)}.{chosen.extension}"
