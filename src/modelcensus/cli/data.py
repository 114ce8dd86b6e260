"""Commands that make, look at and check the data: import, build, status, registers, doctor."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from modelcensus.cli.options import (
    JsonOption,
    OverlayOption,
    QuietOption,
    StoreOption,
    named_values,
    open_store,
    stdout_console,
    words_console,
)

status_app = typer.Typer(help="What the store holds, how old it is, what is odd.")


def import_(
    source: Annotated[
        str,
        typer.Argument(
            help="osir, ollama, radar, atom, epoch, openness, benchmarks, hub-api, hub-stats, "
            "agentdojo, jailbreakbench, inspect, garak, outcomes, observations or sample."
        ),
    ],
    path: Annotated[str, typer.Argument(help="File or folder; not needed for `sample`.")] = "",
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            metavar="NAME=VALUE",
            help="Option of the source, e.g. frame=panel:mine; wrong names list the right ones.",
        ),
    ] = None,
    store: StoreOption = "",
    quiet: QuietOption = False,
) -> None:
    """Read a foreign file into the store: every row becomes a record or a counted reject."""
    from modelcensus.errors import SettingsError
    from modelcensus.settings import load_settings

    words = words_console(quiet=quiet)
    target = open_store(store)
    if source == "sample" and not path:
        from modelcensus.sample.load import sample_folder

        path = str(sample_folder())
    if not path:
        raise SettingsError(
            f"the source {source!r} needs a file or folder",
            next_step=f"census import {source} PATH",
        )
    from modelcensus.snapshots.importing import import_source

    options = named_values(option or [], "--option")
    with words.status(f"reading {path}"):
        report = import_source(target, source, Path(path), options, load_settings())
    for line in report.sentences():
        words.print(line, markup=False, soft_wrap=True)


def build(
    store: StoreOption = "",
    registers: OverlayOption = None,
    until: Annotated[
        str,
        typer.Option(
            "--until",
            metavar="DAY",
            help="Leave out snapshots with labels after this day; default: none.",
            show_default=False,
        ),
    ] = "",
    quiet: QuietOption = False,
) -> None:
    """Build a release of everything imported; the same inputs give the same bytes."""
    from modelcensus.releases.build import build_release
    from modelcensus.settings import load_settings

    words = words_console(quiet=quiet)
    overlays = [Path(folder) for folder in registers or []]
    with words.status("building") as status:
        report = build_release(
            open_store(store),
            load_settings(),
            overlays=overlays,
            until=_day(until) if until else None,
            on_progress=status.update,
        )
    state = "built" if report.is_new else "already built: nothing changed, release"
    words.print(f"{state} {report.name}", markup=False)
    rows = report.rows
    words.print(
        f"{rows['models']:,} models, {rows['observations']:,} observations in "
        f"{rows['snapshots']} snapshots",
        markup=False,
    )
    for kind, count in report.incidents.items():
        words.print(f"warning: {count:,} {kind.replace('_', ' ')}", markup=False)
    sys.stdout.write(f"{report.name}\n")


@status_app.callback(invoke_without_command=True)
def status(context: typer.Context, store: StoreOption = "", as_json: JsonOption = False) -> None:
    """Say what the store holds, how old it is, and what is odd in it."""
    if context.invoked_subcommand:
        return
    from modelcensus.clock import SystemClock
    from modelcensus.publish.status import draw_status
    from modelcensus.releases.status import store_status
    from modelcensus.settings import load_settings

    found = store_status(open_store(store), SystemClock().now(), load_settings())
    if as_json:
        sys.stdout.write(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    else:
        draw_status(found, stdout_console())


@status_app.command("accept")
def accept(
    incident: Annotated[str, typer.Argument(help="Id of a blocking incident.")],
    why: Annotated[str, typer.Option("--why", help="The reason; releases list it.")] = "",
    store: StoreOption = "",
) -> None:
    """Record that a blocking incident is real or harmless, so that a release may be built."""
    from modelcensus.clock import SystemClock, today
    from modelcensus.releases.decisions import accept_incident

    decision = accept_incident(open_store(store), incident, why, today(SystemClock()))
    words = words_console(quiet=False)
    words.print(f"recorded: {decision.incident_id} accepted on {decision.decided_on}", markup=False)
    words.print("next: census build", markup=False)


def doctor(store: StoreOption = "") -> None:
    """Look at the installation and the store, and say what would not work."""
    from modelcensus.releases.doctor import examine
    from modelcensus.settings import load_settings

    out = stdout_console()
    findings = examine(open_store(store), load_settings())
    colours = {"ok": "green", "note": "yellow", "broken": "red"}
    for finding in findings:
        out.print(f"[{colours[finding.state]}]{finding.state:<6}[/] {finding.name:<15} ", end="")
        out.print(finding.text, markup=False)
    if any(f.state == "broken" for f in findings):
        raise typer.Exit(1)


def _day(text: str) -> date:
    from modelcensus.errors import SettingsError

    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(
            f"{text!r} is no day", where="--until", next_step="write it as 2025-09-07"
        ) from error


def _pairs(texts: list[str]) -> dict[str, str]:
    from modelcensus.errors import SettingsError

    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise SettingsError(f"{text!r} is not NAME=VALUE", where="--option")
        pairs[name] = value
    return pairs
