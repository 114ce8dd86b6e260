"""The same question as command, Python and address; citations; notes in plain words."""

from __future__ import annotations

import shlex
from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from modelcensus.contracts.registry import MEASURES
from modelcensus.contracts.vocabulary import DENOMINATORS, GROUPS
from modelcensus.measures.census import Census
from modelcensus.publish.citation import as_bibtex
from modelcensus.publish.faces import as_command, as_python, as_query
from modelcensus.publish.notes import figure_notes

SHARE = MEASURES["share"]
words = st.sampled_from([n for n, term in GROUPS.items() if not term.missing and n != "model"])
subjects = st.lists(st.text(st.characters(exclude_categories=["C"]), min_size=1), max_size=3)


@given(words, st.sampled_from([d for d in DENOMINATORS if d != "selected"]), subjects)
def test_address_and_command_mean_the_same_definition(
    by: str, denominator: str, named: list[str]
) -> None:
    contract = SHARE.contract(subjects=tuple(named), by=by, denominator=denominator)
    pairs = parse_qsl(as_query(contract), keep_blank_values=True)
    values = {k: v for k, v in pairs if k != "subjects"}
    read = SHARE.contract(subjects=tuple(v for k, v in pairs if k == "subjects"), **values)
    assert read.id == contract.id
    split = shlex.split(as_command(contract))
    assert split[:2] == ["census", "share"]
    assert split[2 : 2 + len(named)] == named


def test_defaults_are_left_out() -> None:
    contract = MEASURES["series"].contract(by="country", period="all")
    assert as_query(contract) == ""
    assert as_command(contract) == "census series"
    assert as_python(contract).endswith("census.series()")
    assert "--release r1" in as_command(contract, "r1")


def test_bibtex_holds_no_sign_that_tex_obeys(census: Census) -> None:
    figure = census.share(by="developer_type", frame="panel:grove")
    entry = as_bibtex(figure, "https://example.org/r/x")
    assert entry.startswith(f"@misc{{census-{figure.contract.id},")
    assert entry.count("{") == entry.count("}")
    assert "SIMULATED" in entry or not figure.is_simulated
    assert "_" not in entry.replace(r"\_", "").partition("url")[0]


def test_notes_are_plain(census: Census) -> None:
    found = list(figure_notes(census.share(by="country", frame="panel:grove")))
    assert found[0].label == "coverage"
    assert "[" not in "".join(note.label for note in found)
    assert not [note for note in found if note.label in ("cite", "not shown", "")]
