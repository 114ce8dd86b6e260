"""Commands about the wider world: adoption records, positions, events, capability readings."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modelcensus.cli.options import (
    JsonOption,
    ListFormatOption,
    OutputOption,
    OverlayOption,
    QuietOption,
    named_values,
    stdout_console,
    words_console,
)

if TYPE_CHECKING:
    from modelcensus.publish.world_lists import Listing
    from modelcensus.registers.load import Registers

adoption_app = typer.Typer(
    help="Who adopts or restricts which models: records found, with dated histories.",
    no_args_is_help=True,
)
positions_app = typer.Typer(
    help="What states say of open weights: listed, never scored.", no_args_is_help=True
)
events_app = typer.Typer(
    help="What happened in the world, to stand beside series.", no_args_is_help=True
)
readings_app = typer.Typer(
    help="Published readings of capability indices, open and closed models.", no_args_is_help=True
)

FamilyOption = Annotated[str, typer.Option("--family", help="A family of the register.")]
CountryOption = Annotated[
    str, typer.Option("--country", help="ISO 3166-1 alpha-2 code, or international.")
]
PeriodOption = Annotated[
    str, typer.Option("--period", help="A day, a month, or A..B, both included; default: all.")
]


@adoption_app.command("list")
def adoption_list(
    kind: Annotated[
        str,
        typer.Option(help="state, public body, research body, company or product."),
    ] = "",
    how: Annotated[
        str,
        typer.Option(help="builds flagship on, ships, hosts, fine-tunes, uses, restricts ..."),
    ] = "",
    family: FamilyOption = "",
    country: CountryOption = "",
    body: Annotated[str, typer.Option(help="Text within the adopter's name.")] = "",
    status: Annotated[
        str,
        typer.Option(help="Last status: announced, in use, in force, contested, closed, reversed."),
    ] = "",
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DAY", help="Only what was dated up to this day.")
    ] = "",
    growth: Annotated[
        str,
        typer.Option(
            metavar="A..B",
            help="Growth between two searches under one fixed protocol; refused otherwise.",
        ),
    ] = "",
    format: ListFormatOption = "",
    output: OutputOption = "",
    registers: OverlayOption = None,
    quiet: QuietOption = False,
) -> None:
    """List adoption records with their dated histories; steps in brackets wait for a second text.

    Example: census adoption list --family qwen --as-of 2025-12-31
    """
    from modelcensus.publish.world_lists import adoption_listing
    from modelcensus.registers.world_questions import (
        AdoptionQuestion,
        find_adoptions,
        growth_between,
    )

    loaded = _load(registers)
    if growth:
        found = growth_between(loaded, growth)
        sys.stdout.write(json.dumps(vars(found), indent=1) + "\n")
        return
    question = AdoptionQuestion(kind, how, family, country, body, status, as_of)
    _show(adoption_listing(find_adoptions(loaded, question)), format, output, quiet=quiet)


@adoption_app.command("add")
def adoption_add(
    to: Annotated[
        str, typer.Option("--to", metavar="DIR", help="Folder of your own rows; made if missing.")
    ],
    file: Annotated[
        str,
        typer.Option("--file", metavar="FILE", help="TOML file, or CSV with header and one row."),
    ] = "",
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="COLUMN=TEXT", help="A cell, over the file; may be repeated."
        ),
    ] = None,
) -> None:
    """Append one record to DIR/adoption.csv, or say everything that it misses and write nothing.

    Example: census adoption add --file record.toml --to my-registers
    """
    from modelcensus.registers.adoption_entry import Refusal, add_entry, checked_columns, read_entry

    cells = read_entry(Path(file)) if file else {}
    cells |= checked_columns(named_values(values or [], "--set"))
    added = add_entry(cells, Path(to))
    words = words_console(quiet=False)
    if isinstance(added, Refusal):
        for text in added.missing:
            sys.stdout.write(f"missing: {text}\n")
        words.print(f"{added.row_id} not added; nothing was written", markup=False, soft_wrap=True)
        raise typer.Exit(1)
    sys.stdout.write(f"{added.id}\n")
    words.print(f"next: census adoption list --registers {to}", markup=False, soft_wrap=True)


@adoption_app.command("check")
def adoption_check(registers: OverlayOption = None, as_json: JsonOption = False) -> None:
    """Say what keeps rows about the wider world from counting; exit 1 if a rule is broken."""
    from modelcensus.clock import SystemClock, today
    from modelcensus.registers.check import check_registers
    from modelcensus.registers.load import read_registers
    from modelcensus.registers.world import WORLD
    from modelcensus.settings import load_settings

    found = read_registers([Path(folder) for folder in registers or []])
    names = {register.name for register in WORLD}
    every = check_registers(found, today=today(SystemClock()), settings=load_settings())
    problems = [p for p in every if p.register in names]
    if as_json:
        sys.stdout.write(json.dumps([vars(p) for p in problems], indent=1) + "\n")
    else:
        out = stdout_console()
        for problem in problems:
            colour = "red" if problem.is_severe else "yellow"
            out.print(f"[{colour}]{problem.kind:<18}[/] ", end="")
            out.print(f"{problem.row_id} {problem.text}", markup=False, soft_wrap=True)
        counted = ", ".join(f"{len(found.rows[n])} {n}" for n in found.rows if n in names)
        out.print(f"{counted}; {len(problems)} problem(s)", markup=False, soft_wrap=True)
    if any(p.is_severe for p in problems):
        raise typer.Exit(1)


@positions_app.command("list")
def positions_list(
    country: CountryOption = "",
    stance: Annotated[str, typer.Option(help="supports, limits or unstated.")] = "",
    period: PeriodOption = "",
    format: ListFormatOption = "",
    output: OutputOption = "",
    registers: OverlayOption = None,
    quiet: QuietOption = False,
) -> None:
    """List what states and international bodies say of open weights, by date.

    Example: census positions list --stance limits
    """
    from modelcensus.publish.world_lists import position_listing
    from modelcensus.registers.world_questions import find_positions

    found = find_positions(_load(registers), state=country, stance=stance, period=period)
    _show(position_listing(found), format, output, quiet=quiet)


@events_app.command("list")
def events_list(
    kind: Annotated[
        str, typer.Option(help="release, licence change, export control, report, restriction ...")
    ] = "",
    family: FamilyOption = "",
    developer: Annotated[str, typer.Option(help="A developer of the register.")] = "",
    country: CountryOption = "",
    period: PeriodOption = "",
    format: ListFormatOption = "",
    output: OutputOption = "",
    registers: OverlayOption = None,
    quiet: QuietOption = False,
) -> None:
    """List what happened in the world, by date.

    Example: census events list --kind "export control"
    """
    from modelcensus.publish.world_lists import event_listing
    from modelcensus.registers.world_questions import find_events

    found = find_events(
        _load(registers),
        kind=kind,
        family=family,
        developer=developer,
        country=country,
        period=period,
    )
    _show(event_listing(found), format, output, quiet=quiet)


@readings_app.command("list")
def capability_list(
    index: Annotated[str, typer.Option(help="Text within the name of the index.")] = "",
    weights: Annotated[str, typer.Option(help="open, closed or gap.")] = "",
    country: CountryOption = "",
    period: PeriodOption = "",
    counting: Annotated[
        bool, typer.Option("--counting", help="Only readings that count under the two-source rule.")
    ] = False,
    format: ListFormatOption = "",
    output: OutputOption = "",
    registers: OverlayOption = None,
    quiet: QuietOption = False,
) -> None:
    """List published readings of capability indices, by index and date.

    Example: census readings list --index CAISI
    """
    from modelcensus.publish.world_lists import reading_listing
    from modelcensus.registers.world_questions import find_readings

    found = find_readings(
        _load(registers),
        index=index,
        weights=weights,
        country=country,
        period=period,
        counting_only=counting,
    )
    _show(reading_listing(found), format, output, quiet=quiet)


def _load(overlays: list[str] | None) -> Registers:
    from modelcensus.registers.load import load_registers

    return load_registers([Path(folder) for folder in overlays or []])


def _show(listing: Listing, format_: str, output: str, *, quiet: bool) -> None:
    from modelcensus.errors import SettingsError
    from modelcensus.publish.world_lists import FORMATS
    from modelcensus.publish.world_tables import draw_listing

    chosen = format_ or ("table" if sys.stdout.isatty() and not output else "plain")
    if chosen != "table" and chosen not in FORMATS:
        known = ", ".join(("table", *FORMATS))
        raise SettingsError(f"no format {chosen!r}", next_step=f"one of: {known}")
    if chosen == "table" and not output:
        draw_listing(listing, stdout_console())
        return
    make: Callable[[Listing], bytes] = FORMATS["plain" if chosen == "table" else chosen]
    _write(make(listing), output)
    words_console(quiet=quiet).print(listing.counted, markup=False, soft_wrap=True)


def _write(content: bytes, output: str) -> None:
    if output:
        from modelcensus.files import write_bytes

        write_bytes(Path(output), content)
        return
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
