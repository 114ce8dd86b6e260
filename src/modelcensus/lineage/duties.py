"""What the declared terms of a model say beside those of a base: four verdicts, with reasons.

Declared tags are compared with clause texts, as the licence register codes them. The rule is
docs/design/0012-duties-along-edges.md. Nothing here is legal advice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from modelcensus.registers.schema import FACETS, parts

DISAGREE = "declared terms disagree"
FEWER = "fewer declared duties than the base"
UNKNOWN_TERMS = "unknown"
COMPATIBLE = "compatible"

VERDICTS = (DISAGREE, FEWER, UNKNOWN_TERMS, COMPATIBLE)
"""From the gravest to the least."""

NOT_LEGAL_ADVICE = "Declared tags against clause texts; not legal advice"
"""Stands beside everything that is made from verdicts."""

PERMISSION, ALIKE = "commercial_use", "share_alike"
NO_DERIVATIVES, UNREAD, UNDECLARED = "L7", "L8", "L9"

FACET_PHRASES = {
    "commercial_use": "no commercial use",
    "scale_threshold": "a threshold of scale",
    "field_of_use_limits": "limits on fields of use",
    "naming_duty": "naming the base",
    "training_ban": "a ban on training other models",
    "share_alike": "the same licence for derivatives",
    "notice_duty": "keeping notices",
}
"""What a base hands on, by the column of the licence register that says so."""


@dataclass(frozen=True)
class Terms:
    """What is known of the terms that a model declares.

    Attributes:
        key: the register row, or L8, L9 or "" where there is none; names the terms in tables.
        licence: slug of the licence; empty when not known.
        licence_class: L1 to L9; empty when the terms were not collected.
        facets: yes, no or unknown by column of the licence register.
        passes_on: the facets that derivatives must carry.
        accepts: licences that may replace this one where derivatives must stay under it.
    """

    key: str
    licence: str = ""
    licence_class: str = ""
    facets: Mapping[str, str] = field(default_factory=dict)
    passes_on: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()

    @classmethod
    def of(cls, row_id: str, cells: Mapping[str, str]) -> Terms:
        """Return the terms that a row of the licence register says."""
        return cls(
            row_id,
            cells["licence"],
            cells["licence_class"],
            {facet: cells[facet] for facet in FACETS},
            parts(cells["passes_on"]),
            parts(cells["accepts"]),
        )

    @property
    def is_known(self) -> bool:
        """Return whether somebody declared them and somebody read them."""
        return self.licence_class not in ("", UNREAD, UNDECLARED)

    @property
    def why_unknown(self) -> str:
        """Return why nothing can be said about them, as the end of a sentence."""
        return {
            "": "were not collected",
            UNREAD: "are declared and nobody has read them",
            UNDECLARED: "are not declared",
        }[self.licence_class]


NOT_COLLECTED = Terms("")
_WITHOUT_ROW = {
    t.key: t for t in (NOT_COLLECTED, Terms(UNREAD, "", UNREAD), Terms(UNDECLARED, "", UNDECLARED))
}


@dataclass(frozen=True)
class Verdict:
    """What is said about one pair of terms.

    Attributes:
        verdict: one of VERDICTS.
        duties: the facets that the base passes on and the declared terms surely lack.
        reason: one sentence.
        rows: the register rows it hangs on, the base's first.
    """

    verdict: str
    duties: tuple[str, ...]
    reason: str
    rows: tuple[str, ...]


def judge(child: Terms, parent: Terms) -> Verdict:
    """Return the verdict about what a model declares beside the terms of its base.

    Args:
        child: terms of the model that was made from the other.
        parent: terms of a base, or of a base's base.

    Method: docs/methods.md#duties
    """
    rows = tuple(t.key for t in (parent, child) if t.facets)
    if parent.licence_class == NO_DERIVATIVES:
        return Verdict(DISAGREE, (), f"{parent.licence} allows no derivatives.", rows)
    for side, terms in (("base", parent), ("model", child)):
        if not terms.is_known:
            reason = f"The terms of the {side} {terms.why_unknown}."
            return Verdict(UNKNOWN_TERMS, (), reason, rows)
    if child.licence == parent.licence:
        return Verdict(COMPATIBLE, (), f"Both declare {child.licence}.", rows)
    lacking = tuple(f for f in parent.passes_on if _lacks(child, parent, f) == "yes")
    unclear = tuple(f for f in parent.passes_on if _lacks(child, parent, f) == "unknown")
    if conflicts := [f for f in (PERMISSION, ALIKE) if f in lacking]:
        return Verdict(DISAGREE, lacking, _conflict(child, parent, conflicts), rows)
    if lacking:
        reason = f"{parent.licence} passes on {_phrases(lacking)}; {child.licence} does not say it."
        return Verdict(FEWER, lacking, reason, rows)
    if unclear:
        reason = f"{parent.licence} passes on {_phrases(unclear)}; whether {child.licence} has it"
        return Verdict(UNKNOWN_TERMS, (), f"{reason} is not known.", rows)
    reason = f"{child.licence} has all that {parent.licence} passes on"
    handed = _phrases(parent.passes_on) if parent.passes_on else "nothing"
    return Verdict(COMPATIBLE, (), f"{reason}: {handed}.", rows)


def _lacks(child: Terms, parent: Terms, facet: str) -> str:
    """Return whether declared terms lack what the base passes on: yes, no or unknown.

    The licences differ here, so the demand for the same one is met only by an accepted one.
    """
    if facet == ALIKE:
        return "no" if child.licence in parent.accepts else "yes"
    said = child.facets[facet]
    if said == "unknown":
        return said
    carried = "no" if facet == PERMISSION else "yes"
    return "no" if said == carried else "yes"


def _conflict(child: Terms, parent: Terms, conflicts: list[str]) -> str:
    said = {
        PERMISSION: f"{parent.licence} withholds commercial use from derivatives, too, and "
        f"{child.licence} grants it",
        ALIKE: f"{parent.licence} wants derivatives under the same licence and does not accept "
        f"{child.licence}",
    }
    return "; ".join(said[c] for c in conflicts) + "."


def _phrases(facets: Iterable[str]) -> str:
    return ", ".join(FACET_PHRASES[f] for f in facets)


class TermsBook:
    """The terms of a licence register by key, and the verdicts about pairs of them."""

    def __init__(self, rows: Iterable[tuple[str, Mapping[str, str]]]) -> None:
        """Read (row id, cells) of a licence register."""
        self.terms = _WITHOUT_ROW | {row_id: Terms.of(row_id, cells) for row_id, cells in rows}

    def judge(self, child: str, parent: str) -> Verdict:
        """Return the verdict about two keys of terms."""
        return judge(self.terms[child], self.terms[parent])


JUDGED_SCHEMA = pa.schema(
    [
        pa.field("child_terms", pa.string()),
        pa.field("parent_terms", pa.string()),
        pa.field("verdict", pa.string()),
        pa.field("duties", pa.list_(pa.string())),
    ]
)


def judge_pairs(book: TermsBook, pairs: Iterable[tuple[str, str]]) -> pa.Table:
    """Return the verdicts about some pairs of keys (child, parent) as a table, JUDGED_SCHEMA."""
    rows = []
    for child, parent in sorted(set(pairs)):
        found = book.judge(child, parent)
        rows.append(
            {
                "child_terms": child,
                "parent_terms": parent,
                "verdict": found.verdict,
                "duties": list(found.duties),
            }
        )
    return pa.Table.from_pylist(rows, schema=JUDGED_SCHEMA)
