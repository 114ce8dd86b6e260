"""Registers of the wider world: adoption records, positions, events, capability readings.

Their rows are facts that somebody published, so each says who published it, how it was read, and
what a second text says. How these cells hang together is in `world_rows`; when a row may be
counted at all, in `two_sources`.
"""

from __future__ import annotations

from modelcensus.registers.cells import (
    SLUG,
    URL,
    a_day,
    a_number,
    a_re_reading,
    a_stated_number,
    an_age_of_a_page,
    figures_cell,
    one_of,
)
from modelcensus.registers.register import EVIDENCE_CHECKS, EVIDENCE_REQUIRED, Register

WHO_TYPES = ("state", "public body", "research body", "company", "product")
HOW = (
    "builds flagship on",
    "ships",
    "hosts",
    "fine-tunes",
    "uses",
    "recommends",
    "restricts",
    "acquired a user of",
)
OBJECTS = ("weights", "API", "app", "device use", "procurement")
STATUSES = ("announced", "in use", "in force", "contested", "closed", "reversed")
"""`in force` is the word for a restriction where `in use` is that for an adoption."""
KNOWN_TO = ("day", "month", "by")
"""How well a date is known; `by`: the state held on that day, and its start is not known."""
GRADES = ("A", "B", "C")
RELATIONS = ("independent", "same report", "same publisher", "not judged")
STANDINGS = ("counts", "waits")
STANCES = ("supports", "limits", "unstated")
EVENT_KINDS = (
    "release",
    "licence change",
    "export control",
    "restriction",
    "national programme",
    "report",
    "outage",
    "other",
)
READING_KINDS = ("open", "closed", "gap")
LEADERS = ("open", "closed", "CN", "US", "neither")

UNKNOWN, NONE = "unknown", "none"
"""`none`: trained from scratch, so that there is no base."""

_SECOND = ("second_url", "second_publisher", "second_relation", "second_figures")
_PUBLISHED = ("evidence_url", "publisher", "paraphrase", "seen", "seen_on", "grade", "confidence")
_KEPT = ("standing", "reread", "note")
_REQUIRED = (*EVIDENCE_REQUIRED, "publisher", "grade", "standing")
_CHECKS = {
    **EVIDENCE_CHECKS,
    "grade": one_of(*GRADES),
    "second_url": URL,
    "second_relation": one_of(*RELATIONS),
    "second_figures": figures_cell,
    "standing": one_of(*STANDINGS),
    "reread": a_re_reading,
    "precision": one_of("day", "month"),
}

ADOPTION = Register(
    "adoption",
    ("record_id", "since", "status"),
    (
        *("record_id", "who", "who_type", "country", "family", "model", "bases", "how", "object"),
        *("status", "since", "precision", "until", "official_list"),
        *("evidence_url", "publisher", "published_on", "paraphrase", "seen", "seen_on"),
        *("grade", "confidence", "second_url", "second_publisher", "second_relation"),
        *("second_status", "second_figures", "standing", "search", "reread", "note"),
    ),
    (
        *("record_id", "who", "who_type", "country", "family", "how", "status", "since"),
        *("precision", "published_on", "search", *_REQUIRED),
    ),
    {
        **_CHECKS,
        "record_id": SLUG,
        "who_type": one_of(*WHO_TYPES),
        "how": one_of(*HOW),
        "object": one_of(*OBJECTS),
        "status": one_of(*STATUSES),
        "second_status": one_of(*STATUSES),
        "since": a_day,
        "until": a_day,
        "precision": one_of(*KNOWN_TO),
        "published_on": an_age_of_a_page,
    },
    {
        "country": ("countries", "country"),
        "family": ("families", "family"),
        "bases": ("families", "family"),
        "search": ("adoption_searches", "search"),
    },
    "who adopts or restricts which family of open-weight models, with a dated status history",
    neutral=(UNKNOWN, NONE),
)

ADOPTION_SEARCHES = Register(
    "adoption_searches",
    ("search",),
    ("search", "protocol", "ended_on", "queries", "found", "reach"),
    ("search", "protocol", "ended_on", "queries", "found", "reach"),
    {
        "search": SLUG,
        "protocol": SLUG,
        "ended_on": a_day,
        "queries": a_number,
        "found": a_number,
    },
    {},
    "the searches that found the adoption records: protocol, effort and reach",
)

POSITIONS = Register(
    "positions",
    ("position_id",),
    (
        *("position_id", "state", "body", "document", "published_on", "precision", "stance"),
        *(*_PUBLISHED, *_SECOND, *_KEPT),
    ),
    (
        *("position_id", "state", "body", "document", "published_on", "precision", "stance"),
        *_REQUIRED,
    ),
    {
        **_CHECKS,
        "position_id": SLUG,
        "published_on": a_day,
        "stance": one_of(*STANCES),
    },
    {"state": ("countries", "country")},
    "what states and international bodies say of open weights in which document; never scored",
)

EVENTS = Register(
    "events",
    ("event_id",),
    (
        *("event_id", "date", "precision", "kind", "title", "families", "developers"),
        *("countries", "official_list", *_PUBLISHED, *_SECOND, *_KEPT),
    ),
    ("event_id", "date", "precision", "kind", "title", *_REQUIRED),
    {
        **_CHECKS,
        "event_id": SLUG,
        "date": a_day,
        "kind": one_of(*EVENT_KINDS),
    },
    {
        "families": ("families", "family"),
        "developers": ("developers", "developer"),
        "countries": ("countries", "country"),
    },
    "what happened in the world, to stand beside series: releases, licences, controls, reports",
    neutral=(UNKNOWN,),
)

CAPABILITY_READINGS = Register(
    "capability_readings",
    ("reading_id",),
    (
        *("reading_id", "index", "published_on", "precision", "weights", "model", "developer"),
        *("country", "value", "unit", "rank", "leader", "second_leader", "is_self_reported"),
        *(*_PUBLISHED, *_SECOND, *_KEPT),
    ),
    (
        *("reading_id", "index", "published_on", "precision", "weights", "model", "value"),
        *("unit", "is_self_reported", *_REQUIRED),
    ),
    {
        **_CHECKS,
        "reading_id": SLUG,
        "published_on": a_day,
        "weights": one_of(*READING_KINDS),
        "value": a_stated_number,
        "rank": a_number,
        "leader": one_of(*LEADERS),
        "second_leader": one_of(*LEADERS),
        "is_self_reported": one_of("yes", "no"),
    },
    {"developer": ("developers", "developer"), "country": ("countries", "country")},
    "published readings of capability indices for open and closed models, and gaps between them",
    neutral=(UNKNOWN,),
)

WORLD = (ADOPTION_SEARCHES, ADOPTION, POSITIONS, EVENTS, CAPABILITY_READINGS)
FACTS_OF_OTHERS = ("adoption", "positions", "events", "capability_readings")
"""Registers whose rows say what somebody published, under the rule of two sources."""

LISTS = ("bases", "families", "developers", "countries")
"""Columns that are semicolon lists."""
