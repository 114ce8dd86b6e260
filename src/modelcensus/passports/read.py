"""Reads a passport from a look-up file: a handful of questions, then plain assembling."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from modelcensus.passports.adopters import read_adopters
from modelcensus.passports.evidence import INDIVIDUAL, duties_of, evidence_of, phrases
from modelcensus.passports.gaps import find_gaps
from modelcensus.passports.history import read_history
from modelcensus.passports.naming import find_model
from modelcensus.passports.passport import (
    Change,
    Evidence,
    Name,
    Owner,
    Passport,
    Stated,
    Terms,
)
from modelcensus.passports.security import read_tests
from modelcensus.passports.tree import read_lineage
from modelcensus.registers.schema import parts
from modelcensus.releases.lookup import Lookup, Row
from modelcensus.settings import Settings, load_settings

FACTS = (
    "parameters",
    "size_bytes",
    "size_class",
    "pipeline_tag",
    "library",
    "languages",
    "formats",
    "number_types",
    "gated",
    "runs_own_code",
    "is_private",
    "is_disabled",
    "is_removed",
    "removed_at",
    "revision",
    "modified_at",
)

_OPEN_FROM, _OPEN_TO = "1970-01-01", "2262-01-01"
"""What the table attribution holds where an interval has no beginning or no end."""


def read_passport(
    lookup: Lookup, model_id: str, *, hub: str = "", settings: Settings | None = None
) -> Passport:
    """Return the passport of the model that has or had this name.

    Args:
        lookup: the look-up file of a release.
        model_id: a present or former name, exactly as written.
        hub: the hub; by default Hugging Face, else the first that has the name.
        settings: how many models above and below are walked.

    Raises:
        UnknownName: no source shows or names such a model; the nearest names are given.
    """
    settings = settings or load_settings()
    meant = find_model(lookup, model_id, hub)
    card = lookup.card(meant.key)
    reader = _Reader(lookup, card)
    facts = {name: reader.stated(name) for name in FACTS}
    history = read_history(lookup, card)
    lineage = read_lineage(lookup, card, int(settings.passport_models))
    tests = read_tests(card)
    passport = Passport(
        release=lookup.release,
        as_of=lookup.snapshots[-1]["label"],
        hub=card["hub"],
        model_id=card["model_id"],
        asked_as=model_id,
        is_observed=card["is_observed"],
        is_simulated=any(test.is_simulated for test in tests)
        or reader.is_simulated({h.frame for h in history} | {one.frame for one in lineage}),
        names=reader.names(),
        also_on=meant.also_on,
        owners=reader.owners(),
        family=card["family"],
        family_evidence=reader.evidence(card["family_row"]),
        created_at=card["created_at"],
        first_label=card["first_label"],
        last_label=card["last_label"],
        populations=tuple(row["population"] for row in card["populations"]),
        facts=facts,
        terms=reader.terms(),
        changes=reader.changes(),
        lineage=lineage,
        history=history,
        incidents=tuple(card["incidents"]),
        tests=tests,
        adopters=read_adopters(lookup, card),
    )
    return replace(passport, gaps=find_gaps(passport, lookup.frames_with_edges))


@dataclass(frozen=True)
class _Reader:
    """Reads the parts of a passport from a card."""

    lookup: Lookup
    card: Row

    def is_simulated(self, frames: Collection[str]) -> bool:
        """Return whether what these frames say was generated."""
        return any(s["is_simulated"] for s in self.lookup.snapshots if s["frame"] in frames)

    def evidence(self, *rows: str | None) -> tuple[Evidence, ...]:
        return evidence_of(self.lookup, *rows)

    def label(self, snapshot_key: int) -> str:
        label: str = self.lookup.snapshots[snapshot_key]["label"]
        return label

    def stated(self, name: str) -> Stated | None:
        """Return a fact as the newest frame that speaks of it states it."""
        for row in reversed(self.card["facts"]):
            if row[name] is not None:
                return Stated(row[name], row["frame"], self.label(row["snapshot_key"]))
        return None

    def names(self) -> tuple[Name, ...]:
        return tuple(
            Name(
                row["model_id"],
                row["first_label"],
                row["last_label"],
                row["rule"],
                self.evidence(row["register_row"]),
            )
            for row in self.card["names"]
        )

    def owners(self) -> tuple[Owner, ...]:
        rows = self.card["attribution"]
        if not rows and not self.card["is_observed"]:
            rows = self._owners_of_node()
        return tuple(self._owner(row) for row in rows)

    def _owners_of_node(self) -> list[Row]:
        """Return the owners of a model that is only named, as the table attribution has them."""
        node = self.lookup.nodes([self.card["node_key"]])[self.card["node_key"]]
        interval = {"valid_from": _OPEN_FROM, "valid_to": _OPEN_TO, "rule": "as a base"}
        publisher = {
            "lens": "publisher",
            "developer": node["publisher"],
            "country": node["publisher_country"],
            "developer_type": "",
            "namespace_row": "",
            "developer_row": "",
        }
        if node["developer_type"] == INDIVIDUAL:
            publisher["developer_type"] = INDIVIDUAL
        return [node | interval | {"lens": "developer"}, interval | publisher]

    def _owner(self, row: Row) -> Owner:
        """Return one owner; of a natural person only that it is one."""
        valid_from = None if row["valid_from"] == _OPEN_FROM else row["valid_from"]
        valid_to = None if row["valid_to"] == _OPEN_TO else row["valid_to"]
        if row["developer_type"] == INDIVIDUAL:
            return Owner(
                row["lens"],
                "",
                "",
                INDIVIDUAL,
                "unknown",
                valid_from,
                valid_to,
                row["rule"],
                (),
                (),
            )
        rows = (row["namespace_row"], row["developer_row"])
        return Owner(
            row["lens"],
            row["developer"],
            self.lookup.developer_names.get(row["developer"], ""),
            row["developer_type"],
            row["country"],
            valid_from,
            valid_to,
            row["rule"],
            self.evidence(*rows),
            self._alternatives(*rows),
        )

    def _alternatives(self, *rows: str) -> tuple[str, ...]:
        found = [a for row in rows for a in self.lookup.contested.get(row, ())]
        return tuple(f"{a['alternative']}: {a['because']}" for a in found)

    def terms(self) -> Terms | None:
        """Return the declared terms; None where no source was asked for them."""
        asked = [r for r in self.card["facts"] if r["licence_class"] is not None]
        if not asked:
            return None
        said = asked[-1]
        row = self.lookup.licences.get(said["licence_row"], {})
        name, tag = said["licence_name"], said["licence_tag"]
        declared = f"{tag} ({name})" if tag and name else tag or name
        return Terms(
            declared,
            said["licence"],
            row.get("name", ""),
            row.get("spdx_id", ""),
            row.get("licence_url", "") or said["licence_url"] or "",
            said["licence_class"],
            duties_of(row),
            phrases(parts(row.get("passes_on", ""))),
            said["frame"],
            self.label(said["snapshot_key"]),
            self.evidence(said["licence_row"]),
            self._alternatives(said["licence_row"]),
        )

    def changes(self) -> tuple[Change, ...]:
        rows = self.card["changes"]
        told = [r for r in rows if r["licence_class"] is not None or r["gated"] is not None]
        return tuple(
            Change(
                r["frame"],
                self.label(r["snapshot_key"]),
                r["licence_tag"],
                r["licence_name"],
                r["licence_class"],
                r["gated"],
            )
            for r in told
        )
