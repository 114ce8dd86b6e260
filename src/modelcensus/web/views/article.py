"""The founding article, statement by statement: then, now, verdict, and the chain of sources."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from modelcensus.claims.article import QUOTED, Statement
from modelcensus.claims.ledger import ClaimResult
from modelcensus.publish.claims import source_chain
from modelcensus.publish.faces import as_query
from modelcensus.web.linking import Reader
from modelcensus.web.reading import Query, Reading, single_values
from modelcensus.web.templating import render

router = APIRouter(include_in_schema=False)

LISTED = 5
BRIEF = 2


@dataclass(frozen=True)
class Answered:
    """A figure that answers, in words, with its address; or why there is none."""

    text: str
    address: str
    frame: str


@dataclass(frozen=True)
class Then:
    """A published figure beside what was recomputed."""

    result: ClaimResult
    address: str
    chain: list[str]


@dataclass(frozen=True)
class Shown:
    """A statement as the page lays it out."""

    statement: Statement
    answers: list[Answered]
    then: list[Then]
    more: int


@router.get("/article")
def article(reader: Reading, query: Query) -> HTMLResponse:
    """Show every statement."""
    single_values(query, ())
    found = [_shown(reader, statement, LISTED) for statement in reader.site.statements()]
    return render(reader, "article.html", statements=found, counts=_counts(found))


@router.get("/briefing")
def briefing(reader: Reading, query: Query) -> HTMLResponse:
    """Show the same on two pages to be printed."""
    single_values(query, ())
    found = [_shown(reader, statement, BRIEF) for statement in reader.site.statements()]
    return render(reader, "briefing.html", statements=found, counts=_counts(found))


def _counts(found: list[Shown]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in found:
        counts[one.statement.status] = counts.get(one.statement.status, 0) + 1
    return counts


def _shown(reader: Reader, statement: Statement, most: int) -> Shown:
    # what the article quotes first, then what was recomputed, first sources before repetitions
    ordered = sorted(
        statement.claims,
        key=lambda r: (r.claim.id not in QUOTED, not r.is_computed, len(r.claim.chain)),
    )
    answers = [
        Answered(
            answer.figure.finding if answer.figure else answer.why_not,
            reader.link(
                f"/figures/{answer.figure.contract.measure}?{as_query(answer.figure.contract)}"
            )
            if answer.figure
            else "",
            answer.frame,
        )
        for answer in statement.answers
    ]
    then = [
        Then(result, reader.link(f"/claims/{result.claim.id}"), source_chain(result))
        for result in ordered[:most]
    ]
    return Shown(statement, answers, then, len(ordered) - len(then))
