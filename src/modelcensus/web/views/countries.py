"""Countries of developers: shares over time, three lenses side by side, and one page for each."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from modelcensus.contracts.figure import percent
from modelcensus.contracts.registry import MEASURES
from modelcensus.contracts.vocabulary import LENSES
from modelcensus.errors import UnknownName
from modelcensus.web.asking import Missing, ask
from modelcensus.web.cards import Choice
from modelcensus.web.linking import Reader
from modelcensus.web.reading import Query, Reading, single_values
from modelcensus.web.templating import render
from modelcensus.web.views.subjects import card_of, claims_about, largest_models

router = APIRouter(include_in_schema=False)

LENS_ROWS = 8
COUNTRY_MEASURES = ("concentration",)
"""Measures that belong on this page where a version has them."""


@router.get("/countries")
def countries(reader: Reading, query: Query) -> HTMLResponse:
    """Show what developers of each country hold."""
    single_values(query, ())
    over_time = ask(reader.site, "series", by="country")
    cards = [
        card_of(reader, over_time, "area"),
        card_of(reader, over_time, "slope"),
        card_of(reader, ask(reader.site, "share", by="country"), "intervals"),
        *(
            card_of(reader, ask(reader.site, name, by="country"))
            for name in COUNTRY_MEASURES
            if name in MEASURES
        ),
    ]
    lenses, names = _three_lenses(reader)
    return render(
        reader, "countries.html", cards=cards, lenses=lenses, headers=names, places=_places(reader)
    )


def _three_lenses(reader: Reader) -> tuple[list[list[Choice | str]], list[str]]:
    """Return shares of the same frame under each lens, by country; a lens may be missing."""
    held: dict[str, dict[str, str]] = {}
    names: dict[str, str] = {}
    for lens in LENSES:
        found = ask(reader.site, "share", by="country", lens=lens)
        if isinstance(found, Missing):
            continue
        where = f"{LENSES[lens].phrase}, {found.contract.frame}"
        held[where] = {row["group"]: percent(row["share_of_all"]) for row in found}
        names |= {row["group"]: row["name"] for row in found}
    groups = list(names)[:LENS_ROWS] + [g for g in ("unknown",) if g in list(names)[LENS_ROWS:]]
    rows: list[list[Choice | str]] = [
        [Choice(names[g], reader.group("country", g)), *(held[w].get(g, "none") for w in held)]
        for g in groups
    ]
    return rows, ["developers based in", *held]


def _places(reader: Reader) -> list[Choice]:
    """Return the countries that this release knows developers of, by name."""
    codes = {row["country"] for row in reader.site.developers.values()}
    known = reader.site.countries
    return [
        Choice(known[code], reader.link(f"/countries/{code}"))
        for code in sorted(codes & known.keys(), key=lambda c: known[c])
    ]


@router.get("/countries/{code}")
def country(code: str, reader: Reading, query: Query) -> HTMLResponse:
    """Show the models of developers based in one country."""
    single_values(query, ())
    known = reader.site.countries
    if code not in known:
        near = [c for c in (code.upper(),) if c in known]
        raise UnknownName("country", code, near, where="two letters of ISO 3166-1")
    developers = sorted(
        (row for row in reader.site.developers.values()
         if row["country"] == code and row["developer_type"] != "individual"),
        key=lambda row: row["name"].casefold(),
    )  # fmt: skip
    site = reader.site
    return render(
        reader,
        "country.html",
        name=known[code],
        code=code,
        cards=[
            card_of(reader, ask(site, "series", code, by="country"), "lines"),
            card_of(reader, ask(site, "licences", code, by="country")),
        ],
        developers=developers,
        models=largest_models(reader, {"country": code}),
        claims=claims_about(reader, code),
    )
