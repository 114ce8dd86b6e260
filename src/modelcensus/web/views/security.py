"""Security tests: published figures, rates of each test beside utility, comparisons, files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from modelcensus.contracts.figure import Figure
from modelcensus.contracts.vet_contract import COMPARE, MEASURES, RATES, REPORTS, VetContract
from modelcensus.contracts.vet_figure import VetFigure
from modelcensus.errors import Busy, CensusError, UnknownName
from modelcensus.publish.citation import as_bibtex
from modelcensus.publish.exports import EXPORTS, export, file_name, get_export
from modelcensus.publish.faces import as_query
from modelcensus.publish.forest_svg import forest_svg
from modelcensus.publish.notes import Note, figure_notes
from modelcensus.publish.vet_faces import WORDS, vet_command, vet_python, vet_query, word_of
from modelcensus.web.asking import Missing, ask
from modelcensus.web.cards import Choice, Rows
from modelcensus.web.linking import Reader
from modelcensus.web.reading import Query, Reading
from modelcensus.web.refusals import status_of
from modelcensus.web.templating import render
from modelcensus.web.vet_questions import (
    Test,
    VetForm,
    make_vet_form,
    models_of,
    read_vet_question,
    tests_of,
)
from modelcensus.web.vet_tables import chief_table, file_table

router = APIRouter(include_in_schema=False)

FILE_GROUPS = ("library", "weight_format", "created_year")
TEXTS = tuple(name for name, form in EXPORTS.items() if not form.is_picture and name != "plain")


@dataclass(frozen=True)
class VetCard:
    """What a page shows of a figure about security tests; `table` has its chief columns."""

    figure: VetFigure
    title: str
    subtitle: str
    table: Rows
    notes: tuple[Note, ...]
    picture: str
    downloads: tuple[Choice, ...]
    address: str
    permalink: str
    command: str
    python: str
    api: str
    bibtex: str
    embed: str = ""


@router.get("/security")
def security(reader: Reading, query: Query) -> HTMLResponse:
    """Show published figures, the rates of one test, a form to compare, and facts about files."""
    contract = read_vet_question(RATES, query)
    site = reader.site
    reports = make_vet_card(reader, site.security(VetContract(REPORTS)))
    tests, rates, form, missing = [], None, None, None
    try:
        tests = tests_of(site)
        test = _chosen(tests, contract)
        rates = make_vet_card(reader, site.security(VetContract(RATES, **test.values)))
        form = make_vet_form(models_of(site, test.engine, test.attack), test, None)
    except Busy:
        raise
    except CensusError as error:
        if tests:
            raise
        missing = Missing("Outcomes of single cases", error.what, error.where, error.next_step)
    return render(
        reader,
        "security.html",
        reports=reports,
        tests=_links(reader, tests, contract) if tests else [],
        rates=rates,
        form=form,
        missing=missing,
        files=[_files(reader, by) for by in FILE_GROUPS],
    )


@router.get("/security/{word}")
def question(word: str, reader: Reading, query: Query) -> Response:
    """Show a figure about security tests, or leave it in the form that an ending names."""
    name, dot, ending = word.partition(".")
    if name not in WORDS:
        raise UnknownName("question about security tests", name, list(WORDS))
    if dot:
        return _exported(reader, read_vet_question(WORDS[name], query), ending)
    if any(not text for _, text in query):
        return _tidied(reader, name, query)
    return _page(reader, name, query)


def _tidied(reader: Reader, name: str, query: list[tuple[str, str]]) -> Response:
    """Lead from what a form sends to the short address of the same question."""
    kept = [(k, v) for k, v in query if v and getattr(VetContract, k, None) != v]
    try:
        read_vet_question(WORDS[name], kept)
    except CensusError:
        return _page(reader, name, kept)
    address = reader.link(f"/security/{name}?{vet_query(read_vet_question(WORDS[name], kept))}")
    return RedirectResponse(address, status_code=303)


def _page(reader: Reader, name: str, query: list[tuple[str, str]]) -> HTMLResponse:
    """Return the page of a figure; a question that cannot be answered keeps its form."""
    contract, card, refusal = None, None, None
    try:
        contract = read_vet_question(WORDS[name], query)
        card = make_vet_card(reader, reader.site.security(contract))
    except Busy:
        raise
    except CensusError as error:
        refusal = error
    return render(
        reader,
        "security_figure.html",
        status_of(refusal) if refusal else 200,
        name=name,
        card=card,
        refusal=refusal,
        form=_form(reader, contract, query) if WORDS[name] == COMPARE else None,
    )


def _form(
    reader: Reader, contract: VetContract | None, query: list[tuple[str, str]]
) -> VetForm | None:
    """Return the form of a comparison, filled in as far as the question could be read."""
    try:
        tests = tests_of(reader.site)
    except Busy:
        raise
    except CensusError:
        return None
    named = {k: v for k, v in query if k in tests[0].values}
    test = next((t for t in tests if _fits(t, named)), tests[0])
    return make_vet_form(models_of(reader.site, test.engine, test.attack), test, contract)


def _fits(test: Test, named: Mapping[str, str]) -> bool:
    """Return whether a test is what a question names; what is empty or left out fits any."""
    return all(named.get(name, "") in ("", value) for name, value in test.values.items())


def _chosen(tests: list[Test], asked: VetContract) -> Test:
    """Return the test that a question means: the first that fits what it names.

    Raises:
        UnknownName: none does.
    """
    named = {name: str(getattr(asked, name)) for name in tests[0].values}
    for test in tests:
        if _fits(test, named):
            return test
    wanted = " ".join(v for v in named.values() if v)
    raise UnknownName("test", wanted, [test.name for test in tests][:5])


def _links(reader: Reader, tests: list[Test], asked: VetContract) -> list[Choice]:
    here = _chosen(tests, asked)
    return [
        Choice(
            f"{test.name} ({test.models} model{'' if test.models == 1 else 's'})",
            reader.link("/security", **test.values),
            test == here,
        )
        for test in tests
    ]


def _exported(reader: Reader, contract: VetContract, ending: str) -> Response:
    is_drawn = ending == "svg" and contract.measure == COMPARE
    if not is_drawn and ending not in TEXTS:
        raise UnknownName("form of a figure", ending, [*TEXTS])
    found = reader.site.security(contract)
    if is_drawn:
        content, media_type = forest_svg(found).encode(), get_export("svg").media_type
        saved_as = file_name(found, get_export("svg"))
    else:
        content, media_type, saved_as = export(found, ending)
    headers = {"Content-Disposition": f'inline; filename="{saved_as}"'}
    return Response(content, media_type=media_type, headers=headers)


@dataclass(frozen=True)
class FileFacts:
    """Facts about files of the largest groups, and where all of them are."""

    figure: Figure
    table: Rows
    address: str


def _files(reader: Reader, by: str) -> FileFacts | Missing:
    found = ask(reader.site, "file_facts", by=by)
    if isinstance(found, Missing):
        return found
    address = reader.link(f"/figures/file_facts?{as_query(found.contract)}")
    return FileFacts(found, file_table(found), address)


def make_vet_card(reader: Reader, figure: VetFigure) -> VetCard:
    """Return what a page shows of a figure about security tests."""
    contract = figure.contract
    query = vet_query(contract)
    path = f"/security/{word_of(contract.measure)}"
    release = figure.release if reader.is_pinned else ""
    outside = reader.outside(f"/r/{figure.release}{path}?{query}".rstrip("?"))
    drawn = contract.measure == COMPARE
    return VetCard(
        figure=figure,
        title=_title(contract),
        subtitle=contract.sentence(),
        table=chief_table(figure),
        notes=tuple(figure_notes(figure)),
        picture=reader.link(f"{path}.svg?{query}") if drawn else "",
        downloads=tuple(
            Choice(form, reader.link(f"{path}.{form}?{query}"))
            for form in (*TEXTS, *(["svg"] if drawn else []))
        ),
        address=reader.link(f"{path}?{query}"),
        permalink=outside,
        command=vet_command(contract, release),
        python=vet_python(contract, release),
        api=reader.link(f"/api/v1/security/{word_of(contract.measure)}?{query}"),
        bibtex=as_bibtex(figure, outside if reader.site.settings.public_url else ""),
    )


def _title(contract: VetContract) -> str:
    if contract.measure != COMPARE:
        return f"{MEASURES[contract.measure].phrase.capitalize()}{_under(contract)}"
    models = [name.rpartition("/")[2] for name in contract.models]
    shown = models if len(models) < 3 else [*models[:2], f"{len(models) - 2} more"]
    return f"{' and '.join(shown)} beside {contract.reference.rpartition('/')[2]}"


def _under(contract: VetContract) -> str:
    return f" under {contract.attack}" if contract.attack else ""
