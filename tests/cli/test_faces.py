"""All faces of a measure give one figure, whatever is asked; commands follow the registry."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import typer

from modelcensus.cli.main import app
from modelcensus.contracts.contract import Contract
from modelcensus.contracts.measure import PARAMETERS
from modelcensus.contracts.registry import MEASURES
from modelcensus.measures.census import Census

GROVE = {"frame": "panel:grove"}
QUESTIONS: list[tuple[str, tuple[str, ...], dict[str, str]]] = [
    ("share", (), GROVE),
    ("share", ("portugal", "IS"), {**GROVE, "denominator": "selected", "outliers": "cap:100"}),
    ("share", (), {**GROVE, "by": "developer", "lens": "publisher", "period": "2031-02-28"}),
    ("share", ("us",), {**GROVE, "coding": "atom"}),
    ("share", (), {"frame": "sample:leaf", "by": "licence_class", "population": "language"}),
    ("share", (), {"metric": "pulls"}),
    ("rank", (), GROVE),
    ("rank", ("aspen",), {**GROVE, "by": "family", "metric": "models"}),
    ("rank", (), {**GROVE, "outliers": "median", "population": "first_party"}),
    ("series", (), GROVE),
    ("series", ("fir",), {"by": "namespace", "period": " 2031-01 .. 2031-02 "}),
    ("series", ("PT",), {**GROVE, "denominator": "attributed", "outliers": "drop-top:1"}),
    ("totals", (), GROVE),
    ("totals", (), {"frame": "panel:kettle", "metric": "pulls", "period": "latest"}),
    ("totals", (), {**GROVE, "population": "list:atom", "period": "2031-02..2031-03"}),
    ("crossover", ("beech", "aspen"), {"frame": "panel:race"}),
    ("crossover", ("PT", "IS"), {"frame": "panel:calm", "by": "country"}),
    ("crossover", ("birch", "alder"), {**GROVE, "by": "namespace", "metric": "models"}),
    ("edges", (), {"frame": "sample:tree"}),
    ("edges", (), {}),
    ("edges", (), {"frame": "hub"}),
    ("derivatives", (), {"period": "2031-03"}),
    ("derivatives", ("IS",), {"period": "2031-03", "same_developer": "counted"}),
    ("derivatives", (), {"period": "2031-03", "by": "family", "reading": "declared"}),
    ("matrix", (), {"period": "2031-03"}),
    ("matrix", (), {"period": "2031-03", "counting": "full", "relation": "merge"}),
    ("matrix", (), {"period": "2031-03", "threshold": "5"}),
    ("drift", (), {}),
    ("drift", (), {"relation": "finetune"}),
    ("drift", (), {"frame": "hub"}),
    ("share", (), {"frame": "sample:tree", "lens": "base", "counting": "full"}),
    ("share", (), {"frame": "sample:tree", "by": "bloc", "roll_up": "formats"}),
    ("share", (), {"frame": "sample:tree", "by": "format", "counting": "full"}),
    ("share", (), {"frame": "sample:leaf", "population": "size:1-7B+modality:text,unknown"}),
    ("licences", (), {"frame": "hub"}),
    ("licences", (), {"frame": "hub", "by": "developer"}),
    ("licences", (), {"frame": "hub", "metric": "downloads_30d"}),
    ("duties", (), {"frame": "hub"}),
    ("duties", (), {"frame": "hub", "population": "young:90"}),
    ("duties", (), {}),
    ("licence_changes", (), {"frame": "hub"}),
    ("licence_changes", (), {"frame": "hub", "period": "2031-03..2031-04"}),
    ("licence_changes", (), {"period": "all", "frame": "hub"}),
    ("concentration", (), GROVE),
    ("concentration", (), {**GROVE, "by": "namespace", "panel": "fixed"}),
    ("concentration", (), {**GROVE, "by": "model", "period": "latest", "outliers": "cap:100"}),
    ("sizes", (), {"frame": "sample:leaf"}),
    ("sizes", ("IS",), {"frame": "sample:leaf", "metric": "downloads_30d"}),
    ("sizes", (), {"frame": "sample:leaf", "by": "licence_class", "population": "language"}),
    ("size_history", (), {"frame": "sample:leaf"}),
    ("size_history", ("IS",), {**GROVE, "period": "all"}),
    ("size_history", (), {**GROVE, "by": "namespace", "metric": "models"}),
    ("relative_adoption", (), {"frame": "panel:ages"}),
    ("relative_adoption", ("ash/once",), {"frame": "panel:ages", "variant": "v2"}),
    ("relative_adoption", ("peer/n1", "ash/gap"), {"frame": "panel:ages"}),
    ("exposure", (), {"without": "namespace:alder"}),
    ("exposure", (), {"without": "country:iceland", "reading": "immediate"}),
    ("exposure", (), {"without": "family:aspen", "metric": "models"}),
    ("influence", ("IS", "PT"), GROVE),
    (
        "influence",
        ("beech", "aspen"),
        {"frame": "panel:race", "by": "family", "period": "all", "headline": "crossover"},
    ),
    ("influence", ("IS",), {"frame": "sample:tree", "lens": "base", "denominator": "attributed"}),
    ("spread", ("IS", "PT"), GROVE),
    ("spread", ("alder",), {**GROVE, "by": "namespace", "outliers": "cap:100"}),
    ("spread", ("IS", "PT"), {"frame": "sample:tree", "lens": "base", "reading": "declared"}),
    ("file_facts", (), {"frame": "hub"}),
    ("file_facts", (), {"frame": "hub", "by": "weight_format"}),
    ("file_facts", ("2031",), {"frame": "hub", "by": "created_year"}),
    ("hubs", (), {}),
    ("hubs", ("aspen", "beech"), {"naming": "begins"}),
    ("hubs", (), {"by": "developer", "period": "2031-01..2031-04"}),
    ("openness", (), {}),
    ("openness", ("IS",), {"by": "country"}),
    ("openness", (), {"by": "created_year", "period": "2030..2031"}),
    ("capability", (), {}),
    ("capability", ("IS", "PT"), {"by": "country", "period": "2031"}),
    ("capability", (), {"by": "total", "benchmark": "Simulated Reasoning", "reported": "any"}),
    ("training", (), {}),
    ("training", ("IS",), {"counting": "full", "period": "2030"}),
    ("training", (), {"by": "total"}),
    ("developers", (), GROVE),
    ("developers", ("industry: start-up",), {**GROVE, "by": "developer_sub_type"}),
    ("developers", (), {**GROVE, "lens": "publisher", "period": "2031-02..2031-03"}),
]
INDEXED = ("openness", "capability", "training")
LICENCES = ("licences", "duties", "licence_changes", "file_facts")


def world_of(name: str, values: dict[str, str]) -> str:
    """Return the world that can answer: the forest tells of no bases and few licences."""
    if name == "relative_adoption":
        return "ages"
    if name in INDEXED:
        return "indexed"
    if name in LICENCES or (name in ("edges", "drift") and values.get("frame") == "hub"):
        return "terms"
    is_lineage = name in ("edges", "derivatives", "matrix", "drift", "exposure")
    is_tree = values.get("frame") == "sample:tree" or values.get("lens") == "base"
    return "tree" if is_lineage or is_tree else "census"


def test_every_measure_is_asked_in_several_ways() -> None:
    assert {name for name, _, _ in QUESTIONS} == set(MEASURES)
    for name in MEASURES:
        assert len([q for q in QUESTIONS if q[0] == name]) >= 3


def _two_of_each() -> Iterator[Any]:
    """Yield two questions of each measure for every run; the others are of the long one."""
    asked: Counter[str] = Counter()
    for question in QUESTIONS:
        asked[question[0]] += 1
        is_more = asked[question[0]] > 2
        yield pytest.param(*question, marks=pytest.mark.long if is_more else ())


@pytest.mark.parametrize(("name", "subjects", "values"), [*_two_of_each()])
def test_command_method_and_contract_give_one_figure(
    census_command: Callable[..., Any],
    request: pytest.FixtureRequest,
    name: str,
    subjects: tuple[str, ...],
    values: dict[str, str],
) -> None:
    census: Census = request.getfixturevalue(world_of(name, values))
    figure = getattr(census, name)(*subjects, **values)
    read = json.loads(figure.to_json())
    options = [f"--{key.replace('_', '-')}={value}" for key, value in values.items()]
    release = census.release
    where = ["--store", str(release.path.parent.parent), "--release", release.name]
    ran = census_command(name, *subjects, *options, *where, "--format", "json")
    assert ran.code == 0
    assert json.loads(ran.out) == read
    # what was resolved is the definition that gives the figure again
    again = census.figure(Contract.from_dict(read["contract"]))
    assert json.loads(again.to_json()) == read
    # what `define` prints is the definition that was asked for
    defined = census_command("define", name, *subjects, *options)
    contract = MEASURES[name].contract(subjects=subjects, **values)
    assert (defined.code, Contract.from_dict(json.loads(defined.out))) == (0, contract)
    assert contract.sentence() in defined.words
    assert f"definition {contract.id}" in defined.words


def commands() -> dict[str, Any]:
    found: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("name", MEASURES)
def test_a_command_s_options_are_those_of_the_registry(name: str) -> None:
    by_name = {p.name: p for p in commands()[name].params}
    for parameter in MEASURES[name].parameters:
        option = by_name[parameter]
        assert option.opts == [f"--{parameter.replace('_', '-')}"]
        assert option.default == ""
        assert PARAMETERS[parameter].description in option.help
        offered = [k for k, t in (PARAMETERS[parameter].words or {}).items() if not t.missing]
        assert ", ".join(offered) in option.help
        standard = MEASURES[name].defaults.get(parameter) or getattr(Contract, parameter)
        assert (f"Default: {standard}" in option.help) == bool(standard)
    assert MEASURES[name].summary in commands()[name].help
    assert f"Example: census {name}" in commands()[name].help


def test_define_takes_every_option() -> None:
    names = {p.name for p in commands()["define"].params}
    assert names == {"measure", "subjects", "preset", *PARAMETERS}


def test_define_refuses_like_the_measure(census_command: Callable[..., Any]) -> None:
    ran = census_command("define", "rank", "--denominator", "attributed")
    assert (ran.code, ran.out) == (2, "")
    assert "takes no 'denominator'" in ran.words
    ran = census_command("define", "rang")
    assert ran.code == 6
    assert "rank" in ran.words


def test_the_examples_of_help_are_definitions(census_command: Callable[..., Any]) -> None:
    for name in MEASURES:
        example = commands()[name].help.split("Example: ")[1].split()
        assert example[:2] == ["census", name]
        assert census_command("define", *example[1:]).code == 0
