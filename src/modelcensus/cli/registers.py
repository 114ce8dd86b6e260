"""Commands on the registers: check them, hold them against other codings, print one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modelcensus.cli.options import (
    JsonOption,
    OverlayOption,
    StoreOption,
    open_store,
    stdout_console,
)

if TYPE_CHECKING:
    from modelcensus.registers.agreement import Score

app = typer.Typer(help="Look at and check the registers.", no_args_is_help=True)

LISTED = 15
"""Differences printed for each other coding."""


@app.command("check")
def check(
    store: StoreOption = "", registers: OverlayOption = None, as_json: JsonOption = False
) -> None:
    """List what is wrong with the registers or missing from them; exit 1 if it is severe."""
    from modelcensus.clock import SystemClock, today
    from modelcensus.registers.check import check_registers
    from modelcensus.registers.load import read_registers
    from modelcensus.releases.status import known_to_store
    from modelcensus.settings import load_settings

    found = read_registers([Path(folder) for folder in registers or []])
    known = known_to_store(open_store(store))
    problems = check_registers(
        found,
        today=today(SystemClock()),
        settings=load_settings(),
        known_namespaces=known.namespaces,
        known_models=known.models or None,
        licence_uses=known.licence_uses,
    )
    if as_json:
        sys.stdout.write(json.dumps([vars(p) for p in problems], indent=1) + "\n")
    else:
        out = stdout_console()
        for problem in problems:
            colour = "red" if problem.is_severe else "yellow"
            where = f"{problem.file}:{problem.line} " if problem.line else ""
            out.print(f"[{colour}]{problem.kind:<22}[/] ", end="")
            out.print(f"{where}{problem.row_id} {problem.text}", markup=False, soft_wrap=True)
        rows = ", ".join(f"{len(r)} {name}" for name, r in found.rows.items())
        out.print(f"{rows}; {len(problems)} problem(s)", markup=False, soft_wrap=True)
        if not known.models:
            out.print("the store is empty: patterns and gaps were checked against nothing")
    if any(p.is_severe for p in problems):
        raise typer.Exit(1)


@app.command("agreement")
def agreement(
    store: StoreOption = "", registers: OverlayOption = None, as_json: JsonOption = False
) -> None:
    """Hold our coding against others in the store: how often we agree, and each difference."""
    from dataclasses import asdict

    from modelcensus.errors import StoreError
    from modelcensus.registers.codings import agreement_from_store
    from modelcensus.registers.load import load_registers

    target = open_store(store)
    loaded = load_registers([Path(folder) for folder in registers or []])
    comparisons = agreement_from_store(target, loaded)
    if not comparisons:
        raise StoreError(
            "the store holds no other coding to compare with",
            where=str(target.path),
            next_step="`census import atom PATH`, `census import epoch PATH` or `census demo`",
        )
    if as_json:
        sys.stdout.write(json.dumps([asdict(c) for c in comparisons], indent=1) + "\n")
        return
    reasons = {
        (r["coding"], r["namespace"]): r["reason"] for r in loaded.rows["coding_differences"]
    }
    out = stdout_console()
    for comparison in comparisons:
        whole, apart = comparison.agreement, comparison.independent
        out.print(f"[bold]{comparison.coding}[/]: {_score(whole.scored)}", soft_wrap=True)
        out.print(f"  without unknown: {_score(whole.known)}", soft_wrap=True)
        out.print(f"  rows that do not cite it: {_score(apart.scored)}", soft_wrap=True)
        for difference in whole.differences[:LISTED]:
            out.print(
                f"  {difference.subject}: ours {difference.ours}, theirs {difference.theirs} "
                f"({difference.row_id}) "
                f"{reasons.get((comparison.coding, difference.subject), '')}",
                markup=False,
                soft_wrap=True,
            )
        if len(whole.differences) > LISTED:
            out.print(f"  and {len(whole.differences) - LISTED} more; --json lists all of them")


@app.command("show")
def show(
    register: Annotated[str, typer.Argument(help="Name of a register, e.g. namespaces.")],
    text: Annotated[str, typer.Argument(help="Rows whose id holds this text; all if empty.")] = "",
) -> None:
    """Print rows of a register with their evidence, as JSON lines."""
    from modelcensus.errors import UnknownName
    from modelcensus.registers.load import load_registers

    loaded = load_registers()
    if register not in loaded.rows:
        raise UnknownName("register", register, sorted(loaded.rows))
    rows = [r for r in loaded.rows[register] if text.casefold() in r.id.casefold()]
    if not rows:
        raise UnknownName("row", text, [], where=f"register {register}")
    for row in rows:
        line = {"row_id": row.id, "file": row.file, "line": row.line, **row.cells}
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


def _score(score: Score) -> str:
    if score.percent is None:
        return "nothing in common"
    kappa = "not defined" if score.kappa is None else f"{score.kappa:.3f}"
    return f"{score.agreeing} of {score.n} agree ({score.percent:.1f} %), kappa {kappa}"
