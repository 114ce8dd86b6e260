"""Commands about security tests: comparisons, rates, grids, published figures, files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from modelcensus.cli import vet_runs
from modelcensus.cli.figures import emit
from modelcensus.cli.options import (
    EngineOption,
    FormatOption,
    OutputOption,
    QuietOption,
    ReleaseOption,
    StoreOption,
    open_store,
    write_out,
)

if TYPE_CHECKING:
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
TestEngineOption = Annotated[
    str,
    typer.Option("--test-engine", metavar="NAME", help="What ran the tests, e.g. agentdojo."),
]
AttackOption = Annotated[
    str,
    typer.Option("--attack", metavar="NAME", help="Attack, as NAME or NAME:SETTING."),
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
ComparisonFormat = Annotated[
    str,
    typer.Option(
        "--format",
        help="table, json, csv, md, parquet, plain or svg; default: table on a terminal.",
        show_default=False,
    ),
]


@app.command("compare")
def compare(
    model: ModelsOption = None,
    reference: Annotated[
        str, typer.Option("--reference", metavar="MODEL", help="What they are compared with.")
    ] = "",
    test_engine: TestEngineOption = "",
    attack: AttackOption = "",
    benchmark_version: VersionOption = "",
    grid: GridOption = "",
    counting: CountingOption = "default",
    verdict: VerdictOption = "completed",
    budget: BudgetOption = "1",
    allow_version_mix: Annotated[
        bool,
        typer.Option("--allow-version-mix", help="Compare a stated version with an unstated one."),
    ] = False,
    allow_partial: Annotated[
        bool,
        typer.Option("--allow-partial", help="Compare also where few cases are shared."),
    ] = False,
    store: StoreOption = "",
    release: ReleaseOption = "",
    engine: EngineOption = "duckdb",
    format: ComparisonFormat = "",
    output: OutputOption = "",
    quiet: QuietOption = False,
) -> None:
    """Compare tested models with a reference, over the same cases and with intervals.

    Example: census vet compare --model M --reference R --grid agentdojo-v1.1.2
    """
    _check_format(format, "svg")
    values = {"benchmark_version": benchmark_version, "grid": grid, "counting": counting}
    with _open(store, release, engine) as vet:
        figure = vet.compare(
            *(model or ()),
            reference=reference,
            engine=test_engine,
            attack=attack,
            verdict=verdict,
            budget=budget,
            allow_version_mix=allow_version_mix,
            allow_partial=allow_partial,
            **values,
        )
        _emit_comparison(figure, format, output, quiet=quiet)


@app.command("rates")
def rates(
    model: ModelsOption = None,
    test_engine: TestEngineOption = "",
    attack: Annotated[
        str,
        typer.Option("--attack", metavar="NAME", help="Attack, NAME:SETTING, or any (of several)."),
    ] = "",
    benchmark_version: VersionOption = "",
    grid: GridOption = "",
    counting: CountingOption = "default",
    verdict: VerdictOption = "completed",
    budget: BudgetOption = "1",
    store: StoreOption = "",
    release: ReleaseOption = "",
    engine: EngineOption = "duckdb",
    format: FormatOption = "",
    output: OutputOption = "",
    quiet: QuietOption = False,
) -> None:
    """List how often the attacker's goal was reached in each run, beside utility.

    Example: census vet rates --test-engine jailbreakbench --attack any
    """
    _check_format(format)
    with _open(store, release, engine) as vet:
        figure = vet.rates(
            *(model or ()),
            engine=test_engine,
            attack=attack,
            benchmark_version=benchmark_version,
            grid=grid,
            counting=counting,
            verdict=verdict,
            budget=budget,
        )
        emit(figure, format, output, quiet=quiet)


@app.command("grids")
def grids(
    test_engine: TestEngineOption = "",
    store: StoreOption = "",
    release: ReleaseOption = "",
    engine: EngineOption = "duckdb",
    format: FormatOption = "",
    output: OutputOption = "",
    quiet: QuietOption = False,
) -> None:
    """List which cases were tested, by engine, version and attack."""
    _check_format(format)
    with _open(store, release, engine) as vet:
        emit(vet.grids(engine=test_engine), format, output, quiet=quiet)


@app.command("reports")
def reports(
    store: StoreOption = "",
    release: ReleaseOption = "",
    engine: EngineOption = "duckdb",
    format: FormatOption = "",
    output: OutputOption = "",
    quiet: QuietOption = False,
) -> None:
    """List published figures of security tests and what their rounding allows."""
    _check_format(format)
    with _open(store, release, engine) as vet:
        emit(vet.reports(), format, output, quiet=quiet)


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


def _emit_comparison(figure: Any, format_: str, output: str, *, quiet: bool) -> None:
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
