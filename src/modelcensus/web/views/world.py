"""The wider world: adoption records, positions, events and capability readings, each a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from modelcensus.errors import UnknownName
from modelcensus.publish.world_lists import (
    FORMATS,
    Listing,
    adoption_listing,
    event_listing,
    position_listing,
    reading_listing,
)
from modelcensus.registers.load import Registers
from modelcensus.registers.world import (
    EVENT_KINDS,
    HOW,
    READING_KINDS,
    STANCES,
    STATUSES,
    WHO_TYPES,
)
from modelcensus.registers.world_questions import (
    AdoptionQuestion,
    find_adoptions,
    find_events,
    find_positions,
    find_readings,
)
from modelcensus.registers.world_records import AdoptionRecord
from modelcensus.web.asking import Missing, ask
from modelcensus.web.cards import Card, Choice
from modelcensus.web.drawn_records import off_the_map, tile_map, timeline, undated_steps
from modelcensus.web.linking import Reader
from modelcensus.web.reading import Query, Reading, single_values
from modelcensus.web.templating import render
from modelcensus.web.views.subjects import card_of

router = APIRouter(include_in_schema=False)

MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "plain": "text/plain; charset=utf-8",
}
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Room:
    """A list of the wider world.

    Attributes:
        filters: parameter -> values that are offered; none: a value is typed.
        find: the list that values ask for.
        command: the same on the command line, without its options.
        identity: column that names a row; rows of one record stand together under it.
    """

    name: str
    heading: str
    lead: str
    filters: Mapping[str, tuple[str, ...]]
    find: Callable[[Registers, Values], Listing]
    command: str
    identity: str


def _adoptions(registers: Registers, values: Values) -> tuple[AdoptionRecord, ...]:
    return find_adoptions(registers, AdoptionQuestion(**values))


ROOMS = {
    room.name: room
    for room in (
        Room(
            "adoption",
            "Which states and companies use what?",
            "Records found by a written search, each dated, graded and linked to its source: who "
            "builds on, ships, hosts, recommends or restricts which family. What was not found is "
            "not absent, and a list by date is no curve of adoption.",
            {"how": HOW, "kind": WHO_TYPES, "status": STATUSES, "family": (), "country": (),
             "body": (), "model": (), "as_of": ()},
            lambda registers, values: adoption_listing(_adoptions(registers, values)),
            "census adoption list",
            "record_id",
        ),
        Room(
            "positions",
            "What do states say about open weights?",
            "What states and international bodies say in which document. Listed, never scored: "
            "bills, speeches and laws are not of one weight.",
            {"stance": STANCES, "state": (), "period": ()},
            lambda registers, values: position_listing(find_positions(registers, **values)),
            "census positions list",
            "position_id",
        ),
        Room(
            "events",
            "What happened, and when?",
            "Releases, licence changes, export controls, restrictions, programmes and reports, to "
            "stand beside series. An event beside a line is not its cause.",
            {"kind": EVENT_KINDS, "family": (), "developer": (), "country": (), "period": ()},
            lambda registers, values: event_listing(find_events(registers, **values)),
            "census events list",
            "event_id",
        ),
        Room(
            "capability",
            "How far are open models behind closed ones?",
            "Published readings of capability indices, each with its source. No index is mixed "
            "with another, and no frontier is drawn from what these data do not hold.",
            {"weights": READING_KINDS, "country": (), "index": (), "period": ()},
            lambda registers, values: reading_listing(find_readings(registers, **values)),
            "census readings list",
            "reading_id",
        ),
    )
}  # fmt: skip


def _asked(room: Room, query: list[tuple[str, str]]) -> dict[str, str]:
    return single_values(query, tuple(room.filters))


def _page(room: Room, reader: Reader, query: list[tuple[str, str]]) -> HTMLResponse:
    values = _asked(room, query)
    listing = room.find(reader.site.registers, values)
    path = f"/{room.name}"
    return render(
        reader,
        "world.html",
        room=room,
        listing=listing,
        values=values,
        choices=[
            (name, [_choice(reader, path, values, name, word) for word in ("", *words)])
            for name, words in room.filters.items()
            if words
        ],
        typed=[name for name, words in room.filters.items() if not words],
        rows=_rows(reader, room, listing),
        columns=[*listing.drawn, "source"],
        downloads=[Choice(f, reader.link(f"{path}.{f}", **values)) for f in FORMATS],
        command=_command(room, values),
        beside=_beside(room, reader, values),
        cards=_cards(room, reader),
    )


def _choice(reader: Reader, path: str, values: Values, name: str, word: str) -> Choice:
    address = reader.link(path, **{**values, name: word})
    return Choice(word or "all", address, values.get(name, "") == word)


def _rows(reader: Reader, room: Room, listing: Listing) -> list[tuple[str, list[Choice]]]:
    """Return the id of each row's record, once, and its cells; the last one is the source."""
    found, before = [], ""
    for row in listing.rows:
        cells = [Choice(row[name], _place(reader, name, row[name])) for name in listing.drawn]
        url = row["evidence_url"]
        cells.append(Choice(row["publisher"], url if url.startswith("https://") else ""))
        identity = row[room.identity]
        found.append((identity if identity != before else "", cells))
        before = identity
    return found


def _place(reader: Reader, name: str, value: str) -> str:
    if name in ("country", "state"):
        return reader.group("country", value)
    return reader.group("developer", value) if name == "developer" else ""


def _command(room: Room, values: Values) -> str:
    import shlex

    words = shlex.split(room.command)
    for name, value in values.items():
        words += [f"--{name.replace('_', '-')}", value]
    return shlex.join(words)


def _beside(room: Room, reader: Reader, values: Values) -> dict[str, Any]:
    """Return the pictures of adoption records; other lists have none."""
    if room.name != "adoption":
        return {}
    records = [r for r in _adoptions(reader.site.registers, values) if r.history]
    return {
        "map": tile_map(
            records, lambda code: reader.link("/adoption", **{**values, "country": code})
        ),
        "off": off_the_map(records),
        "timeline": timeline(records),
        "undated": undated_steps(records),
    }


def _cards(room: Room, reader: Reader) -> list[Card | Missing]:
    if room.name != "capability":
        return []
    return [card_of(reader, ask(reader.site, "capability"))]


def _exported(room: Room, reader: Reader, ending: str, query: list[tuple[str, str]]) -> Response:
    if ending not in FORMATS:
        raise UnknownName("form of a list", ending, list(FORMATS))
    listing = room.find(reader.site.registers, _asked(room, query))
    return Response(
        FORMATS[ending](listing),
        media_type=MEDIA_TYPES[ending],
        headers={"Content-Disposition": f'inline; filename="{room.name}.{ending}"'},
    )


def _shown(room: Room) -> Callable[..., Response]:
    def page(reader: Reading, query: Query) -> Response:
        return _page(room, reader, query)

    return page


def _left(room: Room) -> Callable[..., Response]:
    def exported(ending: str, reader: Reading, query: Query) -> Response:
        return _exported(room, reader, ending, query)

    return exported


for _room in ROOMS.values():
    router.add_api_route(f"/{_room.name}", _shown(_room), name=_room.name)
    router.add_api_route(f"/{_room.name}.{{ending}}", _left(_room), name=f"{_room.name} as a file")
