"""The ledger of claims on a terminal: lists by verdict, one claim in full, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from modelcensus.claims.amounts import published, shown
from modelcensus.claims.judging import Reading
from modelcensus.claims.ledger import (
    AGREES,
    BASES,
    DIFFERS,
    NOT_HERE,
    OUT,
    ClaimResult,
    count_verdicts,
    missing_files,
)
from modelcensus.claims.published import Procedure
from modelcensus.errors import CensusError
from modelcensus.publish.foreign_text import visible
from modelcensus.registers.load import Row

COLOURS = {AGREES: "green", DIFFERS: "red", NOT_HERE: "yellow", OUT: "dim"}
SECTIONS = (
    *((verdict, basis) for basis in BASES for verdict in (AGREES, DIFFERS)),
    (NOT_HERE, ""),
    (OUT, ""),
)
FILES = 12
"""Missing files listed; the others are in --format json."""


def draw_claims(results: Sequence[ClaimResult], out: Console) -> None:
    """Print claims by verdict, what stands on data before what stands on arithmetic."""
    for verdict, basis in SECTIONS:
        found = [r for r in results if (r.verdict, r.basis) == (verdict, basis)]
        if found:
            title = f"{verdict}, {basis}" if basis else verdict
            out.print(f"[bold {COLOURS[verdict]}]{title}[/] ({len(found)})")
            out.print(_table(found, computed=bool(basis)))
            out.print()


def _table(results: Iterable[ClaimResult], *, computed: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("claim", overflow="fold")
    table.add_column("published", overflow="fold")
    table.add_column("recomputed" if computed else "what is missing", overflow="fold")
    if computed:
        table.add_column("verdict")
    for r in results:
        cells = [r.claim.id, r.published, r.computed if computed else _missing(r)]
        verdict = [f"[{COLOURS[r.verdict]}]{r.verdict}[/]"] if computed else []
        table.add_row(*(escape(visible(cell)) for cell in cells), *verdict)
    return table


def _missing(result: ClaimResult) -> str:
    return result.needs.file if result.needs else result.reason


def draw_summary(results: Sequence[ClaimResult], out: Console) -> None:
    """Print how many claims have each verdict, which were computed, and what is missing."""
    out.print(f"[bold]{len(results)} published claims[/]")
    for name, count in count_verdicts(results).items():
        colour = COLOURS[name.partition(",")[0]]
        out.print(f"  [{colour}]{count:>4}[/]  {name}")
    for basis in BASES:
        found = [r for r in results if r.basis == basis]
        if found:
            out.print(f"\n[bold]{basis}[/] ({len(found)})")
            out.print(Padding(_table(found, computed=True), (0, 0, 0, 2)))
    missing = missing_files(results)
    if missing:
        out.print("\n[bold]missing[/]: what would settle the others, and the way in")
    for needs, ids in list(missing.items())[:FILES]:
        many = f"{len(ids)} claim{'s' if len(ids) > 1 else ''}"
        out.print(Padding(f"{escape(visible(needs.file))} [dim]({many})[/]", (0, 0, 0, 2)))
        out.print(Padding(f"[cyan]{escape(needs.import_with)}[/]", (0, 0, 0, 6)))
    if len(missing) > FILES:
        out.print(f"  [dim]and {len(missing) - FILES} more: census claims check --format json[/]")


def draw_claim(result: ClaimResult, out: Console) -> None:
    """Print one claim: what was published and by whom, how it is judged, and what came of it."""
    row = result.claim.row
    colour = COLOURS[result.verdict]
    basis = f", {result.basis}" if result.basis else ""
    out.print(f"[bold]{escape(row['claim_id'])}[/]")
    out.print(f"{escape(visible(row['quantity']))}: [bold]{escape(result.published)}[/]")
    out.print(f"[bold {colour}]{result.verdict}[/]{basis}")
    out.print(escape(visible(result.reason)))
    for title, lines in claim_sections(result):
        if lines:
            out.print(f"\n[bold]{title}[/]")
            for line in lines:
                indent = 2 + len(line) - len(line.lstrip())
                out.print(Padding(escape(visible(line.strip())), (0, 0, 0, indent)))


def claim_sections(result: ClaimResult) -> Iterator[tuple[str, list[str]]]:
    """Yield what belongs to a claim as titled lines, for people and for Markdown."""
    row = result.claim.row
    yield (
        "published",
        [
            row["paraphrase"],
            *_given("scope", row["scope"]),
            *_given("period", row["period"]),
            f"evidence: {row['evidence_url']} ({row['seen']}, seen {row['seen_on']}, confidence "
            f"{row['confidence']})",
        ],
    )
    yield "source chain", source_chain(result)
    yield "says otherwise", [_one_line(other) for other in result.claim.contradicts]
    yield "procedure, written down before any value", list(_procedure_lines(result))
    yield "what came of it", list(_outcome_lines(result))
    yield "beside, another population: decides nothing", list(_beside_lines(result))


def source_chain(result: ClaimResult) -> list[str]:
    """Return the way from a claim to the first source that is known, and who repeats it."""
    claim = result.claim
    lines = [f"{claim.row['source']} (this claim)"]
    lines += [f"<- {_one_line(step)}" for step in claim.chain]
    last = claim.chain[-1]["source"] if claim.chain else claim.row["source"]
    if claim.first_source != last:
        lines.append(f"<- first source: {claim.first_source}")
    lines += [f"repeated by {_one_line(other)}" for other in claim.repeated_by]
    return lines


def _procedure_lines(result: ClaimResult) -> Iterator[str]:
    for method, procedure in sorted(result.claim.procedures.items()):
        row = procedure.row
        if method == "data":
            yield f"from data: {_sentence_of(procedure)}"
            if row["because"]:
                yield f"  read as: {row['because']}"
            where = row["row"] or "the last"
            yield f"  value: {row['column']}, row {where}; window {row['window']}"
        elif method == "own-parts":
            parts = ", ".join(
                f"{k} = {v.lstrip('=')}" for k, v in procedure.published_parts.items()
            )
            yield f"from its own parts: {row['formula']}"
            yield f"  with {parts}"
        elif method == "register":
            yield f"from a register: {row['column']}, row {row['row']}"
            yield f"  read as: {row['because']}"
        else:
            yield f"none: {row['because']}"
        if row["tolerance"]:
            yield f"  allowed: {row['tolerance']} either way; {row['tolerance_because']}"
        yield f"  written down {row['committed_on']}"


def _sentence_of(procedure: Procedure) -> str:
    try:
        if procedure.is_of_tests:
            return procedure.contract_of_tests().sentence()
        return procedure.contract(procedure.frames[0]).sentence()
    except CensusError as error:
        return f"{procedure.row['measure']}: {error.what}"


def _outcome_lines(result: ClaimResult) -> Iterator[str]:
    figure = result.outcome.figure if result.outcome else None
    if figure:
        yield figure.finding
        yield f"definition {figure.contract.id}, release {figure.release}"
    if result.own_parts:
        yield f"own parts: {_amount(result, result.own_parts)}"
        for words, value in result.other_readings.items():
            yield f"{words}: {shown(value, result.claim.row['unit'], result.claim.row['value'])}"
    if result.is_computed and result.needs and not figure:
        needs = result.needs
        yield f"the parts themselves need {needs.field}: {needs.file} ({needs.import_with})"


def _beside_lines(result: ClaimResult) -> Iterator[str]:
    for item in result.beside:
        mark = "SIMULATED DATA: " if item.figure.is_simulated else ""
        yield f"{mark}{item.frame}: {_amount(result, item.reading)}. {item.figure.finding}"


def _amount(result: ClaimResult, reading: Reading) -> str:
    unit, like = result.claim.row["unit"], result.claim.row["value"]
    text = shown(reading.value, unit, like)
    if not reading.slack:
        return text
    low, high = shown(reading.low, unit, like), shown(reading.high, unit, like)
    return text if low == high else f"{text}, between {low} and {high}"


def _one_line(row: Row) -> str:
    words = published(row["value"], row["unit"], row["bound"])
    return f"{row['claim_id']}: {words} ({row['source']})"


def _given(name: str, text: str) -> list[str]:
    return [f"{name}: {text}"] if text else []
