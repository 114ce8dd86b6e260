"""Options and consoles that every command shares: data on stdout, words on stderr."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from modelcensus.snapshots.store import Store

PIPED_WIDTH = 160
"""Columns of a table that is piped, so that no name is cut."""

StoreOption = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="DIR",
        help="Folder of the store; default: CENSUS_STORE, else the user's data directory.",
        show_default=False,
    ),
]
ReleaseOption = Annotated[
    str,
    typer.Option(
        "--release",
        metavar="NAME",
        help="Release to read; default: the newest.",
        show_default=False,
    ),
]
EngineOption = Annotated[str, typer.Option("--engine", help="duckdb, spark or spark://host:7077.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Data only, no words on stderr.")]
FormatOption = Annotated[
    str,
    typer.Option(
        "--format",
        help="table, json, csv, csv-spreadsheet, md, parquet, plain; svg, png or pdf for a chart; "
        "default: what the file's name ends in, else a table on a terminal and plain elsewhere.",
        show_default=False,
    ),
]
ListFormatOption = Annotated[
    str,
    typer.Option(
        "--format",
        help="table, json, csv, md or plain; default: table on a terminal, plain else.",
        show_default=False,
    ),
]
ChartOption = Annotated[
    str,
    typer.Option(
        "--chart",
        metavar="KIND",
        help="Kind of chart; default: the one that fits best. Implies --format svg.",
        show_default=False,
    ),
]
WidthOption = Annotated[
    int,
    typer.Option(
        "--width",
        metavar="PIXELS",
        help="Width a chart is laid out for, e.g. 390 for a telephone; default: 960.",
        show_default=False,
    ),
]
SchemeOption = Annotated[
    str,
    typer.Option(
        "--scheme",
        metavar="SCHEME",
        help="Colours of a chart: light, dark or print; default: light.",
        show_default=False,
    ),
]
OverlayOption = Annotated[
    list[str] | None,
    typer.Option("--registers", metavar="DIR", help="Your own coding, over the bundled one."),
]
OutputOption = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write to a file instead of stdout.",
        show_default=False,
    ),
]

Options = Mapping[str, tuple[Any, Any]]
"""Name of a parameter -> its annotation, which typer makes an option of, and its default."""


def take_options(
    function: Callable[..., None], options: Options, own: Sequence[inspect.Parameter] = ()
) -> None:
    """Give a function the signature of its own parameters, annotated, and of these options."""
    parameters = [
        *own,
        *(
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
            )
            for name, (annotation, default) in options.items()
        ),
    ]
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    function.__annotations__ = {p.name: p.annotation for p in parameters}


def open_store(path: str) -> Store:
    """Return the store named, or the default one."""
    from modelcensus.snapshots.store import Store, default_store_path

    return Store(Path(path) if path else default_store_path())


def named_values(texts: list[str], option: str) -> dict[str, str]:
    """Return NAME=VALUE texts as a table.

    Raises:
        SettingsError: one of them is none.
    """
    from modelcensus.errors import SettingsError

    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise SettingsError(f"{text!r} is not NAME=VALUE", where=option)
        pairs[name] = value
    return pairs


def stdout_console() -> Console:
    """Return the console of stdout; wide when piped."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(highlight=False, emoji=False)
    return Console(highlight=False, emoji=False, width=PIPED_WIDTH)


def error_console() -> Console:
    """Return the console of stderr, which words go to even with --quiet when they are errors."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, emoji=False)


def words_console(*, quiet: bool) -> Console:
    """Return the console of stderr for words that --quiet silences."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, emoji=False, quiet=quiet)


def write_out(content: bytes, output: str, words: Console | None = None) -> None:
    """Write to a file, which `words` then names, or to stdout where none is named."""
    if output:
        from modelcensus.files import write_bytes

        write_bytes(Path(output), content)
        if words:
            words.print(f"wrote {output}", markup=False, soft_wrap=True)
        return
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
