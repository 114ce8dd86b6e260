"""The API: the same figures, models and claims as JSON, and a page made from its schema."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi import Path as PathPart
from fastapi.responses import HTMLResponse, JSONResponse, Response

from modelcensus.claims.published import find_claim, read_claims
from modelcensus.contracts.measure import PARAMETERS, Measure
from modelcensus.contracts.registry import MEASURES
from modelcensus.contracts.vet_contract import MEASURES as VET_MEASURES
from modelcensus.publish.claim_files import claim_to_json, flat_row
from modelcensus.publish.formats import to_json
from modelcensus.publish.passport import passport_json
from modelcensus.publish.vet_faces import WORDS
from modelcensus.publish.world_lists import to_json as list_to_json
from modelcensus.releases.directory import SORTS
from modelcensus.releases.directory_tables import FACETS
from modelcensus.releases.frame_order import frames_in_order
from modelcensus.web.questions import check_depth, one_of, read_question
from modelcensus.web.reading import Query as Pairs
from modelcensus.web.reading import Reading, single_values
from modelcensus.web.standing import standing_of
from modelcensus.web.templating import render
from modelcensus.web.vet_questions import read_vet_question
from modelcensus.web.views.claims import chosen_claims
from modelcensus.web.views.search import found_groups
from modelcensus.web.views.world import ROOMS, Room

router = APIRouter()
V1 = "/api/v1"

Limit = Annotated[int, Query(ge=1, le=500, description="rows of a page")]
Number = Annotated[int, Query(ge=1, le=1_000_000, description="page, from 1")]
Text = Annotated[str, Query(max_length=200)]
Name = Annotated[str, PathPart(max_length=300, description="exactly as written")]

REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": words,
        "content": {
            "application/json": {
                "example": {
                    "error": {"status": status, "kind": kind, "what": "", "where": "", "next": ""}
                }
            }
        },
    }
    for status, kind, words in (
        (400, "ContractError", "the question means nothing, or these data cannot carry it"),
        (404, "UnknownName", "no such name; the nearest ones are given"),
        (409, "QualityError", "the data are not good enough for it"),
        (413, "LimitExceeded", "more than the limits allow"),
        (414, "SettingsError", "the address is longer than is read"),
        (503, "Busy", "too many ask at once; Retry-After says when to ask again"),
    )
}


@router.get("/api", include_in_schema=False)
def about(request: Request, reader: Reading) -> HTMLResponse:
    """Show the API, from its own schema."""
    return render(reader, "api.html", schema=request.app.openapi())


@router.get(f"{V1}/openapi.json", include_in_schema=False)
def schema(request: Request) -> JSONResponse:
    """Return the schema."""
    return JSONResponse(request.app.openapi())


@router.get(f"{V1}/measures", responses=REFUSALS)
def measures(reader: Reading) -> JSONResponse:
    """List the measures with their parameters and standard values."""
    rows = [
        {
            "measure": m.name,
            "version": m.version,
            "summary": m.summary,
            "parameters": list(m.parameters),
            "defaults": m.defaults,
            "subjects": list(m.subjects),
        }
        for m in MEASURES.values()
    ]
    return JSONResponse({"release": reader.site.name, "rows": rows})


def _figure_of(measure: Measure) -> Callable[..., Response]:
    """Return the function behind a measure's address, with the parameters of its registry row."""

    def answer(request: Request, reader: Reading, query: Pairs, **values: Any) -> Response:
        contract, _ = read_question(measure, [p for p in query if p[0] != "theme"])
        return Response(to_json(reader.site.figure(contract)), media_type="application/json")

    own = [p for p in inspect.signature(answer).parameters.values() if p.name != "values"]
    made = (
        [_parameter("subjects", list[str], "groups it is about", [])] if measure.subjects[1] else []
    )
    made += [_parameter(n, str, PARAMETERS[n].description, "") for n in measure.parameters]
    names = {p.name: p.annotation for p in (*own, *made)}
    names |= {"request": Request, "reader": Reading, "query": Pairs}
    answer.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [p.replace(annotation=names[p.name]) for p in (*own, *made)]
    )
    answer.__annotations__ = names
    answer.__doc__ = f"{measure.summary}."
    return answer


def _parameter(name: str, kind: Any, words: str, default: Any) -> inspect.Parameter:
    limited = Query(max_length=200 if kind is str else 20, description=words)
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, limited]
    )


for _measure in MEASURES.values():
    router.add_api_route(
        f"{V1}/figures/{_measure.name}",
        _figure_of(_measure),
        methods=["GET"],
        name=_measure.name,
        responses=REFUSALS,
        response_class=JSONResponse,
    )


