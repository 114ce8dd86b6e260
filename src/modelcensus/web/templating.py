"""Templates: escaped always, strict about what is missing, with few words of their own."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from modelcensus.contracts.figure import percent, show
from modelcensus.publish.foreign_text import visible
from modelcensus.version import VERSION
from modelcensus.web.linking import Reader

NAVIGATION = (
    ("/article", "Article"),
    ("/countries", "Countries"),
    ("/families", "Families"),
    ("/developers", "Developers"),
    ("/models", "Models"),
    ("/shortlist", "Shortlist"),
    ("/lineage", "Lineage"),
    ("/licences", "Licences"),
    ("/security", "Security tests"),
    ("/adoption", "Adoption"),
    ("/claims", "Claims"),
    ("/figures", "All figures"),
    ("/data", "Data"),
)

FRESHNESS_WORDS = {
    "dated": "imported data, dated; nothing here ages",
    "fresh": "collected data, up to date",
    "amber": "collected data are older than planned",
    "red": "collected data are stale; the last values keep their date",
}


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("modelcensus.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["percent"] = percent
    made.filters["cell"] = lambda value: visible(show(value))
    made.filters["seen"] = lambda text: visible(str(text))
    made.filters["part"] = lambda text: quote(str(text), safe="")
    made.filters["day"] = day
    made.filters["upfirst"] = lambda text: text[:1].upper() + text[1:]
    made.globals["NAVIGATION"] = NAVIGATION
    made.globals["VERSION"] = VERSION
    made.globals["FRESHNESS_WORDS"] = FRESHNESS_WORDS
    return made


def day(text: str) -> str:
    """Return a date as pages write it: 7 Sep 2025; what is none stays as it is."""
    try:
        found = date.fromisoformat(str(text)[:10])
    except ValueError:
        return str(text)
    return f"{found.day} {found:%b %Y}"


ENVIRONMENT = _environment()


def render(reader: Reader, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
    """Return a page."""
    text = ENVIRONMENT.get_template(template).render(
        reader=reader, link=reader.link, site=reader.site, **values
    )
    return HTMLResponse(text, status)
