"""What stands before an endpoint: kept answers, limits, and a look at what the endpoint can do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from modelcensus.errors import LimitExceeded, SnapshotError, StoreError, VetError
from modelcensus.sources.hub.token import Secret
from modelcensus.testing import FixedClock
from modelcensus.vet.gate import Gate, Stopped
from modelcensus.vet.run_config import RunLimits
from modelcensus.vet.run_plan import Measured
from modelcensus.vet.turns import Turns, calls_tools

CANARY = "sk-canary-77"


@dataclass(frozen=True)
class Output:
    """What an engine makes of an answer."""

    told: dict[str, Any]

    def model_dump(self, **_: Any) -> dict[str, Any]:
        return self.told


def output(*calls: str, tokens: int = 10) -> Output:
    message = {"content": "x", "tool_calls": [{"function": name} for name in calls]}
    usage = {"input_tokens": tokens, "output_tokens": 1}
    return Output({"choices": [{"message": message}], "usage": usage})


class Refusal(Exception):
    def __init__(self, status: int, words: str = "no") -> None:
        super().__init__(words)
        self.status_code = status


def says(*answers: Any) -> Callable[[], Awaitable[Any]]:
    """Return what an endpoint answers, one after the other; an error is raised."""
    left = list(answers)

    async def ask() -> Any:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask


def gate(path: Path, limits: RunLimits | None = None, **values: Any) -> Gate:
    clock = FixedClock()
    given = {"probe": 3, "now": clock.monotonic, "restore": Output} | values
    return Gate(Turns(path / "answers"), limits or RunLimits(), **given)


def answer(found: Gate, case: str, turn: int, ask: Callable[[], Awaitable[Any]]) -> Any:
    return asyncio.run(found.answer((case, 1, turn), ask))


def test_a_kept_answer_is_given_again_and_not_asked_for(tmp_path: Path) -> None:
    first = gate(tmp_path)
    given = answer(first, "a", 0, says((output("read"), "call")))
    assert given == (output("read"), "call")
    assert answer(first, "a", 1, says(output())) == output()
    first.turns.close()
    again = gate(tmp_path)
    assert answer(again, "a", 0, says()) == output("read")
    assert answer(again, "a", 1, says()) == output()
    assert (again.turns.asked, again.repeated, again.finished) == (2, 2, 1)


def test_a_request_without_an_answer_counts_and_is_made_again(tmp_path: Path) -> None:
    first = gate(tmp_path)
    with pytest.raises(Refusal):
        answer(first, "a", 0, says(Refusal(500)))
    assert first.stopped is None
    assert answer(first, "a", 0, says(output("read"))) == output("read")
    first.turns.close()
    assert gate(tmp_path).turns.asked == 2


def test_no_request_beyond_the_limit_over_all_calls(tmp_path: Path) -> None:
    limits = RunLimits(max_requests=2)
    first = gate(tmp_path, limits)
    answer(first, "a", 0, says(output("read")))
    first.turns.close()
    again = gate(tmp_path, limits)
    # what is kept costs nothing
    answer(again, "a", 0, says())
    answer(again, "a", 1, says(output()))
    with pytest.raises(Stopped):
        answer(again, "b", 0, says())
    assert isinstance(again.stopped, LimitExceeded)
    assert "max_requests" in again.stopped.where
    assert again.turns.asked == 2


def test_no_request_after_the_deadline(tmp_path: Path) -> None:
    clock = FixedClock()
    found = gate(tmp_path, RunLimits(max_seconds=5), now=clock.monotonic)
    found.deadline = clock.monotonic() + 5
    answer(found, "a", 0, says(output("read")))
    clock.advance(5)
    with pytest.raises(Stopped):
        answer(found, "a", 1, says())
    assert isinstance(found.stopped, LimitExceeded)
    assert not found.is_unusable


@pytest.mark.parametrize("status", [400, 401, 404, 422])
@pytest.mark.parametrize("is_raised", [True, False])
def test_an_endpoint_that_refuses_from_the_start_is_left(
    tmp_path: Path, status: int, is_raised: bool
) -> None:
    found = gate(tmp_path, key=Secret(CANARY))
    refused = Refusal(status, f"no tools for {CANARY}")
    with pytest.raises(Stopped):
        answer(found, "a", 0, says(refused if is_raised else (refused, None)))
    assert isinstance(found.stopped, VetError)
    assert f"HTTP {status}" in found.stopped.what
    assert CANARY not in str(found.stopped)
    assert found.is_unusable


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_what_may_pass_does_not_end_a_run(tmp_path: Path, status: int) -> None:
    found = gate(tmp_path)
    with pytest.raises(Refusal):
        answer(found, "a", 0, says(Refusal(status)))
    assert found.stopped is None


def test_a_refusal_later_on_concerns_its_case_alone(tmp_path: Path) -> None:
    found = gate(tmp_path)
    answer(found, "a", 0, says(output("read")))
    with pytest.raises(Refusal):
        answer(found, "b", 0, says(Refusal(400, "too long")))
    assert found.stopped is None


def test_an_endpoint_that_only_talks_is_left_after_the_first_cases(tmp_path: Path) -> None:
    found = gate(tmp_path)
    answer(found, "a", 0, says(output()))
    answer(found, "b", 0, says(output()))
    with pytest.raises(Stopped):
        answer(found, "c", 0, says(output()))
    assert isinstance(found.stopped, VetError)
    assert "the first 3 cases" in found.stopped.what


def test_one_tool_call_is_enough_to_go_on(tmp_path: Path) -> None:
    found = gate(tmp_path)
    answer(found, "a", 0, says(output("read")))
    for case in "abcdef":
        answer(found, case, 1, says(output()))
    assert found.stopped is None


def test_kept_tool_calls_count_and_are_not_thrown_away(tmp_path: Path) -> None:
    first = gate(tmp_path)
    answer(first, "a", 0, says(output("read")))
    first.turns.close()
    again = gate(tmp_path)
    for case in "bcdef":
        answer(again, case, 0, says(output()))
    assert again.stopped is None


def test_no_request_beyond_the_turns_of_a_case(tmp_path: Path) -> None:
    found = gate(tmp_path, RunLimits(max_turns=2))
    for turn in (0, 1):
        answer(found, "a", turn, says(output("read")))
    assert answer(found, "a", 2, says()).told["choices"][0]["message"]["content"] == ""
    assert (found.turns.asked, found.finished) == (2, 1)


@pytest.mark.parametrize("name", ["ask", "keep"])
def test_a_full_disk_stops_the_requests(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise StoreError("no space left")

    found = gate(tmp_path)
    monkeypatch.setattr(found.turns, name, full)
    for case in "ab":
        with pytest.raises(Stopped):
            answer(found, case, 0, says(output("read")))
    assert isinstance(found.stopped, StoreError)
    assert found.turns.asked <= 1


def test_progress_is_told_after_each_answer(tmp_path: Path) -> None:
    seen: list[int] = []
    found = gate(tmp_path)
    found.show = lambda: seen.append(found.finished)
    answer(found, "a", 0, says(output("read")))
    answer(found, "a", 1, says(output()))
    assert seen == [0, 1]


# --- kept answers --------------------------------------------------------------


def test_a_torn_last_line_is_cut_off_and_its_request_made_again(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    turns = Turns(path)
    for place in (("a", 1, 0), ("a", 1, 1)):
        turns.ask(place)
        turns.keep(place, output("read").told)
    turns.close()
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        found = Turns(path)
        assert len(found) <= 2
        assert found.asked <= 2
        found.ask(("b", 1, 0))
        found.close()
        assert all(json.loads(line) for line in path.read_bytes().splitlines())


def test_reading_changes_nothing_while_another_process_adds(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    content = b'{"asked": ["a", 1, 0]}\n{"answer": ["a", 1'
    path.write_bytes(content)
    found = Turns(path, is_added_to=False)
    assert (found.asked, len(found)) == (1, 0)
    with pytest.raises(ValueError, match="to be read"):
        found.ask(("b", 1, 0))
    found.close()
    assert path.read_bytes() == content


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    for bad in ("{", "[]", '{"other": 1}', '{"asked": ["a"]}', '{"answer": ["a", 1, 0]}'):
        path.write_text('{"asked": ["a", 1, 0]}\n' + bad + "\n")
        with pytest.raises(SnapshotError) as caught:
            Turns(path)
        assert "line 2" in caught.value.where


def test_what_finished_cases_took(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "answers")
    turns.keep(("a", 1, 0), output("read", tokens=100).told)
    turns.keep(("a", 1, 1), output(tokens=200).told)
    turns.keep(("b", 1, 0), output("read").told)
    turns.keep(("c", 1, 0), output("read").told)
    turns.keep(("c", 1, 1), output("read").told)
    turns.keep(("c", 1, 2), output("read").told)
    # b is not finished; c is, by the limit of three
    assert turns.measured(max_turns=3) == Measured(2, 5, 330, 5)
    turns.keep(("d", 1, 0), {"choices": [{"message": {"content": "x"}}]})
    assert turns.measured(max_turns=3) == Measured(3, 6, None, None)
    turns.close()


def test_answers_without_choices_call_nothing() -> None:
    assert not calls_tools({})
    assert not calls_tools({"choices": []})
    assert not calls_tools({"choices": [{"message": None}]})
