"""Developers: who is behind models, on what evidence. Natural persons have no page."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from modelcensus.contracts.figure import percent
from modelcensus.errors import QueryError, UnknownName
from modelcensus.registers.schema import parts
from modelcensus.web.asking import Missing, ask
from modelcensus.web.cards import Choice
from modelcensus.web.linking import Reader
from modelcensus.web.reading import Query, Reading, single_values
from modelcensus.web.templating import render
from modelcensus.web.views.subjects import card_of, claims_about, largest_models

router = APIRouter(include_in_schema=False)

NO_PERSONS = "natural persons have no page: nothing is said of them but that they are persons"


@router.get("/developers")
def developers(reader: Reading, query: Query) -> HTMLResponse:
    """Show developers in order, and all that are registered."""
    single_values(query, ())
    site = reader.site
    shares = ask(site, "share", by="developer")
    return render(
        reader,
        "developers.html",
        cards=[
            card_of(reader, ask(site, "rank", by="developer"), "bars"),
            card_of(reader, ask(site, "series", by="developer"), "bump"),
            card_of(reader, ask(site, "share", by="developer_type"), "bars"),
        ],
        rows=_registered(reader, {} if isinstance(shares, Missing) else
                         {r["group"]: r["share_of_all"] for r in shares}),
        frame="" if isinstance(shares, Missing) else shares.contract.frame,
    )  # fmt: skip


def _registered(reader: Reader, shares: dict[str, float]) -> list[list[Any]]:
    """Return every registered developer but natural persons, the largest first."""
    known = [r for r in reader.site.developers.values() if r["developer_type"] != "individual"]
    known.sort(key=lambda r: (-(shares.get(r["developer"]) or 0), r["name"].casefold()))
    return [
        [
            Choice(row["name"], reader.group("developer", row["developer"])),
            row["developer_type"],
            Choice(
                reader.site.countries.get(row["country"], row["country"]),
                reader.group("country", row["country"]),
            ),
            percent(shares[row["developer"]]) if row["developer"] in shares else "not in the frame",
        ]
        for row in known
    ]


@router.get("/developers/{slug}")
def developer(slug: str, reader: Reading, query: Query) -> HTMLResponse:
    """Show one developer: evidence, accounts, families, models, licences."""
    single_values(query, ())
    site = reader.site
    row = site.developers.get(slug)
    if row is not None and row["developer_type"] == "individual":
        raise QueryError(NO_PERSONS, next_step="their models are listed under /models")
    if row is None:
        slugs = [s for s in site.developers if site.has_page(s)]
        raise UnknownName("developer", slug, get_close_matches(slug, slugs, 5, 0.5))
    return render(
        reader,
        "developer.html",
        row=row,
        country=Choice(
            site.countries.get(row["country"], row["country"]),
            reader.group("country", row["country"]),
        ),
        readings=[r for r in parts(row["alternatives"] or "") if r],
        namespaces=[r for r in site.register("namespaces") if r["developer"] == slug],
        families=[r for r in site.families.values() if r["developer"] == slug],
        cards=[
            card_of(reader, ask(site, "series", slug, by="developer"), "lines"),
            card_of(reader, ask(site, "licences", slug, by="developer")),
        ],
        models=largest_models(reader, {"developer": slug}),
        claims=claims_about(reader, slug),
    )
