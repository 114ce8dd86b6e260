"""Models: a table with facets, and the passport of each model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from modelcensus.passports.bom import model_bom
from modelcensus.passports.lineage_graph import Reach, read_graphs
from modelcensus.passports.passport import Passport
from modelcensus.publish.passport import passport_json, passport_markdown
from modelcensus.publish.passport_text import gap_section, passport_sections, source_section
from modelcensus.releases.directory import SORTS
from modelcensus.releases.directory_tables import FACETS
from modelcensus.releases.frame_order import frames_in_order
from modelcensus.web.cards import Choice
from modelcensus.web.drawn_lineage import linked_svg
from modelcensus.web.linking import Reader
from modelcensus.web.questions import Page, check_depth, one_of, whole_number
from modelcensus.web.reading import Query, Reading, single_values
from modelcensus.web.templating import render

router = APIRouter(include_in_schema=False)

COLUMNS = (
    ("model_id", "model"),
    ("value", "count"),
    ("developer", "developer"),
    ("country", "country"),
    ("family", "family"),
    ("licence_class", "licence"),
    ("size_class", "size"),
    ("pipeline_tag", "task"),
)
FACET_NAMES = {
    "country": "Country of the developer",
    "developer_type": "Developer type",
    "developer": "Developer",
    "family": "Family",
    "licence_class": "Licence class",
    "size_class": "Size",
    "pipeline_tag": "Task",
    "library": "Library",
    "is_removed": "State",
}
LIST_NAMES = ("frame", "sort", "order", "page", *FACETS)
FORMATS = ("json", "md", "cyclonedx")
DRAWN_STEPS = Reach(None, 1)


@router.get("/models")
def models(reader: Reading, query: Query) -> HTMLResponse:
    """Show the models of a frame: filtered, sorted, page by page; all of it is in the address."""
    values = single_values(query, LIST_NAMES)
    directory, settings = reader.site.directory, reader.site.settings
    frame = directory.frame(values.get("frame") or frames_in_order(reader.site.release)[0])
    filters = {name: values[name] for name in FACETS if name in values}
    sort = one_of("sort", values.get("sort", "value"), SORTS)
    order = one_of("order", values.get("order", _usual(sort)), ("rising", "falling"))
    number = whole_number("page", values.get("page", "1"), 1, 10**6)
    size = int(settings.web_page_rows)
    check_depth(number, size, settings)
    listing = directory.listing(
        frame["frame"],
        filters,
        sort=sort,
        is_rising=order == "rising",
        offset=(number - 1) * size,
        limit=size,
    )
    page = Page(number, size, listing.total)
    state = {**values, "frame": frame["frame"]}
    state.pop("page", None)
    return render(
        reader,
        "models.html",
        frame=frame,
        frames=[
            Choice(f, reader.link("/models", frame=f), f == frame["frame"])
            for f in frames_in_order(reader.site.release)
        ],
        listing=listing,
        page=page,
        turned=_turned(reader, state, page),
        facets=_facets(reader, frame["frame"], filters, state),
        chosen=[
            Choice(f"{FACET_NAMES[k]}: {v}", reader.link("/models", **_without(state, k)))
            for k, v in filters.items()
        ],
        columns=_columns(reader, state, sort, order, frame["metric"]),
        rows=[_row(reader, row) for row in listing.rows],
    )


def _usual(sort: str) -> str:
    return "falling" if sort in ("value", "created_on") else "rising"


def _without(state: Mapping[str, str], name: str) -> dict[str, str]:
    return {k: v for k, v in state.items() if k != name}


def _turned(reader: Reader, state: Mapping[str, str], page: Page) -> list[Choice]:
    around = (("previous", page.number - 1), ("next", page.number + 1))
    return [
        Choice(name, reader.link("/models", **state, page=number if number > 1 else ""))
        for name, number in around
        if 1 <= number <= page.last
    ]


def _columns(
    reader: Reader, state: Mapping[str, str], sort: str, order: str, metric: str
) -> list[tuple[str, str, str]]:
    """Return name, address that sorts by it, and how it is sorted now, of each column."""
    found = []
    for name, words in COLUMNS:
        turned = "falling" if (order == "rising") == (name == sort) else "rising"
        usual = turned if name == sort else _usual(name)
        address = reader.link("/models", **{**state, "sort": name, "order": usual})
        is_sorted = {"rising": "ascending", "falling": "descending"}[order] if name == sort else ""
        shown = metric.replace("_", " ") if name == "value" and metric else words
        found.append((shown, address, is_sorted))
    return found


def _row(reader: Reader, row: Mapping[str, Any]) -> list[Choice]:
    """Return the cells of a model, in the order of COLUMNS."""
    texts = {name: str(row[name]) for name, _ in COLUMNS}
    texts["value"] = "unknown" if row["value"] is None else f"{row['value']:,}"
    links = {
        "model_id": reader.model(row["model_id"]),
        "developer": reader.group("developer", row["developer"]),
        "country": reader.group("country", row["country"]),
    }
    return [Choice(texts[name], links.get(name, "")) for name, _ in COLUMNS]


def _facets(
    reader: Reader, frame: str, filters: Mapping[str, str], state: Mapping[str, str]
) -> list[tuple[str, list[tuple[Choice, int]]]]:
    found = []
    for name, values in reader.site.directory.facets(frame, filters).items():
        choices = [
            (
                Choice(
                    value,
                    reader.link(
                        "/models",
                        **(_without(state, name) if filters.get(name) == value
                           else {**state, name: value}),
                    ),
                    filters.get(name) == value,
                ),
                count,
            )
            for value, count in values
        ]  # fmt: skip
        found.append((FACET_NAMES[name], choices))
    return found


@router.get("/models/{model_id:path}")
def passport(model_id: str, reader: Reading, query: Query) -> Response:
    """Show a model's passport; a former name leads to the present one."""
    values = single_values(query, ("hub", "format"))
    found = reader.site.passport(model_id, values.get("hub", ""))
    if found.model_id != model_id:
        address = reader.model(found.model_id)
        return RedirectResponse(address + (f"?hub={found.hub}" if "hub" in values else ""), 308)
    if "format" in values:
        return _written(found, one_of("format", values["format"], FORMATS))
    gaps = gap_section(found)
    return render(
        reader,
        "passport.html",
        passport=found,
        alarms=[line for line in gaps.lines if line.label in ("removed", "attention")],
        gaps=gaps,
        sections=passport_sections(found),
        sources=source_section(found),
        drawings=drawings(reader, found, DRAWN_STEPS),
        forms=[
            Choice(name, reader.link(f"{_plain(reader, found)}?format={name}")) for name in FORMATS
        ],
        country=_country(reader, found),
    )


