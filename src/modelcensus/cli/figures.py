"""Commands of measures, generated from the registry: same names, same options everywhere."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from modelcensus.cli.options import (
    ChartOption,
    EngineOption,
    FormatOption,
    Options,
    OutputOption,
    OverlayOption,
    QuietOption,
    ReleaseOption,
    SchemeOption,
    StoreOption,
    WidthOption,
    open_store,
    stdout_console,
    take_options,
    words_console,
)
from modelcensus.contracts.measure import PARAMETERS, Measure
from modelcensus.contracts.presets import PRESETS, ask
from modelcensus.contracts.registry import MEASURES

PresetOption = Annotated[
    str,
    typer.Option(
        "--preset",
        metavar="NAME",
        help="A published definition; options beside it override it: " + ", ".join(PRESETS) + ".",
        show_default=False,
    ),
]

if TYPE_CHECKING:
    from modelcensus.contracts.contract import Contract
    from modelcensus.contracts.figure import Figure
    from modelcensus.measures.census import Census
    from modelcensus.snapshots.store import Store

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
    "concentration": "census concentration --by namespace --panel fixed",
    "sizes": "census sizes CN US --by country --frame sample:radar",
    "size_history": "census size_history CN US --by country --frame panel:osir",
    "relative_adoption": "census relative_adoption --frame hub --variant v2",
    "exposure": "census exposure --without developer:alibaba --frame sample:radar",
    "influence": "census influence CN US --by country --period 2025-09-07",
    "spread": "census spread CN US --by country --period 2025-09-07",
    "file_facts": "census file_facts --by library --frame sample:radar",
    "hubs": "census hubs qwen llama gemma",
    "openness": "census openness CN US FR --by country",
    "capability": "census capability --by country --benchmark 'MMLU|accuracy'",
    "training": "census training CN US --by country --period 2023..2024",
    "developers": "census developers --by developer_sub_type --frame panel:osir",
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
        registers: list[str] | None = None,
        **values: str,
    ) -> None:
        asked = ask(measure.name, tuple(subjects or ()), **values)
        drawn = {k: v for k, v in (("kind", chart), ("width", width), ("scheme", scheme)) if v}
        chosen = format or format_of(output) or ("svg" if drawn else "")
        check_format(chosen, drawn)
        from modelcensus.measures.census import Census
        from modelcensus.releases.release import open_release

        target = open_store(store)
        with Census(open_release(target, release, engine=engine)) as census:
            figure = (
                _overlaid(target, census, asked.contract, registers, quiet=quiet)
                if registers
                else census.answer(asked)
            )
            emit(figure, chosen, output, quiet=quiet, **drawn)

    options: dict[str, tuple[Any, Any]] = {
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
    if measure.name == "influence":
        options["registers"] = (OverlayOption, None)
    sign(command, measure, options)
    return command


def _overlaid(
    store: Store, census: Census, contract: Contract, registers: list[str], *, quiet: bool
) -> Figure:
    from modelcensus.measures.overlaid import influence_with_overlay

    words = words_console(quiet=quiet)
    overlays = [Path(folder) for folder in registers]
    with words.status("building the overlaid release") as status:
        figure = influence_with_overlay(
            store, census.release, contract, overlays, on_progress=status.update
        )
    words.print(
        f"built {figure.details['overlay']['release']} with your coding; it is the newest release "
        f"now, and --release {census.release.name} reads the one without it",
        markup=False,
        soft_wrap=True,
    )
    return figure


def define(
    measure: Annotated[
        str, typer.Argument(help=f"One of: {', '.join(MEASURES)}; default: that of the preset.")
    ] = "",
    subjects: Annotated[list[str] | None, typer.Argument(help="Groups it is about.")] = None,
    **values: str,
) -> None:
    """Print a definition without computing it: the sentence, its id and its JSON."""
    from modelcensus.contracts.canonical import canonical_json

    asked = ask(measure, tuple(subjects or ()), **values)
    contract, words = asked.contract, words_console(quiet=False)
    words.print(contract.sentence(), soft_wrap=True, markup=False)
    words.print(f"definition {contract.id}", markup=False)
    for note in asked.notes:
        words.print(note, markup=False, soft_wrap=True)
    sys.stdout.write(canonical_json(contract.to_dict()) + "\n")


def format_of(output: str) -> str:
    """Return the format that a file's name ends in; empty where it ends in none."""
    from modelcensus.publish.exports import EXPORTS

    ending = Path(output).suffix.removeprefix(".").lower()
    return ending if ending in EXPORTS else ""


def emit(figure: Any, format_: str, output: str, *, quiet: bool, **drawn: Any) -> None:
    """Write a figure in a format to stdout or a file; words go to stderr.

    Args:
        figure: the figure.
        format_: a format; empty: that of the file's name, else a table on a terminal and plain
            text elsewhere.
        output: file to write to; empty: stdout.
        quiet: whether words are left out.
        drawn: kind, width and scheme of a picture.
    """
    from modelcensus.publish.exports import export
    from modelcensus.publish.terminal import draw_figure

    chosen = (
        format_ or format_of(output) or ("table" if sys.stdout.isatty() and not output else "plain")
    )
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


def sign(function: Callable[..., None], measure: Measure | None, options: Options) -> None:
    """Give a function the signature that its parameters imply."""
    hints = get_type_hints(function, include_extras=True)
    own = [
        p.replace(annotation=hints[p.name])
        for p in inspect.signature(function).parameters.values()
        if p.name not in ("subjects", "values", "registers", *options)
    ]
    names = measure.parameters if measure else tuple(PARAMETERS)
    low, high = measure.subjects if measure else (0, 20)
    named: dict[str, tuple[Any, Any]] = {}
    if high:
        argument = typer.Argument(help="Two groups." if low == high == 2 else "Groups, e.g. CN US.")
        named["subjects"] = (Annotated[list[str] | None, argument], None)
    for name in names:
        named[name] = (Annotated[str, _option(name, measure)], "")
    take_options(function, {**named, "preset": (PresetOption, ""), **options}, own)


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


sign(define, None, {})
