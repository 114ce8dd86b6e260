"""Figures: a page for every measure, its tables and pictures, and embeds."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure
from modelcensus.contracts.measure import Measure
from modelcensus.contracts.registry import MEASURES, get_measure
from modelcensus.errors import Busy, CensusError, ContractError, SettingsError, UnknownName
from modelcensus.publish.exports import export, file_name, get_export
from modelcensus.publish.faces import as_query
from modelcensus.releases.frame_order import frames_in_order
from modelcensus.web.asking import first_question
from modelcensus.web.cards import Card, Choice, make_card
from modelcensus.web.forms import groups_of, make_form
from modelcensus.web.linking import Reader
from modelcensus.web.questions import View, export_names, picture_width, read_question
from modelcensus.web.reading import Query, Reading, single_values
from modelcensus.web.refusals import status_of
from modelcensus.web.templating import render

router = APIRouter(include_in_schema=False)

SPEC = "spec"
"""The ending of a chart as Vega-Lite, for the script that makes charts live."""


@router.get("/figures")
def all_figures(reader: Reading, query: Query) -> HTMLResponse:
    """List every measure with what it answers."""
    single_values(query, ())
    return render(reader, "figures.html", measures=list(MEASURES.values()))


@router.get("/figures/{name}")
def figure(name: str, reader: Reading, query: Query) -> Response:
    """Show a figure, or leave it in the form that the ending names."""
    measure_name, dot, ending = name.partition(".")
    measure = get_measure(measure_name)
    if dot:
        return _exported(reader, measure, ending, query)
    if all(key == "theme" for key, _ in query):
        return _first(reader, measure)
    if any(not text for _, text in query):
        return _tidied(reader, measure, query)
    return _page(reader, measure, query)


def _first(reader: Reader, measure: Measure) -> Response:
    """Lead to the question that a measure opens with; say what is missing where none is answered.

    That the data of a release do not reach is no mistake of who asks.
    """
    try:
        asked = first_question(reader.site, measure.name)
    except Busy:
        raise
    except CensusError as error:
        return _shown(reader, measure, None, View(theme=reader.theme), None, [], error, 200)
    if not as_query(asked):
        # a question that is all defaults has no other address
        return _page(reader, measure, [])
    address = reader.link(f"/figures/{measure.name}?{as_query(asked)}")
    return RedirectResponse(address, status_code=303)


@router.get("/embed/figures/{name}")
def embedded(name: str, reader: Reading, query: Query) -> HTMLResponse:
    """Show a figure alone, for other sites to frame."""
    contract, view = read_question(get_measure(name), query)
    card = make_card(reader, reader.site.figure(contract), view.turned(tab="chart"))
    return render(reader, "embed.html", card=card)


def _tidied(reader: Reader, measure: Measure, query: list[tuple[str, str]]) -> Response:
    """Lead from what a form sends, empty fields included, to the short address of the same."""
    try:
        contract, view = read_question(measure, query)
    except CensusError:
        return _page(reader, measure, query)
    more = {k: v for k, v in view.stated().items() if k != "theme"}
    address = f"/figures/{measure.name}?{as_query(contract, **more)}"
    return RedirectResponse(reader.link(address), status_code=303)


def _page(reader: Reader, measure: Measure, query: list[tuple[str, str]]) -> HTMLResponse:
    """Return the page of a figure; a question that cannot be answered keeps its form."""
    contract, view, card = None, View(theme=reader.theme), None
    groups: list[tuple[str, str]] = []
    refusal: CensusError | None = None
    try:
        contract, view = read_question(measure, query)
        found = reader.site.figure(contract)
        card = make_card(reader, found, view)
        groups = groups_of(_whole(reader, contract) or found)
    except Busy:
        raise
    except (ContractError, SettingsError, UnknownName) as error:
        refusal = error
    status = status_of(refusal) if refusal else 200
    return _shown(reader, measure, contract, view, card, groups, refusal, status)


def _shown(
    reader: Reader,
    measure: Measure,
    contract: Contract | None,
    view: View,
    card: Card | None,
    groups: list[tuple[str, str]],
    refusal: CensusError | None,
    status: int,
) -> HTMLResponse:
    return render(
        reader,
        "figure.html",
        status,
        measure=measure,
        contract=contract,
        card=card,
        view=view,
        refusal=refusal,
        frames=_frame_choices(reader, contract) if refusal else (),
        form=make_form(reader.site, measure, contract, groups),
    )


def _whole(reader: Reader, contract: Contract) -> Figure | None:
    """Return the same figure about all groups, so that those left out can be ticked again."""
    if not contract.subjects or get_measure(contract.measure).subjects[0]:
        return None
    try:
        return reader.site.figure(contract.with_values(subjects=(), denominator="all"))
    except Busy:
        raise
    except CensusError:
        return None


def _frame_choices(reader: Reader, contract: Contract | None) -> tuple[Choice, ...]:
    """Return the same question in each frame, where it named none."""
    if contract is None or contract.frame or "frame" not in MEASURES[contract.measure].parameters:
        return ()
    return tuple(
        Choice(frame, reader.link(
            f"/figures/{contract.measure}?{as_query(contract.with_values(frame=frame))}"))
        for frame in frames_in_order(reader.site.release)
    )  # fmt: skip


def _exported(
    reader: Reader, measure: Measure, ending: str, query: list[tuple[str, str]]
) -> Response:
    if ending not in (SPEC, *export_names()):
        raise UnknownName("form of a figure", ending, [*export_names()])
    contract, view = read_question(measure, query)
    found = reader.site.figure(contract)
    if ending == SPEC or get_export(ending).is_picture:
        return _picture(reader, contract, view, ending)
    content, media_type, saved_as = export(found, ending)
    return _file(content, media_type, saved_as)


def _picture(reader: Reader, contract: Contract, view: View, ending: str) -> Response:
    site = reader.site
    found = site.figure(contract)
    address = reader.outside(f"/r/{found.release}/figures/{contract.measure}")
    drawn = site.draw(
        found,
        view.chart,
        format=ending,
        width=picture_width(view, site.settings),
        scheme=view.theme or "light",
        is_titled=view.titled,
        public_url=f"{address}?{as_query(contract)}" if site.settings.public_url else "",
    )
    if ending == SPEC:
        return Response(drawn.content, media_type="application/json")
    name = file_name(found, get_export(ending), {"kind": drawn.kind})
    return _file(drawn.content, get_export(ending).media_type, name)


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(
        content,
        media_type=media_type,
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )


@router.get("/{word}")
def short(word: str, reader: Reading) -> Response:
    """Lead from `/share` and `/shares` to the figure, so that addresses can be guessed."""
    for name in (word, word.removesuffix("s")):
        if name in MEASURES:
            query = f"?{reader.query}" if reader.query else ""
            return RedirectResponse(f"{reader.base}/figures/{name}{query}", status_code=308)
    raise UnknownName("page", word, [])
