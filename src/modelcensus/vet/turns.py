"""Answers of an endpoint, kept one by one: a run that is killed asks for none of them again.

Each request is noted before it is made and each answer when it has come, as lines of one file.
So a call that takes a run up again knows how many requests there were, gives every kept answer
to the case it belongs to, and asks only for the next ones.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modelcensus.errors import SnapshotError
from modelcensus.files import LineJournal, whole_lines
from modelcensus.vet.run_plan import Measured

Place = tuple[str, int, int]
"""Case, epoch (from 1) and turn (from 0) of an answer."""


class Turns:
    """The kept answers of one shard.

    Attributes:
        asked: requests that were made, unanswered ones included.
        calls: kept answers that call a tool.
    """

    def __init__(self, path: Path, *, is_added_to: bool = True) -> None:
        """Read what earlier calls kept, and open the file unless nothing is added to it.

        Raises:
            SnapshotError: a line of the file is not what was written there.
            StoreError: the file cannot be read or written.
        """
        self.asked = self.calls = 0
        self._answers: dict[Place, dict[str, Any]] = {}
        self._journal = LineJournal(path) if is_added_to else None
        lines = self._journal.lines if self._journal else whole_lines(path)
        for number, line in enumerate(lines, start=1):
            try:
                told = json.loads(line)
                if "answer" in told:
                    self._answers[_place(told["answer"])] = told["output"]
                    self.calls += calls_tools(told["output"])
                else:
                    _place(told["asked"])
                    self.asked += 1
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise SnapshotError(
                    "a kept answer is damaged",
                    where=f"{path}, line {number}",
                    next_step="delete the line: its request is made again",
                ) from error

    def __len__(self) -> int:
        """Return how many answers are kept."""
        return len(self._answers)

    def get(self, place: Place) -> dict[str, Any] | None:
        """Return a kept answer; None where there is none."""
        return self._answers.get(place)

    def ask(self, place: Place) -> None:
        """Note that a request is made now.

        Raises:
            StoreError: the disk is full or refuses.
        """
        self.asked += 1
        self._add({"asked": place})

    def keep(self, place: Place, output: dict[str, Any]) -> None:
        """Keep an answer.

        Raises:
            StoreError: the disk is full or refuses.
        """
        self._answers[place] = output
        self.calls += calls_tools(output)
        self._add({"answer": place, "output": output})

    def measured(self, max_turns: int) -> Measured:
        """Return what the finished cases took: those that ended with words or by the limit."""
        cases: dict[tuple[str, int], list[Mapping[str, Any]]] = defaultdict(list)
        for (case, epoch, _), output in sorted(self._answers.items()):
            cases[case, epoch].append(output)
        done = [turns for turns in cases.values() if _is_finished(turns, max_turns)]
        return Measured(
            cases=len(done),
            requests=sum(map(len, done)),
            input_tokens=_tokens(done, "input_tokens"),
            output_tokens=_tokens(done, "output_tokens"),
        )

    def close(self) -> None:
        """Close the file."""
        if self._journal is not None:
            self._journal.close()

    def _add(self, line: dict[str, Any]) -> None:
        if self._journal is None:
            raise ValueError("these answers were opened to be read")
        self._journal.add(json.dumps(line, separators=(",", ":")).encode())


def calls_tools(output: Mapping[str, Any]) -> bool:
    """Return whether an answer calls a tool."""
    choices = output.get("choices") or [{}]
    return bool((choices[0].get("message") or {}).get("tool_calls"))


def _is_finished(turns: list[Mapping[str, Any]], max_turns: int) -> bool:
    return len(turns) >= max_turns or not calls_tools(turns[-1])


def _tokens(cases: list[list[Mapping[str, Any]]], name: str) -> int | None:
    """Return tokens over all answers; None where one does not say."""
    told = [(turn.get("usage") or {}).get(name) for turns in cases for turn in turns]
    counts = [int(count) for count in told if count is not None]
    return sum(counts) if len(counts) == len(told) else None


def _place(told: Any) -> Place:
    case, epoch, turn = told
    return str(case), int(epoch), int(turn)
