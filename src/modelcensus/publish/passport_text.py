"""What a passport says, as sections of lines: the terminal and Markdown print the same words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from modelcensus.contracts.figure import percent, show
from modelcensus.lineage.duties import NOT_LEGAL_ADVICE
from modelcensus.passports.passport import (
    Evidence,
    History,
    Lineage,
    Owner,
    Passport,
    Reading,
    SecurityTest,
    Stated,
)
from modelcensus.passports.security import weights_of

CLASS_WORDS = {
    "L1": "permissive",
    "L2": "copyleft",
    "L3": "open content",
    "L4": "permissive with limits on use",
    "L5": "community terms with thresholds",
    "L6": "non-commercial or research only",
    "L7": "no derivatives",
    "L8": "declared, terms unread",
    "L9": "none declared",
}
"""Licence classes in short; docs/methods.md says them in full."""

NO_CLEARANCE = "Outcomes of published tests and facts about files clear nothing."
"""Stands below the security section of every passport."""

RECORDS_FOUND = "Records found, not everybody; a status is as of its source."
"""Stands below the adoption records of every passport that has any."""

ADOPTERS_SHOWN = 10
"""Records printed on a passport; JSON holds all."""

SPARKS = "▁▂▃▄▅▆▇█"
SPARK_GAP = "·"
MOST_LABELS = 30
"""Snapshots drawn as a line; of more the last ones are."""


@dataclass(frozen=True)
class Line:
    """One line: a label, what is said, and where it comes from (drawn dimly)."""

    label: str
    text: str
    note: str = ""
    style: str = ""
    topic: str = ""


@dataclass(frozen=True)
class Section:
    """A heading and its lines; `notice` stands below them."""

    title: str
    lines: tuple[Line, ...]
    notice: str = ""


def passport_sections(passport: Passport) -> list[Section]:
    """Return the sections of a passport, in order; empty ones are left out."""
    sections = [
        Section("Identity", tuple(_identity(passport))),
        Section("File and access", tuple(_facts(passport))),
        Section("Declared terms", tuple(_terms(passport)), NOT_LEGAL_ADVICE + "."),
        Section("Security", tuple(_security(passport)), NO_CLEARANCE),
        Section("Adoption records", tuple(_adopters(passport)), RECORDS_FOUND),
        *(Section(f"Counters in {h.frame}", tuple(_history(h))) for h in passport.history),
        Section("Odd in the counts", tuple(_incidents(passport))),
    ]
    return [section for section in sections if section.lines]


def gap_section(passport: Passport) -> Section:
    """Return what is not known or was not checked."""
    styles = {"removed": "bold red", "attention": "yellow", "not checked": "magenta"}
    lines = [
        Line(g.state, g.text, style=styles.get(g.state, "cyan"), topic=g.topic)
        for g in passport.gaps
    ]
    return Section("Not known, not checked", tuple(lines), passport.notice)


def source_section(passport: Passport) -> Section:
    """Return the pages that the statements rest on, each once."""
    seen: dict[str, Evidence] = {}
    held = [e for o in passport.owners for e in o.evidence] + list(passport.family_evidence)
    held += [e for n in passport.names for e in n.evidence]
    held += list(passport.terms.evidence) if passport.terms else []
    for one in passport.lineage:
        held += [e for edge in one.edges for e in edge.evidence]
        held += list(one.chain.evidence) if one.chain else []
    for evidence in held:
        seen.setdefault(evidence.row, evidence)
    lines = [
        Line(row, e.url, f"{e.seen}, seen on {e.seen_on}, confidence {e.confidence}")
        for row, e in seen.items()
    ]
    lines += [
        Line(h.frame, h.source_url, f"{h.source}, {h.attribution}, {h.source_licence}")
        for h in passport.history
    ]
    return Section("Where it is from", tuple(lines))


def _identity(passport: Passport) -> Iterator[Line]:
    for name in passport.names:
        if name.model_id != passport.model_id:
            rows = " ".join(e.row for e in name.evidence)
            text = f"{name.model_id}, last seen {day(name.last_label)}"
            yield Line("former name", text, _note(name.rule, rows))
    for lens in ("publisher", "developer"):
        for owner in (o for o in passport.owners if o.lens == lens):
            yield Line(lens, _owner(owner), _note(owner.rule, *(e.row for e in owner.evidence)))
    yield Line("family", passport.family, _note(*(e.row for e in passport.family_evidence)))
    created = day(passport.created_at) if passport.created_at else "not known"
    yield Line("created", created)
    if passport.first_label and passport.last_label:
        yield Line("seen", f"{day(passport.first_label)} to {day(passport.last_label)}")
    if passport.populations:
        yield Line("listed by", ", ".join(passport.populations))


def _owner(owner: Owner) -> str:
    if owner.developer_type == "individual":
        return "a natural person's account; nothing more is said"
    words = [owner.name or owner.developer, owner.developer_type, owner.country]
    text = ", ".join(dict.fromkeys(w for w in words if w))
    span = " ".join(
        f"{word} {value}"
        for word, value in (("from", owner.valid_from), ("until", owner.valid_to))
        if value
    )
    return f"{text} ({span})" if span else text


def _facts(passport: Passport) -> Iterator[Line]:
    words = {
        "pipeline_tag": "task",
        "library": "library",
        "languages": "languages",
        "formats": "formats",
        "number_types": "stored as",
        "parameters": "parameters",
        "size_bytes": "size",
        "gated": "gated",
        "revision": "revision",
        "modified_at": "changed",
    }
    for name, label in words.items():
        stated = passport.facts[name]
        if stated is not None and stated.value != []:
            text = _fact(name, stated, passport.fact("size_class"))
            yield Line(label, text, _note(f"{stated.frame}, {day(stated.label)}"))


def _fact(name: str, stated: Stated, size_class: str | None) -> str:
    if name == "parameters":
        return f"{stated.value:,}" + (f" (class {size_class})" if size_class else "")
    if name == "size_bytes":
        return f"{stated.value / 1e9:,.2f} GB"
    if name == "gated":
        return "no" if stated.value == "false" else f"yes ({stated.value})"
    return day(stated.value) if name == "modified_at" else show(stated.value)


def _terms(passport: Passport) -> Iterator[Line]:
    terms = passport.terms
    if terms is not None:
        words = CLASS_WORDS[terms.licence_class]
        text = terms.declared or "none declared"
        name = f" = {terms.name}" if terms.name else ""
        yield Line(
            "licence",
            f"{text}{name}, class {terms.licence_class} ({words})",
            _note(f"{terms.frame}, {day(terms.label)}", *(e.row for e in terms.evidence)),
        )
        if terms.duties:
            yield Line("asks for", "; ".join(terms.duties))
        if terms.passes_on:
            yield Line("passes on", "; ".join(terms.passes_on))
        if terms.url:
            yield Line("text", terms.url)
    for change in passport.changes[1:]:
        text = f"licence {change.licence_tag or 'none'}, gated {change.gated or 'not told'}"
        yield Line("changed", text, _note(f"{change.frame}, {day(change.label)}"))
    for one in passport.lineage:
        if one.chain is not None:
            yield Line("along chain", _chain(one), _note(*(e.row for e in one.chain.evidence)))


def _security(passport: Passport) -> Iterator[Line]:
    """Yield the outcomes of tests, or that there are none, and what is told of the files."""
    if not passport.tests:
        text = "no outcome of any security test of it is in this release"
        yield Line("not tested", text, style="magenta")
    for test in passport.tests:
        yield Line(
            test.engine,
            _tested(test),
            _note(test.source, f"benchmark version {test.benchmark_version}"),
        )
    yield Line("weights", weights_of(passport) or "not told by any source")
    told = {True: "asks to run its own code", False: "asks to run none of its own"}
    yield Line("code", told.get(passport.fact("runs_own_code"), "not told by any source"))
    yield Line("hub's scan", "not told by any source")


def _adopters(passport: Passport) -> Iterator[Line]:
    """Yield who adopts or restricts the model, then its family, each with its last status."""
    for adopter in passport.adopters[:ADOPTERS_SHOWN]:
        what = f" ({adopter.object})" if adopter.object else ""
        text = f"{adopter.who} ({adopter.country}) {adopter.how} {adopter.about}{what}"
        stood = ", ".join(adopter.steps)
        yield Line(adopter.about, text, _note(stood, f"grade {adopter.grade}", adopter.record_id))
    rest = len(passport.adopters) - ADOPTERS_SHOWN
    if rest > 0:
        yield Line("more", f"{rest} more: census adoption list --family {passport.family}")


def _tested(test: SecurityTest) -> str:
    said = f"{test.attack}: goal reached in {test.hits:,} of {test.cases:,} cases"
    if test.cases:
        said += f" ({percent(test.hits / test.cases)}, {percent(test.low)} to {percent(test.high)})"
    if missing := test.planned - test.cases:
        said += f", {missing:,} more without a verdict"
    if test.defense:
        said += f", behind the defence {test.defense}"
    if test.revision:
        said += f", revision {test.revision}"
    if not test.tasks:
        return f"{said}; how much it does without an attack is not known"
    return f"{said}; without an attack it did {test.tasks_done:,} of {test.tasks:,} tasks"


def _chain(lineage: Lineage) -> str:
    chain = lineage.chain
    assert chain is not None  # noqa: S101  # nosec B101
    if chain.ancestor_licence is None:
        return f"unknown - no licence of {chain.ancestor} ({_steps(chain.steps)} up) is known"
    lacks = f": {', '.join(chain.duties)}" if chain.duties else ""
    licences = f"{chain.licence or 'unknown'} beside {chain.ancestor_licence or 'unknown'}"
    return f"{chain.verdict}{lacks} - {licences} of {chain.ancestor} ({_steps(chain.steps)} up)"


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def _history(history: History) -> Iterator[Line]:
    shown = history.readings[-MOST_LABELS:]
    counters = dict.fromkeys(c for r in shown for c in r.counters)
    for counter in counters:
        values = [r.counters.get(counter) for r in shown]
        known = [(r.label, v) for r, v in zip(shown, values, strict=True) if v is not None]
        if not known:
            yield Line(counter, "null at every snapshot: the source gives no value")
            continue
        first, last = known[0], known[-1]
        text = f"{last[1]:,} on {day(last[0])}"
        if len(known) > 1:
            text = f"{spark(values)}  {first[1]:,} on {day(first[0])}, {text}"
        yield Line(counter, text)
    yield from _missing(shown)
    yield from _standing(history)


def _missing(readings: Sequence[Reading]) -> Iterator[Line]:
    by_state: dict[str, list[str]] = {}
    for reading in readings:
        if reading.state != "observed":
            by_state.setdefault(reading.state, []).append(day(reading.label))
    for state, labels in by_state.items():
        listed = ", ".join(dict.fromkeys(labels))
        yield Line(state, f"{listed} (that is not 0)", style="yellow")


def _standing(history: History) -> Iterator[Line]:
    standing = history.standing
    if standing is None:
        return
    parts = []
    if standing.family_rank:
        of = f"{standing.family_models:,} in the family {standing.family}"
        parts.append(f"{standing.family_rank:,} of {of}")
    if standing.size_rank:
        of = f"{standing.size_models:,} in the size class {standing.size_class}"
        parts.append(f"{standing.size_rank:,} of {of}")
    if parts:
        yield Line("rank", "; ".join(parts), _note(f"by {standing.metric}, {day(standing.label)}"))


def _incidents(passport: Passport) -> Iterator[Line]:
    for row in passport.incidents:
        text = row["note"]
        if row["value_before"] is not None:
            text += f": {row['value_before']:,} to {row['value_after']:,} {row['metric']}"
        yield Line(
            row["kind"].replace("_", " "), text, _note(row["frame"], day(row["label_after"]))
        )


def spark(values: Sequence[int | None]) -> str:
    """Return values as a line of small bars from zero up; a gap where there is none."""
    top = max((v for v in values if v is not None), default=0) or 1
    return "".join(
        SPARK_GAP if v is None else SPARKS[min(len(SPARKS) - 1, v * len(SPARKS) // (top + 1))]
        for v in values
    )


def day(instant: str) -> str:
    """Return the day of a label or an instant."""
    return instant[:10]


def _note(*parts: str) -> str:
    return "; ".join(p for p in parts if p)
