"""Lineage: what is built on what, over all models and around one."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from modelcensus.passports.lineage_graph import Reach, read_graphs
from modelcensus.publish.exports import LINEAGE_EXPORTS, export_lineage
from modelcensus.web.asking import ask
from modelcensus.web.questions import whole_number
from modelcensus.web.reading import Query, Reading, single_values
from modelcensus.web.templating import render
from modelcensus.web.views.models import drawings
from modelcensus.web.views.subjects import card_of

router = APIRouter(include_in_schema=False)

STEPS = (1, 2, 3)


@router.get("/lineage")
def lineage(reader: Reading, query: Query) -> HTMLResponse:
    """Show what new models stand on."""
    single_values(query, ())
    site = reader.site
    built = ask(site, "derivatives", by="country")
    cards = [
        card_of(reader, built),
        card_of(reader, built, "readings"),
        card_of(reader, ask(site, "matrix", by="country"), "matrix"),
        card_of(reader, ask(site, "derivatives", by="family")),
        card_of(reader, ask(site, "edges")),
        card_of(reader, ask(site, "drift")),
    ]
    return render(reader, "lineage.html", cards=cards)


@router.get("/lineage/{model_id:path}")
def of_model(model_id: str, reader: Reading, query: Query) -> Response:
    """Show the lineage of one model, as many steps down as asked."""
    values = single_values(query, ("hub", "down", "format"))
    down = whole_number("down", values.get("down", "2"), 0, STEPS[-1])
    found = reader.site.passport(model_id, values.get("hub", ""))
    if values.get("format"):
        graphs = read_graphs(
            reader.site.lookup, found.model_id, Reach(None, down), hub=found.hub,
            settings=reader.site.settings,
        )  # fmt: skip
        content, media_type, name = export_lineage(found, graphs, values["format"])
        saved_as = {"Content-Disposition": f'inline; filename="{name}"'}
        return Response(content, media_type=media_type, headers=saved_as)
    return render(
        reader,
        "lineage_of.html",
        passport=found,
        drawings=drawings(reader, found, Reach(None, down)),
        down=down,
        steps=STEPS,
        formats=tuple(LINEAGE_EXPORTS),
    )
