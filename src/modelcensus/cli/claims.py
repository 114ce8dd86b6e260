"""Commands about published claims: all with verdicts, one in full, a summary; corrections."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modelcensus.cli.options import (
    ListFormatOption,
    OutputOption,
    QuietOption,
    ReleaseOption,
    StoreOption,
    open_store,
    stdout_console,
    words_console,
    write_out,
)

if TYPE_CHECKING:
    from modelcensus.claims.ledger import ClaimResult
    from modelcensus.claims.published import Claim

app = typer.Typer(help="Published figures, recomputed or honestly not.")

ClaimRegisters = Annotated[
    list[str] | None,
    typer.Option("--registers", metavar="DIR", help="Your own claims, over the bundled ones."),
]
ShortFormat = Annotated[
    str, typer.Option("--format", help="table, json or md; default: table.", show_default=False)
]


@app.callback(invoke_without_command=True)
def claims(
    context: typer.Context,
    statement: Annotated[
        str, typer.Option("--statement", help="Only claims of one statement, by its letter.")
    ] = "",
    verdict: Annotated[
        str,
        typer.Option("--verdict", help="Only one verdict; its first word is enough: differs, not."),
    ] = "",
    format: ListFormatOption = "",
    output: OutputOption = "",
    store: StoreOption = "",
    release: ReleaseOption = "",
    registers: ClaimRegisters = None,
    quiet: QuietOption = False,
) -> None:
    """List published claims with their verdicts.

    Example: census claims --statement f
    """
    if context.invoked_subcommand:
        return
    from modelcensus.publish.claim_files import FORMATS
    from modelcensus.publish.claims import draw_claims

    _check_choice("format", format, ("", "table", *FORMATS))
    wanted = _verdict(verdict)
    found = _judged(store, release, registers, statement, quiet=quiet)
    results = [r for r in found if not wanted or r.verdict == wanted]
    chosen = format or ("table" if sys.stdout.isatty() and not output else "plain")
    if chosen == "table" and not output:
        draw_claims(results, stdout_console())
    else:
        write_out(FORMATS["plain" if chosen == "table" else chosen](results), output)
    words = words_console(quiet=quiet)
    words.print(f"{len(results)} claims; one in full: census claims show ID", markup=False)


@app.command("show")
def show(
    claim: Annotated[str, typer.Argument(help="Id of a claim, as `census claims` lists it.")],
    format: ShortFormat = "",
    output: OutputOption = "",
    store: StoreOption = "",
    release: ReleaseOption = "",
    registers: ClaimRegisters = None,
) -> None:
    """Say of one claim what was published, by whom first, how it is judged and what came of it.

    Example: census claims show caisi-2025-hijack
    """
    from modelcensus.claims.published import find_claim
    from modelcensus.publish.claim_files import claim_to_json, claim_to_markdown
    from modelcensus.publish.claims import draw_claim

    _check_choice("format", format, ("", "table", "json", "md"))
    (result,) = _judge(store, release, registers, lambda known: [find_claim(known, claim)])
    if format in ("json", "md") or output:
        write_out(claim_to_json(result) if format == "json" else claim_to_markdown(result), output)
    else:
        draw_claim(result, stdout_console())


@app.command("check")
def check(
    format: ShortFormat = "",
    output: OutputOption = "",
    store: StoreOption = "",
    release: ReleaseOption = "",
    registers: ClaimRegisters = None,
    quiet: QuietOption = False,
) -> None:
    """Judge every claim: counts by verdict, which were computed, which files are missing."""
    from modelcensus.publish.claim_files import claims_to_markdown, summary_to_json
    from modelcensus.publish.claims import draw_summary

    _check_choice("format", format, ("", "table", "json", "md"))
    results = _judged(store, release, registers, "", quiet=quiet)
    if format in ("json", "md") or output:
        make = summary_to_json if format == "json" else claims_to_markdown
        write_out(make(results), output)
    else:
        draw_summary(results, stdout_console())


def corrections(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    registers: ClaimRegisters = None,
) -> None:
    """List what was wrong here, what it is now, and which figures moved; newest first."""
    from modelcensus.publish.corrections import draw_corrections, newest_first
    from modelcensus.registers.load import load_registers

    rows = load_registers([Path(folder) for folder in registers or []]).rows["corrections"]
    if as_json:
        cells = [row.cells for row in newest_first(rows)]
        sys.stdout.write(json.dumps(cells, indent=1, ensure_ascii=False) + "\n")
        return
    draw_corrections(rows, stdout_console())


def _judged(
    store: str, release: str, registers: list[str] | None, statement: str, *, quiet: bool
) -> list[ClaimResult]:
    """Return all claims, or those of one statement, with their verdicts; this takes a while."""

    def choose(known: Sequence[Claim]) -> list[Claim]:
        return [c for c in known if not statement or c.row["statement"] == statement]

    words = words_console(quiet=quiet)
    with words.status("recomputing published claims") if words.is_terminal else words:
        return _judge(store, release, registers, choose, statement)


def _judge(
    store: str,
    release: str,
    registers: list[str] | None,
    choose: Callable[[tuple[Claim, ...]], list[Claim]],
    statement: str = "",
) -> list[ClaimResult]:
    from modelcensus.claims.ledger import judge_claims
    from modelcensus.claims.published import read_claims
    from modelcensus.errors import UnknownName
    from modelcensus.measures.census import Census
    from modelcensus.registers.load import load_registers
    from modelcensus.releases.release import open_release

    loaded = load_registers([Path(folder) for folder in registers or []])
    letters = [row["letter"] for row in loaded.rows["statements"]]
    if statement and statement not in letters:
        raise UnknownName("statement", statement, letters)
    chosen = choose(read_claims(loaded))
    with Census(open_release(open_store(store), release)) as census:
        return list(judge_claims(census, chosen))


def _verdict(text: str) -> str:
    from modelcensus.claims.ledger import VERDICTS

    if not text:
        return ""
    found = [v for v in VERDICTS if v == text or v.split()[0] == text]
    _check_choice("verdict", text, (text,) if found else VERDICTS)
    return found[0]


def _check_choice(kind: str, text: str, choices: Sequence[str]) -> None:
    from modelcensus.errors import SettingsError

    if text not in choices:
        named = ", ".join(c for c in choices if c)
        raise SettingsError(f"no {kind} {text!r}", next_step=f"one of: {named}")