def _security_of(measure: str) -> Callable[..., Response]:
    """Return the function behind an address of security tests."""

    def answer(
        reader: Reading,
        query: Pairs,
        models: Annotated[list[str], Query(max_length=20)] = [],  # noqa: B006
        reference: Text = "",
        engine: Text = "",
        attack: Text = "",
        benchmark_version: Text = "",
        grid: Text = "",
        counting: Text = "default",
        verdict: Text = "completed",
        budget: Text = "1",
        allow_version_mix: Text = "no",
        allow_partial: Text = "no",
    ) -> Response:
        contract = read_vet_question(measure, query)
        return Response(to_json(reader.site.security(contract)), media_type="application/json")

    answer.__doc__ = f"{VET_MEASURES[measure].description.capitalize()}."
    return answer


for _word, _name in WORDS.items():
    router.add_api_route(
        f"{V1}/security/{_word}",
        _security_of(_name),
        methods=["GET"],
        name=_name,
        responses=REFUSALS,
        response_class=JSONResponse,
    )


def _list_of(room: Room) -> Callable[..., Response]:
    """Return the function behind the address of a list of the wider world."""

    def answer(reader: Reading, query: Pairs, **values: str) -> Response:
        asked = single_values(query, tuple(room.filters))
        listing = room.find(reader.site.registers, asked)
        return Response(list_to_json(listing), media_type="application/json")

    own = [p for p in inspect.signature(answer).parameters.values() if p.name != "values"]
    made = [_parameter(n, str, ", ".join(words) or n, "") for n, words in room.filters.items()]
    names = {p.name: p.annotation for p in made} | {"reader": Reading, "query": Pairs}
    answer.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [p.replace(annotation=names[p.name]) for p in (*own, *made)]
    )
    answer.__annotations__ = names
    answer.__doc__ = room.heading
    return answer


for _room in ROOMS.values():
    router.add_api_route(
        f"{V1}/{_room.name}",
        _list_of(_room),
        methods=["GET"],
        name=_room.name,
        responses=REFUSALS,
        response_class=JSONResponse,
    )


@router.get(f"{V1}/models", responses=REFUSALS)
def models(
    reader: Reading,
    query: Pairs,
    frame: Text = "",
    sort: Text = "value",
    order: Text = "falling",
    page: Number = 1,
    limit: Limit = 50,
    country: Text = "",
    developer: Text = "",
    developer_type: Text = "",
    family: Text = "",
    licence_class: Text = "",
    size_class: Text = "",
    pipeline_tag: Text = "",
    library: Text = "",
    is_removed: Text = "",
) -> JSONResponse:
    """List the models of a frame at its last snapshot, filtered, sorted, page by page."""
    site = reader.site
    values = dict(query)
    filters = {name: values[name] for name in FACETS if values.get(name)}
    one_of("sort", sort, SORTS)
    check_depth(page, limit, site.settings)
    chosen = frame or frames_in_order(site.release)[0]
    found = site.directory.listing(
        chosen,
        filters,
        sort=sort,
        is_rising=one_of("order", order, ("rising", "falling")) == "rising",
        offset=(page - 1) * limit,
        limit=limit,
    )
    more = page * limit < found.total
    state = {**values, "page": str(page + 1)}
    return JSONResponse(
        {
            "release": site.name,
            "frame": site.directory.frame(chosen),
            "total": found.total,
            "rows": found.rows,
            "page": page,
            "limit": limit,
            "next": reader.link(f"{V1}/models", **state) if more else None,
        }
    )


@router.get(V1 + "/models/{model_id:path}", responses=REFUSALS)
def model(model_id: Name, reader: Reading, hub: Text = "") -> Response:
    """Return the passport of a model, by a present or former name."""
    return Response(
        passport_json(reader.site.passport(model_id, hub)), media_type="application/json"
    )


@router.get(f"{V1}/claims", responses=REFUSALS)
def claims(reader: Reading, verdict: Text = "", statement: Text = "") -> JSONResponse:
    """List published claims with their verdicts."""
    found = chosen_claims(reader, {"verdict": verdict, "statement": statement})
    return JSONResponse({"release": reader.site.name, "rows": [flat_row(r) for r in found]})


@router.get(V1 + "/claims/{claim}", responses=REFUSALS)
def claim(claim: Name, reader: Reading) -> Response:
    """Return one claim in full, with the figure behind it."""
    known = find_claim(read_claims(reader.site.registers), claim)
    result = next(r for r in reader.site.ledger() if r.claim.id == known.id)
    return Response(claim_to_json(result), media_type="application/json")


@router.get(f"{V1}/search", responses=REFUSALS)
def search(
    reader: Reading, q: Text, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> JSONResponse:
    """Find models, developers, families, countries and claims by the beginnings of words."""
    groups = found_groups(reader, q)
    return JSONResponse(
        {
            "release": reader.site.name,
            "models": reader.site.directory.search(q, limit),
            "groups": {k: [vars(c) for c in v] for k, v in groups.items()},
        }
    )


@router.get(f"{V1}/status", responses=REFUSALS)
def status(reader: Reading) -> JSONResponse:
    """Return what the release sees and how fresh it is."""
    return JSONResponse(
        {
            "release": reader.site.name,
            "state": "" if reader.is_pinned else reader.site.freshness(),
            "frames": standing_of(reader.site, is_pinned=reader.is_pinned),
        }
    )
