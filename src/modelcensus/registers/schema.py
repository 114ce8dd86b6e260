"""The registers: which files, which columns, which values, and what identifies a row.

A register row is a fact with evidence. `seen` says how the evidence was read: `primary` (the
organisation's own page, licence or data), `secondary` (somebody else's), `unread` (known but not
opened); unread rows enter no figure. A row holds from the start of the day `valid_from` to the
start of the day `valid_to`; an empty cell leaves that side open.
"""

from __future__ import annotations

import re

from modelcensus.contracts.fact_words import LICENCE_CLASSES
from modelcensus.registers.cells import (
    SLUG,
    URL,
    YES_NO,
    a_day,
    a_number,
    a_pattern,
    each,
    matching,
    one_of,
)
from modelcensus.registers.cells import parts as parts
from modelcensus.registers.published import PUBLISHED
from modelcensus.registers.register import EVIDENCE as EVIDENCE
from modelcensus.registers.register import EVIDENCE_CHECKS as _EVIDENCE_CHECKS
from modelcensus.registers.register import EVIDENCE_REQUIRED as _EVIDENCE_REQUIRED
from modelcensus.registers.register import Register as Register
from modelcensus.registers.world import WORLD

CONTEST = ("alternatives", "contested_because")

HUBS = ("huggingface", "modelscope", "ollama")
DEVELOPER_TYPES = (
    "industry",
    "academia",
    "non-profit",
    "government",
    "community",
    "redistributor",
    "individual",
    "unknown",
)
SUB_TYPES = ("platform company", "start-up", "hardware vendor", "other")
ROLES = ("official", "team", "community", "legacy", "redistributor", "experiments")
"""`experiments`: tests, tournaments and the checkpoints of studies; no named line of models."""
WITHOUT_LINE = ("redistributor", "experiments")
"""Roles of accounts that need no row in `families`: others' lines, or none."""
FACETS = (
    "commercial_use",
    "scale_threshold",
    "field_of_use_limits",
    "naming_duty",
    "training_ban",
    "share_alike",
    "notice_duty",
)
NO_COUNTRY = ("international", "unknown", "unresolvable")
CODINGS = ("atom", "epoch", "osir", "osai")
PRECISIONS = ("day", "month")

_BLOC = re.compile(r"^[A-Z]{2,8}$")

