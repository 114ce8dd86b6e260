"""The registry: every measure can be loaded, and takes what it says and nothing else."""

from __future__ import annotations

from dataclasses import fields

import pytest

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.measure import PARAMETERS, Measure
from modelcensus.contracts.registry import MEASURES, get_measure
from modelcensus.errors import ContractError, UnknownName


def subjects_of(measure: Measure, count: int | None = None) -> tuple[str, ...]:
    return tuple("abcdefghijklmnopqrstuvwxyz")[: measure.subjects[0] if count is None else count]


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_loads_its_function(name: str) -> None:
    measure = get_measure(name)
    assert measure.name == name
    function = measure.load()
    assert function.__doc__
    assert f"docs/methods.md#{name}" in function.__doc__


@pytest.mark.parametrize("name", MEASURES)
def test_parameters_and_defaults_are_fields_of_a_contract(name: str) -> None:
    measure = MEASURES[name]
    known = {f.name for f in fields(Contract)}
    assert {*measure.parameters, *measure.defaults} <= known
    assert set(measure.parameters) <= set(PARAMETERS)
    contract = measure.contract(subjects=subjects_of(measure))
    assert (contract.measure, contract.measure_version) == (name, measure.version)
    assert all(getattr(contract, k) == v for k, v in measure.defaults.items())


@pytest.mark.parametrize("name", MEASURES)
def test_the_number_of_subjects_is_held(name: str) -> None:
    measure = MEASURES[name]
    low, high = measure.subjects
    for count in {low - 1, high + 1} - {-1}:
        with pytest.raises(
            ContractError, match=rf"takes ({low}|{low} to {high}) groups, {count} given"
        ):
            measure.contract(subjects=subjects_of(measure, count))
    assert len(measure.contract(subjects=subjects_of(measure, high)).subjects) == high


@pytest.mark.parametrize("name", MEASURES)
def test_a_parameter_of_another_measure_is_refused(name: str) -> None:
    measure = MEASURES[name]
    for strange in ({*PARAMETERS} - {*measure.parameters}) | {"colour"}:
        with pytest.raises(ContractError, match=strange) as caught:
            measure.contract(subjects=subjects_of(measure), **{strange: "all"})
        assert measure.parameters[0] in caught.value.next_step


def test_empty_values_are_not_given() -> None:
    share = MEASURES["share"]
    assert share.contract(by="", metric=None, subjects=()) == share.contract()


def test_an_unknown_measure_gets_all_names() -> None:
    with pytest.raises(UnknownName) as caught:
        get_measure("shares")
    assert caught.value.nearest == sorted(MEASURES)


@pytest.mark.parametrize(
    ("contract", "reason"),
    [
        (Contract("share", measure_version=2), "version 2"),
        (Contract("crossover", by="family", period="all"), "takes 2 groups, 0 given"),
        (Contract("totals", by="country", period="all"), "takes no 'by'"),
        (Contract("rank", denominator="attributed"), "takes no 'denominator'"),
    ],
)
def test_a_contract_made_elsewhere_is_checked(contract: Contract, reason: str) -> None:
    with pytest.raises(ContractError, match=reason):
        get_measure(contract.measure).check(contract)


def test_a_contract_of_the_measure_passes() -> None:
    contract = MEASURES["totals"].contract(frame="panel:grove")
    MEASURES["totals"].check(Contract.from_dict(contract.to_dict()))
    assert contract.by == "total"
