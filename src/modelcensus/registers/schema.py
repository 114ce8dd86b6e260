"""The registers: which files, which columns, which values, and what identifies a row.

A register row is a fact with evidence. `seen` says how the evidence was read: `primary` (the
organisation's own page, licence or data), `secondary` (somebody else's), `unread` (known but not
opened); unread rows enter no figure. A row holds from the start of the day `valid_from` to the
start of the day `valid_to`; an empty cell leaves that side open.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.contracts.fact_words import LICENCE_CLASSES
from modelcensus.registers import claim_cells

EVIDENCE = ("evidence_url", "seen", "seen_on", "paraphrase", "confidence")
CONTEST = ("alternatives", "contested_because")

SEEN = ("primary", "secondary", "unread")
CONFIDENCE = ("high", "medium", "low")
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
WEIGHTS = ("open", "closed", "unknown")

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SLUG = re.compile(r"^[a-z0-9][a-z0-9.+-]*$")
_BLOC = re.compile(r"^[A-Z]{2,8}$")
_LETTER = re.compile(r"^[a-z]$")
_URL = re.compile(r"^https?://[^\s]+$")


def one_of(*values: str) -> Callable[[str], str]:
    """Return a check that a cell is one of some words."""
    return lambda cell: "" if cell in values else f"{cell!r} is not one of {', '.join(values)}"


def matching(pattern: re.Pattern[str], example: str) -> Callable[[str], str]:
    """Return a check that a cell has a form, explained by an example."""
    return lambda cell: "" if pattern.match(cell) else f"{cell!r} is not of the form {example}"


def a_pattern(cell: str) -> str:
    """Check that a cell is a regular expression that every engine can run (RE2 and Java)."""
    bare = re.sub(r"\\\\|\\[^1-9]", "", cell)
    if "(?" in bare.replace("(?:", "") or re.search(r"\\[1-9]", bare):
        return f"{cell!r} uses look-around, flags or back-references"
    try:
        with warnings.catch_warnings():
            # sets such as [a[b] and [a&&b] mean something else in Java
            warnings.simplefilter("error", FutureWarning)
            re.compile(cell)
        pc.match_substring_regex(pa.scalar(""), cell)
    except (re.error, FutureWarning, pa.ArrowInvalid) as error:
        return f"{cell!r} is not a regular expression: {error}"
    return ""


def a_number(cell: str) -> str:
    """Check that a cell is a whole number."""
    return "" if cell.isascii() and cell.isdigit() else f"{cell!r} is not a whole number"


def a_percentage(cell: str) -> str:
    """Check that a cell is a percentage as printed, such as 37 or 7.6."""
    is_number = re.fullmatch(r"[0-9]{1,3}(\.[0-9]+)?", cell) is not None
    return "" if is_number and float(cell) <= 100 else f"{cell!r} is not a percentage"


def a_day(cell: str) -> str:
    """Check that a cell is a day of the calendar, written like 2025-09-07."""
    try:
        date.fromisoformat(cell)
    except ValueError:
        return f"{cell!r} is not a day such as 2025-09-07"
    return "" if _DAY.fullmatch(cell) else f"{cell!r} is not of the form 2025-09-07"


def parts(cell: str) -> tuple[str, ...]:
    """Return the values of a semicolon list."""
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def each(check: Callable[[str], str]) -> Callable[[str], str]:
    """Return a check of every value of a semicolon list."""
    return lambda cell: next(filter(None, map(check, parts(cell))), "")


SLUG = matching(_SLUG, "lower-case-words")
URL = matching(_URL, "https://...")
YES_NO = one_of("yes", "no", "unknown")


@dataclass(frozen=True)
class Register:
    """One register file.

    Attributes:
        name: file name without `.csv`.
        key: columns that identify a row.
        columns: all columns in order.
        required: columns that may not be empty.
        checks: column -> check of a non-empty cell; returns a reason, or "".
        references: column -> (register, column) that its values must exist in; cells of
            `alternatives` and `accepts` are semicolon lists.
        contested: the column whose value `alternatives` dispute; empty when none can be.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    required: tuple[str, ...]
    checks: dict[str, Callable[[str], str]]
    references: dict[str, tuple[str, str]]
    description: str
    contested: str = ""

    @property
    def has_evidence(self) -> bool:
        """Return whether rows carry evidence columns."""
        return "evidence_url" in self.columns


