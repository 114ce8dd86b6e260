"""A script for the banking suite, out of the engine's own files: run as a module, printed as JSON.

By user's task the scripted model reads only, does the task, does what some goals want, or both.
Nothing of the suite is written into the project: it is looked up when the tests run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from modelcensus.testing.scripted_endpoint import Says, Script

READ = ("get_most_recent_transactions", {"n": 5})


def banking_script(turns: Mapping[str, Mapping[str, Any]], ending: str = "") -> Script:
    """Return the script whose turns were printed; `ending` is added to each last word."""

    def script(messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> Says:
        asked = next(m["content"] for m in messages if m["role"] == "user")
        text = asked if isinstance(asked, str) else asked[0]["text"]
        turn = turns[text]
        if messages[-1]["role"] == "tool":
            return Says(text=turn["text"] + ending)
        return Says(calls=[(name, arguments) for name, arguments in turn["calls"]])

    return script


def printed(shift: int) -> dict[str, Any]:
    from inspect_evals.agentdojo.dataset import TASK_SUITES

    suite = TASK_SUITES["banking"]
    environment = suite.load_and_inject_default_environment({})
    goals = list(suite.injection_tasks.values())
    found = {}
    for number, task in enumerate(suite.user_tasks.values()):
        kind = (number + shift) % 4
        calls: list[tuple[str, Any]] = [READ]
        if kind in (0, 2):
            calls += _calls(task, environment)
        if kind in (1, 2):
            for goal in (goals[number % 9], goals[(number + 3 + shift) % 9]):
                calls += _calls(goal, environment)
        said = getattr(task, "GROUND_TRUTH_OUTPUT", "") if kind in (0, 2) else "I have read it."
        found[task.PROMPT] = {"calls": calls, "text": said or "Done."}
    return found


def _calls(task: Any, environment: Any) -> list[tuple[str, Any]]:
    return [(call.function, call.arguments) for call in task.ground_truth(environment)]


if __name__ == "__main__":
    json.dump(printed(int(sys.argv[1])), sys.stdout)
