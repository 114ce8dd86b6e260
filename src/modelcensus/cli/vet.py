"""Commands about security tests: comparisons, rates, grids, published figures, files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modelcensus.cli import vet_runs
from modelcensus.cli.figures import emit, format_of
from modelcensus.cli.options import (
    EngineOption,
    FormatOption,
    Options,
    OutputOption,
    QuietOption,
    ReleaseOption,
    StoreOption,
    open_store,
    take_options,
    write_out,
)

if TYPE_CHECKING:
    from modelcensus.contracts.vet_figure import VetFigure
    from modelcensus.vet.vet import Vet

app = typer.Typer(
    no_args_is_help=True,
    help="Security tests: how often an attack worked, on which model, compared with what.",
)
app.command("plan")(vet_runs.plan)
app.command("run")(vet_runs.run)
app.command("replay")(vet_runs.replay)

ModelsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        metavar="MODEL",
        help="Tested model, as MODEL, MODEL@REVISION or MODEL+DEFENCE; may be repeated.",
    ),
]
ReferenceOption = Annotated[
    str, typer.Option("--reference", metavar="MODEL", help="What they are compared with.")
]
TestEngineOption = Annotated[
    str,
    typer.Option("--test-engine", metavar="NAME", help="What ran the tests, e.g. agentdojo."),
]
AttackOption = Annotated[
    str,
    typer.Option("--attack", metavar="NAME", help="Attack, as NAME or NAME:SETTING."),
]
AnyAttackOption = Annotated[
    str,
    typer.Option("--attack", metavar="NAME", help="Attack, NAME:SETTING, or any (of several)."),
]
VersionOption = Annotated[
    str,
    typer.Option("--benchmark-version", metavar="V", help="Version of the cases, or unstated."),
]
GridOption = Annotated[
    str,
    typer.Option("--grid", metavar="NAME", help="Published grid; `census vet grids` lists them."),
]
CountingOption = Annotated[
    str,
    typer.Option("--counting", help="default: errors are missing; or as_published."),
]
VerdictOption = Annotated[
    str,
    typer.Option("--verdict", help="completed: the goal was reached; or attempted."),
]
BudgetOption = Annotated[
    str, typer.Option("--budget", metavar="N", help="Attempts of the attacker; any success counts.")
]
VersionMixOption = Annotated[
    bool,
    typer.Option("--allow-version-mix", help="Compare a stated version with an unstated one."),
]
PartialOption = Annotated[
    bool, typer.Option("--allow-partial", help="Compare also where few cases are shared.")
]
ComparisonFormat = Annotated[
    str,
    typer.Option(
        "--format",
        help="table, json, csv, md, parquet, plain or svg; default: table on a terminal.",
        show_default=False,
    ),
]


_CASES: Options = {
    "model": (ModelsOption, None),
    "test_engine": (TestEngineOption, ""),
    "attack": (AttackOption, ""),
    "benchmark_version": (VersionOption, ""),
    "grid": (GridOption, ""),
    "counting": (CountingOption, "default"),
    "verdict": (VerdictOption, "completed"),
    "budget": (BudgetOption, "1"),
}
"""Which cases are asked about, and how they are counted."""

_READING: Options = {
    "store": (StoreOption, ""),
    "release": (ReleaseOption, ""),
    "engine": (EngineOption, "duckdb"),
    "format": (FormatOption, ""),
    "output": (OutputOption, ""),
    "quiet": (QuietOption, False),
}
"""Which release is read, and how the figure is written."""


def _write_comparison(figure: VetFigure, format_: str, output: str, *, quiet: bool) -> None:
    import sys

    from modelcensus.cli.options import stdout_console, words_console
    from modelcensus.publish.forest import draw_forest
    from modelcensus.publish.forest_svg import forest_svg
    from modelcensus.publish.terminal import draw_notes

    words = words_console(quiet=quiet)
    is_drawn = format_ == "table" or (not format_ and sys.stdout.isatty())
    if is_drawn and not output:
        draw_forest(figure, stdout_console(), words)
        draw_notes(figure, words)
        return
    if format_ != "svg":
        emit(figure, format_, output, quiet=quiet)
        return
    write_out(forest_svg(figure).encode(), output, words)


def _question(
    name: str,
    options: Options,
    *,
    write: Callable[..., None] = emit,
    pictures: tuple[str, ...] = (),
) -> Callable[[Callable[..., VetFigure]], Callable[..., None]]:
    """Make a command of what answers it; to its options come those of reading and writing."""

    def command_of(answer: Callable[..., VetFigure]) -> Callable[..., None]:
        def command(
            store: str,
            release: str,
            engine: str,
            format: str,
            output: str,
            quiet: bool,
            **asked: Any,
        ) -> None:
            chosen = format or format_of(output)
            _check_format(chosen, *pictures)
            with _open(store, release, engine) as vet:
                write(answer(vet, **asked), chosen, output, quiet=quiet)

        command.__doc__ = answer.__doc__
        form = ComparisonFormat if pictures else FormatOption
        take_options(command, {**options, **_READING, "format": (form, "")})
        return app.command(name)(command)

    return command_of


@_question(
    "compare",
    {
        "model": _CASES["model"],
        "reference": (ReferenceOption, ""),
        **_CASES,
        "allow_version_mix": (VersionMixOption, False),
        "allow_partial": (PartialOption, False),
    },
    write=_write_comparison,
    pictures=("svg",),
)
def compare(vet: Vet, model: list[str] | None, test_engine: str, **asked: Any) -> VetFigure:
    """Compare tested models with a reference, over the same cases and with intervals.

    Example: census vet compare --model M --reference R --grid agentdojo-v1.1.2
    """
    return vet.compare(*(model or ()), engine=test_engine, **asked)


@_question("rates", {**_CASES, "attack": (AnyAttackOption, "")})
def rates(vet: Vet, model: list[str] | None, test_engine: str, **asked: Any) -> VetFigure:
    """List how often the attacker's goal was reached in each run, beside utility.

    Example: census vet rates --test-engine jailbreakbench --attack any
    """
    return vet.rates(*(model or ()), engine=test_engine, **asked)


@_question("grids", {"test_engine": _CASES["test_engine"]})
def grids(vet: Vet, test_engine: str) -> VetFigure:
    """List which cases were tested, by engine, version and attack."""
    return vet.grids(engine=test_engine)


@_question("reports", {})
def reports(vet: Vet) -> VetFigure:
    """List published figures of security tests and what their rounding allows."""
    return vet.reports()


@app.command("files")
def files(
    path: Annotated[str, typer.Argument(help="File or folder of a model; nothing is loaded.")],
    format: Annotated[
        str, typer.Option("--format", help="table, json or csv; default: table.")
    ] = "",
    output: OutputOption = "",
    quiet: QuietOption = False,
) -> None:
    """Look at files of a model without loading any: pickles, archives, safetensors headers.

    Example: census vet files downloads/model
    """
    from pathlib import Path

    from modelcensus.cli.options import stdout_console, words_console
    from modelcensus.errors import SettingsError, VetError
    from modelcensus.publish.files import FORMATS, draw_files
    from modelcensus.settings import load_settings
    from modelcensus.vet.files import NOTICE, look_at_files

    if format and format not in ("table", *FORMATS):
        names = ", ".join(("table", *FORMATS))
        raise SettingsError(f"no format {format!r}", next_step=f"one of: {names}")
    words = words_console(quiet=quiet)
    with words.status(f"looking at {path}"):
        report = look_at_files(Path(path), load_settings())
    if format in ("", "table") and not output:
        draw_files(report, stdout_console())
    else:
        write_out(FORMATS[format if format in FORMATS else "csv"](report), output, words)
    words.print(NOTICE, markup=False, soft_wrap=True)
    if report.flagged:
        raise VetError(
            f"{len(report.flagged):,} of {len(report.found):,} files hold a dangerous import or "
            "are damaged",
            where=", ".join(one.path for one in report.flagged[:5]),
            next_step="do not load them; ask for weights in safetensors",
        )


def _open(store: str, release: str, engine: str) -> Vet:
    from modelcensus.releases.release import open_release
    from modelcensus.vet.vet import Vet

    return Vet(open_release(open_store(store), release, engine=engine))


def _check_format(format_: str, *more: str) -> None:
    from modelcensus.cli.figures import check_format
    from modelcensus.errors import SettingsError
    from modelcensus.publish.exports import EXPORTS

    check_format(format_)
    if format_ in EXPORTS and EXPORTS[format_].is_picture and format_ not in more:
        able = [name for name, form in EXPORTS.items() if not form.is_picture]
        raise SettingsError(
            f"no format {format_!r} of these figures",
            next_step=f"one of: {', '.join(['table', *able, *more])}",
        )
