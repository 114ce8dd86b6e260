"""Published claims with their verdicts, each in full, and what was corrected here."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from modelcensus.claims.ledger import VERDICTS, ClaimResult, count_verdicts, missing_files
from modelcensus.claims.published import find_claim, read_claims
from modelcensus.contracts.registry import MEASURES
from modelcensus.publish.claims import claim_sections
from modelcensus.publish.corrections import FIELDS, newest_first
from modelcensus.publish.faces import as_query
from modelcensus.web.cards import Choice
from modelcensus.web.linking import Reader
from modelcensus.web.questions import one_of
from modelcensus.web.reading import Query, Reading, single_values
from modelcensus.web.templating import render

router = APIRouter(include_in_schema=False)


def chosen_claims(reader: Reader, values: dict[str, str]) -> list[ClaimResult]:
    """Return the claims of a statement and a verdict.

    Raises:
        SettingsError: there is no such verdict or statement.
    """
    verdict = one_of("verdict", values.get("verdict", ""), ("", *VERDICTS))
    letters = [row["letter"] for row in reader.site.registers.rows["statements"]]
    statement = one_of("statement", values.get("statement", ""), ("", *letters))
    return [
        result
        for result in reader.site.ledger()
        if verdict in ("", result.verdict) and statement in ("", result.claim.row["statement"])
    ]


@router.get("/claims")
def claims(reader: Reading, query: Query) -> HTMLResponse:
    """List published claims."""
    values = single_values(query, ("verdict", "statement"))
    found = chosen_claims(reader, values)
    whole = reader.site.ledger()
    letters = [row["letter"] for row in reader.site.registers.rows["statements"]]
    return render(
        reader,
        "claims.html",
        results=found,
        whole=len(whole),
        counts=count_verdicts(whole),
        verdicts=[
            Choice(v or "all", reader.link("/claims", **{**values, "verdict": v}),
                   v == values.get("verdict", ""))
            for v in ("", *VERDICTS)
        ],
        letters=[
            Choice(v or "all", reader.link("/claims", **{**values, "statement": v}),
                   v == values.get("statement", ""))
            for v in ("", *letters)
        ],
        missing=list(missing_files(whole).items())[:12],
    )  # fmt: skip


@router.get("/claims/{claim}")
def claim(claim: str, reader: Reading, query: Query) -> HTMLResponse:
    """Show one claim in full."""
    single_values(query, ())
    known = find_claim(read_claims(reader.site.registers), claim)
    result = next(r for r in reader.site.ledger() if r.claim.id == known.id)
    figure = result.outcome.figure if result.outcome else None
    address = ""
    if figure and figure.contract.measure in MEASURES:
        address = reader.link(f"/figures/{figure.contract.measure}?{as_query(figure.contract)}")
    return render(
        reader,
        "claim.html",
        result=result,
        sections=[(title, lines) for title, lines in claim_sections(result) if lines],
        address=address,
    )


@router.get("/corrections")
def corrections(reader: Reading, query: Query) -> HTMLResponse:
    """List what was wrong here."""
    single_values(query, ())
    rows = newest_first(reader.site.registers.rows["corrections"])
    return render(reader, "corrections.html", rows=rows, fields=FIELDS)