REGISTERS: dict[str, Register] = {
    r.name: r
    for r in (
        Register(
            "countries",
            ("country",),
            ("country", "name"),
            ("country", "name"),
            {},
            {},
            "ISO 3166-1 alpha-2 codes with their CLDR short English names",
        ),
        Register(
            "blocs",
            ("bloc", "country", "valid_from"),
            ("bloc", "bloc_name", "country", "valid_from", "valid_to", *EVIDENCE),
            ("bloc", "bloc_name", "country", "valid_from", *_EVIDENCE_REQUIRED),
            {"bloc": matching(_BLOC, "EU"), **_EVIDENCE_CHECKS},
            {"country": ("countries", "country")},
            "which countries belong to a bloc, dated",
        ),
        Register(
            "developers",
            ("developer", "valid_from"),
            (
                "developer",
                "name",
                "country",
                "city",
                "developer_type",
                "sub_type",
                "founded",
                "valid_from",
                "valid_to",
                *EVIDENCE,
                *CONTEST,
            ),
            ("developer", "name", "country", "developer_type", *_EVIDENCE_REQUIRED),
            {
                "developer": SLUG,
                "developer_type": one_of(*DEVELOPER_TYPES),
                "sub_type": one_of(*SUB_TYPES),
                "founded": a_number,
                **_EVIDENCE_CHECKS,
            },
            {"country": ("countries", "country"), "alternatives": ("countries", "country")},
            "who trains models, what kind of body it is, and where its primary base is",
            contested="country",
        ),
        Register(
            "namespaces",
            ("hub", "namespace", "valid_from"),
            (
                "hub",
                "namespace",
                "developer",
                "role",
                "valid_from",
                "valid_to",
                *EVIDENCE,
                *CONTEST,
            ),
            ("hub", "namespace", "developer", "role", *_EVIDENCE_REQUIRED),
            {"hub": one_of(*HUBS), "role": one_of(*ROLES), **_EVIDENCE_CHECKS},
            {"developer": ("developers", "developer"), "alternatives": ("developers", "developer")},
            "whose work the repositories of an account on a hub are, dated",
            contested="developer",
        ),
        Register(
            "families",
            ("family", "hub", "namespace", "pattern"),
            (
                "family",
                "family_name",
                "developer",
                "hub",
                "namespace",
                "pattern",
                "priority",
                *EVIDENCE,
                *CONTEST,
            ),
            (
                "family",
                "family_name",
                "developer",
                "hub",
                "namespace",
                "pattern",
                "priority",
                *_EVIDENCE_REQUIRED,
            ),
            {
                "family": SLUG,
                "hub": one_of(*HUBS),
                "pattern": a_pattern,
                "priority": a_number,
                **_EVIDENCE_CHECKS,
            },
            {"developer": ("developers", "developer"), "alternatives": ("developers", "developer")},
            "named lines of models; a pattern counts only inside its namespace",
            contested="developer",
        ),
        Register(
            "renames",
            ("hub", "kind", "old", "new"),
            ("hub", "kind", "old", "new", "after", "by", *EVIDENCE),
            ("hub", "kind", "old", "new", "by", *_EVIDENCE_REQUIRED),
            {
                "hub": one_of(*HUBS),
                "kind": one_of("namespace", "model"),
                "after": a_day,
                "by": a_day,
                **_EVIDENCE_CHECKS,
            },
            {},
            "accounts and repositories that took another name, with the interval it happened in",
        ),
        Register(
            "licences",
            ("tag",),
            (
                "tag",
                "licence",
                "name",
                "spdx_id",
                "licence_class",
                *FACETS,
                "passes_on",
                "accepts",
                "licence_url",
                *EVIDENCE,
                *CONTEST,
            ),
            ("tag", "licence", "name", "licence_class", *FACETS, "seen", "seen_on"),
            {
                "licence": SLUG,
                "licence_class": one_of(*LICENCE_CLASSES),
                **dict.fromkeys(FACETS, YES_NO),
                "passes_on": each(one_of(*FACETS)),
                "accepts": each(SLUG),
                "alternatives": each(one_of(*LICENCE_CLASSES)),
                "licence_url": URL,
                **_EVIDENCE_CHECKS,
            },
            {"accepts": ("licences", "licence")},
            "what each licence string means: licence, class and declared duties",
            contested="licence_class",
        ),
        Register(
            "family_licences",
            ("family", "version", "scope"),
            (
                "family",
                "version",
                "scope",
                "licence",
                "released_on",
                "precision",
                *EVIDENCE,
            ),
            (
                "family",
                "version",
                "scope",
                "licence",
                "released_on",
                "precision",
                *_EVIDENCE_REQUIRED,
            ),
            {
                "family": SLUG,
                "licence": SLUG,
                "released_on": a_day,
                "precision": one_of(*PRECISIONS),
                **_EVIDENCE_CHECKS,
            },
            {"family": ("families", "family"), "licence": ("licences", "licence")},
            "which terms each version of a family was released under, with the day or the month",
        ),
        Register(
            "hub_totals",
            ("hub", "metric", "observed_on"),
            ("hub", "metric", "observed_on", "value_low", "value_high", *EVIDENCE),
            ("hub", "metric", "observed_on", "value_low", "value_high", *_EVIDENCE_REQUIRED),
            {
                "hub": one_of(*HUBS),
                "observed_on": a_day,
                "value_low": a_number,
                "value_high": a_number,
                **_EVIDENCE_CHECKS,
            },
            {},
            "published totals of a whole hub, which bound what a panel can say",
        ),
        Register(
            "coding_aliases",
            ("coding", "name"),
            ("coding", "name", "developer"),
            ("coding", "name", "developer"),
            {"coding": one_of(*CODINGS)},
            {"developer": ("developers", "developer")},
            "names that another coding uses for a developer",
        ),
        Register(
            "coding_differences",
            ("coding", "hub", "namespace"),
            ("coding", "hub", "namespace", "theirs", "ours", "reason"),
            ("coding", "hub", "namespace", "theirs", "ours", "reason"),
            {"coding": one_of(*CODINGS), "hub": one_of(*HUBS)},
            {},
            "where we code otherwise than another coding, and why",
        ),
        *PUBLISHED,
        *WORLD,
    )
}