def _plain(reader: Reader, found: Passport) -> str:
    return reader.model(found.model_id).partition("?")[0].removeprefix(reader.base)


def _country(reader: Reader, found: Passport) -> list[Choice]:
    """Return links to the developer and the country, where they have pages."""
    owner = found.owner("developer")
    if owner is None:
        return []
    pairs = (
        (owner.name, reader.group("developer", owner.developer)),
        (reader.site.countries.get(owner.country, ""), reader.group("country", owner.country)),
    )
    return [Choice(name, address) for name, address in pairs if address]


def drawings(reader: Reader, found: Passport, reach: Reach) -> list[tuple[str, object]]:
    """Return the drawn lineage in each frame that tells of it."""
    graphs = read_graphs(
        reader.site.lookup, found.model_id, reach, hub=found.hub, settings=reader.site.settings
    )
    return [
        (graph.frame, linked_svg(graph, reader.model, place))
        for place, graph in enumerate(graphs)
        if graph.frame and len(graph.members) > 1
    ]


def _written(found: Passport, form: str) -> Response:
    if form == "json":
        content, media_type, ending = passport_json(found), "application/json", "json"
    elif form == "md":
        content, media_type, ending = passport_markdown(found), "text/markdown", "md"
    else:
        content, ending = model_bom([found]), "cdx.json"
        media_type = "application/vnd.cyclonedx+json; version=1.6"
    name = re.sub(r"[^A-Za-z0-9._-]", "-", found.model_id)
    return Response(
        content,
        media_type=media_type,
        headers={"Content-Disposition": f'inline; filename="{name}.{ending}"'},
    )
