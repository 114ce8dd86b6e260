"""Commands of measures, generated from the registry: same names, same options everywhere."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from modelcensus.cli.options import (
    ChartOption,
    EngineOption,
    FormatOption,
    OutputOption,
    QuietOption,
    ReleaseOption,
    SchemeOption,
    StoreOption,
    WidthOption,
    open_store,
    stdout_console,
    words_console,
)
from modelcensus.contracts.registry import MEASURES, PARAMETERS, Measure, get_measure

_EXAMPLES = {
    "share": "census share CN US --by country --period 2025-09-07",
    "rank": "census rank --by family",
    "series": "census series Qwen Llama --by family",
    "totals": "census totals --frame panel:osir",
    "crossover": "census crossover Qwen Llama --by family",
    "edges": "census edges --frame sample:radar",
    "derivatives": "census derivatives CN US --period 2026-08 --frame sample:radar",
    "matrix": "census matrix --by country --period 2026-08 --frame sample:radar",
    "drift": "census drift --frame sample:radar",
    "licences": "census licences CN US --by country --frame sample:radar",
    "duties": "census duties --frame sample:radar",
    "licence_changes": "census licence_changes --frame sample:radar",
}


def help_text(measure: Measure) -> str:
    """Return a command's help: what it gives and an example."""
    return f"{measure.summary}.\n\nExample: {_EXAMPLES[measure.name]}"


def command_for(measure: Measure) -> Callable[..., None]:
    """Return the function that typer makes a command of."""

    def command(
        subjects: list[str] | None = None,
        store: str = "",
        release: str = "",
        engine: str = "duckdb",
        format: str = "",
        output: str = "",
        chart: str = "",
        width: int = 0,
        scheme: str = "",
        quiet: bool = False,
        **values: str,
    ) -> None:
        contract = measure.contract(subjects=tuple(subjects or ()), **values)
        drawn = {k: v for k, v in (("kind", chart), ("width", width), ("scheme", scheme)) if v}
        chosen = format or ("svg" if drawn else "")
        check_format(chosen, drawn)
        from modelcensus.measures.census import Census
        from modelcensus.releases.release import open_release

        opened = open_release(open_store(store), release, engine=engine)
        with Census(opened) as census:
            emit(census.figure(contract), chosen, output, quiet=quiet, **drawn)

    options = {
        "store": (StoreOption, ""),
        "release": (ReleaseOption, ""),
        "engine": (EngineOption, "duckdb"),
        "format": (FormatOption, ""),
        "output": (OutputOption, ""),
        "chart": (ChartOption, ""),
        "width": (WidthOption, 0),
        "scheme": (SchemeOption, ""),
        "quiet": (QuietOption, False),
    }
    _sign(command, measure, options)
    return command


def define(
    measure: Annotated[str, typer.Argument(help=f"One of: {', '.join(MEASURES)}.")],
    subjects: Annotated[list[str] | None, typer.Argument(help="Groups it is about.")] = None,
    **values: str,
) -> None:
    """Print a definition without computing it: the sentence, its id and its JSON."""
    from modelcensus.contracts.canonical import canonical_json

    contract = get_measure(measure).contract(subjects=tuple(subjects or ()), **values)
    words = words_console(quiet=False)
    words.print(contract.sentence(), soft_wrap=True, markup=False)
    words.print(f"definition {contract.id}", markup=False)
    sys.stdout.write(canonical_json(contract.to_dict()) + "\n")


def emit(figure: Any, format_: str, output: str, *, quiet: bool, **drawn: Any) -> None:
    """Write a figure in a format to stdout or a file; words go to stderr.

    Args:
        figure: the figure.
        format_: a format; empty: a table on a terminal, plain text else.
        output: file to write to; empty: stdout.
        quiet: whether words are left out.
        drawn: kind, width and scheme of a picture.
    """
    from modelcensus.publish.exports import export
    from modelcensus.publish.terminal import draw_figure

    chosen = format_ or ("table" if sys.stdout.isatty() and not output else "plain")
    words = words_console(quiet=quiet)
    if chosen == "table" and not output:
        draw_figure(figure, stdout_console(), words)
        return
    content, _, _ = export(figure, "plain" if chosen == "table" else chosen, **drawn)
    if output:
        from modelcensus.files import write_bytes

        write_bytes(Path(output), content)
        words.print(f"wrote {output} ({len(figure.rows)} rows)", markup=False, soft_wrap=True)
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    if chosen not in ("json", "md"):
        words.print(figure.finding, markup=False, soft_wrap=True)


def check_format(format_: str, drawn: dict[str, Any] | None = None) -> None:
    """Refuse a format that does not exist, and options of pictures for a table.

    Raises:
        SettingsError: names the formats that do.
    """
    from modelcensus.errors import SettingsError
    from modelcensus.publish.exports import EXPORTS

    names = ["table", *EXPORTS]
    if format_ and format_ not in names:
        raise SettingsError(f"no format {format_!r}", next_step=f"one of: {', '.join(names)}")
    pictures = [name for name, form in EXPORTS.items() if form.is_picture]
    if drawn and format_ not in pictures:
        raise SettingsError(
            f"--format {format_} is no picture, and --chart, --width and --scheme draw one",
            next_step=f"--format, one of: {', '.join(pictures)}",
        )


def _sign(
    function: Callable[..., None], measure: Measure | None, options: dict[str, tuple[Any, Any]]
) -> None:
    """Give a function the signature that its parameters imply."""
    own = [
        p
        for p in inspect.signature(function).parameters.values()
        if p.name not in ("subjects", "values", *options)
    ]
    names = measure.parameters if measure else tuple(PARAMETERS)
    low, high = measure.subjects if measure else (0, 20)
    annotations: dict[str, Any] = {p.name: p.annotation for p in own}
    defaults: dict[str, Any] = {}
    if high:
        argument = typer.Argument(help="Groups, e.g. CN US." if low == 0 else "Two groups.")
        annotations["subjects"] = Annotated[list[str] | None, argument]
        defaults["subjects"] = None
    for name in names:
        annotations[name] = Annotated[str, _option(name, measure)]
        defaults[name] = ""
    for name, (annotation, default) in options.items():
        annotations[name], defaults[name] = annotation, default
    parameters = own + [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotations[name]
        )
        for name, default in defaults.items()
    ]
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    function.__annotations__ = annotations


def _option(name: str, measure: Measure | None) -> Any:
    from modelcensus.contracts.contract import Contract

    parameter = PARAMETERS[name]
    standard = (measure.defaults if measure else {}).get(name, getattr(Contract, name, ""))
    words = [k for k, t in (parameter.words or {}).items() if not t.missing]
    text = parameter.description
    if words:
        text += f": {', '.join(words)}"
    if standard:
        text += f". Default: {standard}"
    return typer.Option(
        f"--{name.replace('_', '-')}", help=text + ".", show_default=False, metavar=name.upper()
    )


_sign(define, None, {})
