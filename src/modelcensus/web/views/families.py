"""Families of models: ranks over time, and two groups side by side with their crossings."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from modelcensus.contracts.registry import MEASURES
from modelcensus.contracts.vocabulary import GROUPS
from modelcensus.errors import UnknownName
from modelcensus.web.asking import ask, largest_groups
from modelcensus.web.cards import Choice
from modelcensus.web.linking import Reader
from modelcensus.web.questions import one_of
from modelcensus.web.reading import Query, Reading, single_values
from modelcensus.web.templating import render
from modelcensus.web.views.subjects import card_of

router = APIRouter(include_in_schema=False)

BETWEEN = "-vs-"
COMPARED = 5
FAMILY_MEASURES = ("relative_adoption", "sizes")
"""Measures that belong on this page where a version has them."""


@router.get("/families")
def families(reader: Reading, query: Query) -> HTMLResponse:
    """Show the order of families and how it changed."""
    single_values(query, ())
    over_time = ask(reader.site, "series", by="family")
    cards = [
        card_of(reader, over_time, "bump"),
        card_of(reader, ask(reader.site, "rank", by="family"), "bars"),
        card_of(reader, over_time, "lines"),
        *(card_of(reader, ask(reader.site, name)) for name in FAMILY_MEASURES if name in MEASURES),
    ]
    return render(reader, "families.html", cards=cards, pairs=_pairs(reader))


def _pairs(reader: Reader) -> list[Choice]:
    """Return comparisons of the largest families, and the one that was published about."""
    largest = largest_groups(reader.site, "family", COMPARED)
    pairs = [("qwen", "llama")] if {"qwen", "llama"} <= reader.site.families.keys() else []
    pairs += [(a, b) for n, a in enumerate(largest) for b in largest[n + 1 :]]
    return [
        Choice(
            f"{_name(reader, a)} and {_name(reader, b)}", reader.link(f"/compare/{a}{BETWEEN}{b}")
        )
        for a, b in dict.fromkeys(pairs)
    ]


def _name(reader: Reader, family: str) -> str:
    row = reader.site.families.get(family)
    return str(row["family_name"]) if row else family


@router.get("/compare/{pair}")
def compare(pair: str, reader: Reading, query: Query) -> HTMLResponse:
    """Show two groups side by side: levels, crossings, and what they hang on."""
    values = single_values(query, ("by", "frame", "metric"))
    first, between, second = pair.partition(BETWEEN)
    if not (first and between and second):
        raise UnknownName("comparison", pair, [], where="two groups, as in qwen-vs-llama")
    values["by"] = one_of("by", values.get("by", "family"), GROUPS)
    crossing = ask(reader.site, "crossover", first, second, **values)
    series = ask(reader.site, "series", first, second, **values)
    return render(
        reader,
        "compare.html",
        first=_name(reader, first),
        second=_name(reader, second),
        by=GROUPS[values["by"]].phrase,
        cards=[
            card_of(reader, crossing, "lines"),
            card_of(reader, series, "slope"),
            card_of(reader, ask(reader.site, "rank", first, second, **values), "bars"),
        ],
    )
