"""Search over models, developers, families, countries and claims, by the beginnings of words."""

from __future__ import annotations

import re

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from modelcensus.web.cards import Choice
from modelcensus.web.linking import Reader
from modelcensus.web.reading import Query, Reading, single_values
from modelcensus.web.templating import render

router = APIRouter(include_in_schema=False)

MODELS, OTHERS = 30, 12
LONGEST = 200


@router.get("/search")
def search(reader: Reading, query: Query) -> HTMLResponse:
    """Show what is found."""
    text = single_values(query, ("q",)).get("q", "")[:LONGEST]
    models = reader.site.directory.search(text, MODELS)
    return render(
        reader,
        "search.html",
        text=text,
        groups=found_groups(reader, text) if text else {},
        models=[
            [
                Choice(row["model_id"], reader.model(row["model_id"])),
                row["hub"],
                Choice(row["developer"], reader.group("developer", row["developer"])),
            ]
            for row in models
        ],
    )


def found_groups(reader: Reader, text: str) -> dict[str, list[Choice]]:
    """Return developers, families, countries and claims in which all words of a text begin one."""
    site = reader.site
    offered = {
        "Developers": [
            (row["name"], f"{row['name']} {slug}", reader.link(f"/developers/{slug}"))
            for slug, row in site.developers.items()
            if site.has_page(slug)
        ],
        "Families": [
            (row["family_name"], f"{row['family_name']} {slug}",
             reader.link("/figures/series", subjects=slug, by="family"))
            for slug, row in site.families.items()
        ],
        "Countries": [
            (name, f"{name} {code}", reader.link(f"/countries/{code}"))
            for code, name in site.countries.items()
        ],
        "Claims": [
            (f"{row['quantity']}: {row['source']}",
             f"{row['quantity']} {row['source']} {row['claim_id']}",
             reader.link(f"/claims/{row['claim_id']}"))
            for row in site.registers.usable("claims")
        ],
    }  # fmt: skip
    wanted = _words(text)
    return {
        kind: [Choice(name, to) for name, words, to in rows if _fits(wanted, words)][:OTHERS]
        for kind, rows in offered.items()
    }


def _fits(wanted: list[str], text: str) -> bool:
    words = _words(text)
    return bool(wanted) and all(any(w.startswith(one) for w in words) for one in wanted)


def _words(text: str) -> list[str]:
    return [w for w in re.split(r"[\W_]+", text.casefold()) if w]
