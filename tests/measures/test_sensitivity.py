"""Every figure says what it hangs on, or why nothing but its data enters it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.acre import build_acre, totals
from tests.questions import few_questions

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.registry import MEASURES
from modelcensus.measures.census import Census, open_census

FIRST = {q.measure: q for q in reversed(list(few_questions()))}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    """A release in which every measure has an answer."""
    store = build_acre(tmp_path_factory.mktemp("acre"), *totals()).store
    with open_census(store.path) as opened:
        yield opened


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for one in value.values():
            yield from numbers(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from numbers(one)
    elif isinstance(value, int | float):
        yield float(value)


def test_a_question_of_every_measure_is_asked() -> None:
    assert set(FIRST) == set(MEASURES)


@pytest.mark.parametrize("question", FIRST.values(), ids=lambda q: q.measure)
def test_a_figure_carries_its_sensitivity_or_says_why_it_has_none(
    world: Census, question: Contract
) -> None:
    sensitivity = world.figure(question).sensitivity
    assert sensitivity
    why = sensitivity.get("why_none")
    if why is not None:
        assert len(why.split()) > 8  # a reason, not a word
        assert set(sensitivity) == {"why_none"}
    else:
        # numbers, or rows that are named; no contested row is an answer, too
        said = list(numbers(sensitivity)) or any(sensitivity.values())
        assert said or sensitivity["contested_rows"] == []
