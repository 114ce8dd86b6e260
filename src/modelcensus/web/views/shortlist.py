"""Which models meet a reader's own rules: filters, rules, and each answer with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from modelcensus.errors import Busy, CensusError, SettingsError, UnknownName
from modelcensus.passports.policy import CHOICES, NOTICE, RULE_WORDS, read_policy
from modelcensus.passports.shortlist import CANDIDATES, Shortlist, check_most, shortlist
from modelcensus.publish.shortlist import FORMATS, MEDIA_TYPES, counted, shortlist_rows
from modelcensus.releases.frame_order import frames_in_order
from modelcensus.web.cards import Choice
from modelcensus.web.forms import Option
from modelcensus.web.linking import Reader
from modelcensus.web.questions import whole_number
from modelcensus.web.reading import VIEW_NAMES, Query, Reading
from modelcensus.web.refusals import status_of
from modelcensus.web.templating import render

router = APIRouter(include_in_schema=False)

FILTERS = ("family", "developer", "size_class", "pipeline_tag", "library")
NAMES = ("frame", "most", *FILTERS, *RULE_WORDS)
CLASS_WORDS = {
    "L1": "permissive",
    "L2": "copyleft",
    "L3": "open content",
    "L4": "use restrictions",
    "L5": "community terms",
    "L6": "non-commercial",
    "L7": "no derivatives",
    "L8": "terms unread",
    "L9": "none declared",
}


@dataclass(frozen=True)
class Line:
    """A model of the list: its name, the answer, and each rule with its reason."""

    model: Choice
    answer: str
    developer: str
    licence: str
    findings: tuple[tuple[str, str, str], ...]


def read_values(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the parameters of an address; values of one rule are joined with commas.

    Raises:
        SettingsError: a parameter is not known, or is given twice.
    """
    values: dict[str, str] = {}
    for name, given in pairs:
        text = given.strip()
        if name not in (*NAMES, *VIEW_NAMES):
            raise SettingsError(
                f"this page takes no {name!r}", next_step=f"it takes: {', '.join(NAMES)}"
            )
        if name in values and name not in ("licences", "countries"):
            raise SettingsError(f"{name!r} is given twice", next_step="give it once")
        if text and name in NAMES:
            values[name] = f"{values[name]},{text}" if name in values else text
    return values


def find_shortlist(reader: Reader, values: dict[str, str]) -> Shortlist:
    """Return the models that filters leave, held against rules.

    Raises:
        SettingsError: a rule or a number means nothing.
        UnknownName: there is no such frame.
        Busy: too much is asked at once.
    """
    site = reader.site
    policy = read_policy({k: v for k, v in values.items() if k in RULE_WORDS})
    most = whole_number("most", values.get("most", str(CANDIDATES)), 1, 10**6)
    check_most(most, site.settings)
    with site.gate.place():
        return shortlist(
            site.directory,
            site.passport,
            policy,
            frame=values.get("frame") or frames_in_order(site.release)[0],
            filters={k: v for k, v in values.items() if k in FILTERS},
            most=most,
        )


@router.get("/shortlist")
def page(reader: Reading, query: Query) -> Response:
    """Show the list, the rules, and how many meet them."""
    if any(not text for _, text in query):
        return RedirectResponse(reader.link("/shortlist", **read_values(query)), status_code=303)
    found, refusal, values = None, None, {}
    try:
        values = read_values(query)
        found = find_shortlist(reader, values)
    except Busy:
        raise
    except CensusError as error:
        refusal = error
    return _shown(reader, values, found, refusal)


def _shown(
    reader: Reader, values: dict[str, str], found: Shortlist | None, refusal: CensusError | None
) -> HTMLResponse:
    return render(
        reader,
        "shortlist.html",
        status_of(refusal) if refusal else 200,
        found=found,
        refusal=refusal,
        counted=counted(found) if found else "",
        notice=NOTICE,
        lines=[*_lines(reader, found)] if found else [],
        rules=found.policy.stated if found else {},
        rule_words=RULE_WORDS,
        values=values,
        frames=[Option(f, f, f == (found.frame if found else values.get("frame")))
                for f in frames_in_order(reader.site.release)],
        filters=_filters(reader, found, values),
        classes=[Option(c, f"{c} {CLASS_WORDS[c]}", c in values.get("licences", "").split(","))
                 for c in CHOICES["licences"]],
        downloads=[Choice(form, reader.link(f"/shortlist.{form}", **values)) for form in FORMATS],
        command=_command(values),
    )  # fmt: skip


def _lines(reader: Reader, found: Shortlist) -> Iterable[Line]:
    for one, row in zip(found.judgements, shortlist_rows(found), strict=True):
        findings = tuple((f.rule, f.answer, f.why) for f in one.findings)
        yield Line(
            Choice(one.passport.model_id, reader.model(one.passport.model_id)),
            one.answer,
            row["developer"]
            if row["country"] == "unknown"
            else f"{row['developer']} ({row['country']})",
            f"{row['licence']} ({row['licence_class']})",
            findings,
        )


def _filters(
    reader: Reader, found: Shortlist | None, values: dict[str, str]
) -> list[tuple[str, str, list[str]]]:
    """Return each filter with its value and the values that are offered."""
    offered: dict[str, list[str]] = {}
    if found:
        facets = reader.site.directory.facets(found.frame, found.filters)
        offered = {name: [value for value, _ in facets[name]] for name in FILTERS}
    return [(name, values.get(name, ""), offered.get(name, [])) for name in FILTERS]


def _command(values: dict[str, str]) -> str:
    import shlex

    words = ["census", "shortlist"]
    for name, value in values.items():
        words += [f"--{name.replace('_', '-')}", value]
    return shlex.join(words)


@router.get("/shortlist.{ending}")
def exported(ending: str, reader: Reading, query: Query) -> Response:
    """Leave the list in another form."""
    if ending not in FORMATS:
        raise UnknownName("form of a shortlist", ending, list(FORMATS))
    found = find_shortlist(reader, read_values(query))
    suffix = "cdx.json" if ending == "cyclonedx" else ending
    return Response(
        FORMATS[ending](found),
        media_type=MEDIA_TYPES[ending],
        headers={"Content-Disposition": f'inline; filename="shortlist-{found.release}.{suffix}"'},
    )
