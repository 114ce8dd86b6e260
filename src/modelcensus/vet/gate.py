"""What stands between the engine and the endpoint: limits, kept answers, a look at tool calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from modelcensus.errors import CensusError, LimitExceeded, StoreError, VetError
from modelcensus.sources.hub.token import Secret
from modelcensus.vet.run_config import RunLimits
from modelcensus.vet.turns import Place, Turns, calls_tools

Ask = Callable[[], Awaitable[Any]]

SHOWN = 300
"""Characters of an endpoint's refusal that are shown."""

HOW_TO_SERVE_TOOLS = (
    "serve the model with tool calling (vLLM: --enable-auto-tool-choice --tool-call-parser NAME; "
    "llama.cpp: --jinja; Ollama: a model listed with tools), then run the same command"
)

NOTHING: dict[str, Any] = {
    "model": "none",
    "choices": [{"message": {"role": "assistant", "content": ""}, "stop_reason": "stop"}],
}
"""The answer beyond the last turn: the engine looks at its limit only when there is one more."""

_TRANSIENT = (408, 409, 429)


class Stopped(Exception):
    """Ends a case of a run that was stopped; the reason is kept at the gate."""


@dataclass
class Gate:
    """Passes requests of the engine on to the endpoint, if they may and need to be made.

    Attributes:
        turns: the kept answers.
        limits: what the run may use.
        probe: finished cases without one tool call after which the endpoint is taken for unable.
        deadline: moment of `now` after which no request is begun; None for no such moment.
        now: seconds, never falling.
        restore: makes an answer of the engine out of what was kept of it.
        key: the endpoint's key, never shown.
        show: is told after each answer.
        stopped: why the run was stopped; None while it goes on.
        is_unusable: whether it was stopped because the endpoint cannot be tested.
        repeated: kept answers that were given instead of requests.
        finished: last answers of cases so far, kept ones included.
    """

    turns: Turns
    limits: RunLimits
    probe: int
    now: Callable[[], float]
    restore: Callable[[dict[str, Any]], Any]
    deadline: float | None = None
    key: Secret | None = None
    show: Callable[[], None] = lambda: None
    stopped: CensusError | None = None
    is_unusable: bool = False
    repeated: int = 0
    finished: int = 0

    async def answer(self, place: Place, ask: Ask) -> Any:
        """Return the answer at a place of a run: the kept one, or what `ask` brings now.

        Raises:
            Stopped: the run was stopped, now or before.
        """
        if self.limits.max_turns and place[2] >= self.limits.max_turns:
            self.finished += 1
            return self.restore(NOTHING)
        if (kept := self.turns.get(place)) is not None:
            self.repeated += 1
            self._count(kept)
            return self.restore(kept)
        self._check_limits()
        self._note(lambda: self.turns.ask(place))
        try:
            answer = await ask()
        except Exception as error:
            self._check_refusal(error)
            raise
        output = answer[0] if isinstance(answer, tuple) else answer
        if isinstance(output, Exception):
            self._check_refusal(output)
            return answer
        told = output.model_dump(mode="json", exclude_none=True)
        self._note(lambda: self.turns.keep(place, told))
        self._count(told)
        self._check_tools()
        return answer

    def _note(self, note: Callable[[], None]) -> None:
        """Write something down; where that cannot be done no request is made any more."""
        try:
            note()
        except StoreError as error:
            self.stopped = self.stopped or error
            raise Stopped("nothing can be kept any more") from error

    def _count(self, told: dict[str, Any]) -> None:
        self.finished += not calls_tools(told)
        self.show()

    def _check_limits(self) -> None:
        most = self.limits.max_requests
        if self.stopped is None and most and self.turns.asked >= most:
            self.stopped = _at_limit(f"{most:,} requests were made", "max_requests")
        if self.stopped is None and self.deadline is not None and self.now() >= self.deadline:
            self.stopped = _at_limit(f"{self.limits.max_seconds:,g} s have passed", "max_seconds")
        if self.stopped is not None:
            raise Stopped("the run was stopped before this case was finished")

    def _check_refusal(self, error: BaseException) -> None:
        """Stop the run where an endpoint that never answered refuses for good."""
        status = getattr(error, "status_code", None)
        if len(self.turns) or not isinstance(status, int) or status in _TRANSIENT or status >= 500:
            return
        words = str(error)
        if self.key is not None:
            words = words.replace(self.key.reveal(), "***")
        self._give_up(f"the endpoint refuses requests with tools (HTTP {status}): {words[:SHOWN]}")

    def _check_tools(self) -> None:
        if not self.turns.calls and self.finished >= self.probe:
            self._give_up(
                f"the first {self.finished} cases ended without one tool call: an agent that "
                "calls no tool cannot be tested"
            )

    def _give_up(self, what: str) -> None:
        if self.stopped is None:
            self.is_unusable = True
            self.stopped = VetError(what, where="[endpoint]", next_step=HOW_TO_SERVE_TOOLS)
        raise Stopped("the endpoint cannot be tested")


def _at_limit(what: str, name: str) -> LimitExceeded:
    return LimitExceeded(
        f"the run was stopped: {what}",
        where=f"[limits] {name}",
        next_step="everything is kept: the same command goes on once the limit is raised"
        if name == "max_requests"
        else "everything is kept: the same command goes on",
    )