_EVIDENCE_CHECKS = {
    "evidence_url": URL,
    "seen": one_of(*SEEN),
    "seen_on": a_day,
    "confidence": one_of(*CONFIDENCE),
    "valid_from": a_day,
    "valid_to": a_day,
}
_EVIDENCE_REQUIRED = ("evidence_url", "seen", "seen_on", "paraphrase", "confidence")

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
        Register(
            "statements",
            ("letter",),
            ("letter", "statement", "drift", "needs"),
            ("letter", "statement", "needs"),
            {"letter": matching(_LETTER, "a letter")},
            {},
            "the founding article's statements, how they drifted, and what would answer them",
        ),
        Register(
            "claims",
            ("claim_id",),
            (
                "claim_id",
                "statement",
                "subject",
                "kind",
                "quantity",
                "bound",
                "value",
                "unit",
                "scope",
                "period",
                "source",
                "first_source",
                "repeats",
                "contradicts",
                "recomputable_with",
                *EVIDENCE,
            ),
            (
                "claim_id",
                "statement",
                "kind",
                "quantity",
                "value",
                "unit",
                "source",
                "evidence_url",
                "seen",
                "paraphrase",
                "confidence",
            ),
            {
                "claim_id": SLUG,
                "kind": one_of(*claim_cells.KINDS),
                "bound": one_of(*claim_cells.BOUNDS),
                "value": claim_cells.a_published_value,
                **_EVIDENCE_CHECKS,
            },
            {
                "statement": ("statements", "letter"),
                "repeats": ("claims", "claim_id"),
                "contradicts": ("claims", "claim_id"),
            },
            "published figures with their exact scope and first source",
        ),
        Register(
            "claim_procedures",
            ("claim_id", "method"),
            (
                "claim_id",
                "method",
                "measure",
                "subjects",
                "definition",
                "row",
                "column",
                "frames",
                "window",
                "population",
                "beside",
                "parts",
                "formula",
                "also",
                "tolerance",
                "tolerance_because",
                "needs_field",
                "needs_file",
                "import_with",
                "because",
                "committed_on",
            ),
            ("claim_id", "method", "committed_on"),
            {
                "method": one_of(*claim_cells.METHODS),
                "definition": claim_cells.an_object,
                "row": claim_cells.an_object,
                "beside": claim_cells.an_object,
                "parts": claim_cells.numbers_by_name,
                "also": claim_cells.an_object,
                "population": a_number,
                "tolerance": claim_cells.a_tolerance,
                "committed_on": a_day,
            },
            {"claim_id": ("claims", "claim_id")},
            "how each claim is recomputed, and how close is close, written down before any value",
        ),
        Register(
            "corrections",
            ("corrected_on", "correction"),
            (
                "corrected_on",
                "correction",
                "where",
                "what_was_wrong",
                "what_it_is_now",
                "figures_moved",
                "reported_by",
                "source",
            ),
            (
                "corrected_on",
                "correction",
                "where",
                "what_was_wrong",
                "what_it_is_now",
                "figures_moved",
                "reported_by",
                "source",
            ),
            {
                "corrected_on": a_day,
                "correction": SLUG,
                "reported_by": one_of(*claim_cells.REPORTERS),
            },
            {},
            "what was published wrongly here, what it is now, and which figures moved",
        ),
        Register(
            "security_reports",
            ("series", "task", "model", "reference"),
            (
                "series",
                "task",
                "model",
                "reference",
                "report",
                "published_on",
                "measure",
                "model_weights",
                "reference_weights",
                "model_pct",
                "reference_pct",
                "page",
                "cases",
                "scope",
                "unknowns",
                *EVIDENCE,
            ),
            (
                "series",
                "task",
                "model",
                "report",
                "published_on",
                "measure",
                "model_weights",
                "model_pct",
                "scope",
                "unknowns",
                *_EVIDENCE_REQUIRED,
            ),
            {
                "series": SLUG,
                "published_on": a_day,
                "model_weights": one_of(*WEIGHTS),
                "reference_weights": one_of(*WEIGHTS),
                "model_pct": a_percentage,
                "reference_pct": a_percentage,
                "cases": a_number,
                **_EVIDENCE_CHECKS,
            },
            {},
            "published figures of security tests as printed, with scope and what is not known",
        ),
    )
}
