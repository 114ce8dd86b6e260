"""Pages about one question that several measures answer: licences, spread, exposure."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from modelcensus.contracts.figure import Figure
from modelcensus.contracts.registry import MEASURES
from modelcensus.publish.faces import as_query
from modelcensus.web.asking import Missing, ask
from modelcensus.web.cards import Rows
from modelcensus.web.hub_table import hub_table
from modelcensus.web.linking import Reader
from modelcensus.web.reading import Query, Reading, single_values
from modelcensus.web.templating import render
from modelcensus.web.views.subjects import card_of

router = APIRouter(include_in_schema=False)


@router.get("/licences")
def licences(reader: Reading, query: Query) -> HTMLResponse:
    """Show declared terms, how they change, and what they say along the lineage."""
    single_values(query, ())
    site = reader.site
    cards = [
        card_of(reader, ask(site, "licences", by="country")),
        card_of(reader, ask(site, "share", by="licence_class", metric="models"), "columns"),
        card_of(reader, ask(site, "duties"), "flows"),
        card_of(reader, ask(site, "licence_changes")),
    ]
    return render(
        reader,
        "story.html",
        title="Licences",
        heading="Are terms loosening, and do derivatives keep them?",
        lead="Declared tags against clause texts: a comparison of words, not legal advice, and no "
        "verdict about anybody.",
        cards=cards,
    )


@router.get("/spread")
def spread(reader: Reading, query: Query) -> HTMLResponse:
    """Show how much an answer hangs on its definition."""
    single_values(query, ())
    site = reader.site
    cards = [
        card_of(reader, _optional(reader, name, "CN", "US")) for name in ("spread", "influence")
    ]
    cards.append(card_of(reader, ask(site, "share", "CN", "US", by="country"), "readings"))
    return render(
        reader,
        "story.html",
        title="Spread",
        heading="How much does the answer hang on the definition?",
        lead="The same question under every defensible definition that the data carry, with "
        "published numbers beside them, and the models and register rows that move it most.",
        cards=cards,
    )


@router.get("/exposure")
def exposure(reader: Reading, query: Query) -> HTMLResponse:
    """Show what stands on the bases of one developer, family or country."""
    single_values(query, ())
    names = [name for name in ("exposure",) if name in MEASURES] or ["exposure"]
    cards = [card_of(reader, _optional(reader, name, "CN")) for name in names]
    cards.append(card_of(reader, ask(reader.site, "matrix", by="country"), "matrix"))
    return render(
        reader,
        "story.html",
        title="Exposure",
        heading="What stands on these bases?",
        lead="Derivatives and downloads that go back to a developer, a family or a country: a "
        "description of the lineage, never a forecast.",
        cards=cards,
    )


@router.get("/hubs")
def hubs(reader: Reading, query: Query) -> HTMLResponse:
    """Show families and developers on several hubs side by side."""
    single_values(query, ())
    return render(reader, "hubs.html", sides=[_side(reader, by) for by in ("family", "developer")])


@dataclass(frozen=True)
class Side:
    """Groups across hubs as a table, and the page of the whole figure."""

    figure: Figure
    table: Rows
    address: str


def _side(reader: Reader, by: str) -> Side | Missing:
    found = ask(reader.site, "hubs", by=by)
    if isinstance(found, Missing):
        return found
    address = reader.link(f"/figures/hubs?{as_query(found.contract)}")
    return Side(found, hub_table(reader, found), address)


@router.get("/openness")
def openness(reader: Reading, query: Query) -> HTMLResponse:
    """Show how open systems are beyond their weights."""
    single_values(query, ())
    cards = [card_of(reader, ask(reader.site, "openness", by=by)) for by in ("total", "country")]
    return render(
        reader,
        "story.html",
        title="Openness",
        heading="Open weights, and what else?",
        lead="Data, code, papers and terms by an index of openness: a licence of the weights says "
        "nothing about them.",
        cards=cards,
    )


@router.get("/size")
def size(reader: Reading, query: Query) -> HTMLResponse:
    """Show sizes of models, and what is recorded of training and hardware."""
    single_values(query, ())
    measures = ("size_history", "sizes", "training")
    cards = [card_of(reader, ask(reader.site, m, by="country")) for m in measures]
    return render(
        reader,
        "story.html",
        title="Size and hardware",
        heading="How large are the models, and what were they trained on?",
        lead="Parameters as sources state them, training compute and hardware where somebody "
        "recorded them: a description over time, never a cause.",
        cards=cards,
    )


def _optional(reader: Reader, name: str, *subjects: str) -> Figure | Missing:
    """Return the figure of a measure that a version may lack, with as many groups as it takes."""
    if name not in MEASURES:
        return Missing(
            f"The measure {name}",
            "this version does not compute it",
            next_step="a version with this measure shows it here",
        )
    _, most = MEASURES[name].subjects
    return ask(reader.site, name, *subjects[:most])
