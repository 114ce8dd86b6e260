"""The command `census`: words and options here, everything else below."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from modelcensus.cli import (
    changes,
    claims,
    collect,
    data,
    figures,
    passports,
    presets,
    registers,
    shortlist,
    story,
    vet,
    web,
    world,
)
from modelcensus.cli.options import error_console
from modelcensus.contracts.registry import MEASURES
from modelcensus.errors import CensusError

app = typer.Typer(
    name="census",
    help="Open Model Census: a reproducible record of open-weight models. "
    "Start with `census demo`; every figure carries its definition, coverage and bounds.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("demo")(story.demo)
app.command("article")(story.article)
app.add_typer(claims.app, name="claims")
app.command("corrections")(claims.corrections)
app.command("import")(data.import_)
app.command("build")(data.build)
app.add_typer(data.status_app, name="status")
app.command("doctor")(data.doctor)
app.add_typer(collect.app, name="collect")
app.add_typer(registers.app, name="registers")
app.add_typer(vet.app, name="vet")
app.add_typer(world.adoption_app, name="adoption")
app.add_typer(world.positions_app, name="positions")
app.add_typer(world.events_app, name="events")
app.add_typer(world.readings_app, name="readings")
app.command("define")(figures.define)
app.command("presets")(presets.presets)
app.command("changes")(changes.changes)
app.command("passport")(passports.passport)
app.command("lineage")(passports.lineage)
app.command("shortlist")(shortlist.shortlist)
app.command("serve")(web.serve)
app.command("report")(web.report)
for _measure in MEASURES.values():
    app.command(_measure.name, help=figures.help_text(_measure))(figures.command_for(_measure))

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and exit with the code of its outcome.

    Exit codes: 0 ok, 1 failure, 2 usage or impossible definition, 3 source, 4 coverage or gate,
    5 limit, 6 nothing matches, 130 interrupted.
    """
    try:
        app(args=arguments, prog_name="census")
    except CensusError as error:
        error_console().print(f"[bold red]error:[/] {_marked(str(error))}", soft_wrap=True)
        sys.exit(error.exit_code)
    except SystemExit as stop:
        # typer turns Ctrl-C into this code, and a closed pipe into a silent 1
        if stop.code == INTERRUPTED:
            error_console().print("interrupted; nothing was half-written", soft_wrap=True)
        raise
    return 0


def _marked(text: str) -> str:
    from rich.markup import escape

    return escape(text)
