"""An OpenAI-compatible endpoint that follows a script: real requests, real tool calls, no weights.

It answers `POST .../chat/completions` and nothing else. Every answer carries `X-Simulated`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from modelcensus.testing.fake_hub.server import Answer, Seen, Server

CALLED, REFUSED, IGNORED = "called", "refused", "ignored"


@dataclass(frozen=True)
class Says:
    """What the script answers.

    Attributes:
        text: words, where no tool is called.
        calls: tools with their arguments.
    """

    text: str = ""
    calls: Sequence[tuple[str, Mapping[str, Any]]] = ()


Script = Callable[[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]], Says]
"""Messages and offered tools -> what is answered."""


def read_once(messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> Says:
    """Call the first tool that needs no argument, then say that it was read."""
    if messages and messages[-1].get("role") == "tool":
        return Says(text="I have read it.")
    for tool in tools:
        function = tool["function"]
        if not (function.get("parameters") or {}).get("required"):
            return Says(calls=[(function["name"], {})])
    return Says(text="There is nothing that I could read.")


class ScriptedEndpoint:
    """Serves a script on 127.0.0.1 while it is entered.

    Attributes:
        url: base address, with `/v1`.
        answered: requests that were answered by the script.
        failed: requests that were answered with an injected status.
    """

    def __init__(
        self,
        script: Script = read_once,
        *,
        tools: str = CALLED,
        failures: Mapping[int, int] | None = None,
        retry_after_s: float = 0,
        port: int = 0,
        latency_s: float = 0,
    ) -> None:
        """Open the port.

        Args:
            script: what is answered.
            tools: `called`; `refused` with status 400, as a server without tool calling does; or
                `ignored`: words are answered whatever tools are offered.
            failures: status by number of the request for an answer, from 1.
            retry_after_s: what a 429 asks to wait.
            port: 0 for any.
            latency_s: time before each answer.
        """
        self.answered = 0
        self.failed = 0
        self._asked = 0
        self._script, self._tools = script, tools
        self._failures = dict(failures or {})
        self._retry_after_s, self._latency_s = retry_after_s, latency_s
        self._counting = threading.Lock()
        self._server = Server(self._respond, port=port)
        self.url = f"{self._server.url}/v1"

    @property
    def requests(self) -> list[Seen]:
        """Return all requests for answers so far, with their headers and bodies."""
        return [seen for seen in self._server.seen if seen.method == "POST"]

    def keys_seen(self) -> set[str]:
        """Return the keys that were sent."""
        return {seen.token for seen in self._server.seen if seen.token}

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the port."""
        self._server.stop()

    def _respond(self, seen: Seen) -> Answer:
        if seen.method != "POST" or not seen.target.endswith("/chat/completions"):
            return _failure(404, "there is nothing here but /chat/completions")
        with self._counting:
            self._asked += 1
            status = self._failures.get(self._asked)
            self.failed += status is not None
        if status:
            wait = [("Retry-After", f"{self._retry_after_s:g}")] if status == 429 else []
            return _failure(status, "injected failure", wait)
        asked = json.loads(seen.body)
        if asked.get("tools") and self._tools == REFUSED:
            return _failure(400, f"{asked.get('model')} does not support tools")
        if self._latency_s:
            time.sleep(self._latency_s)
        offered = asked.get("tools") or []
        says = (
            Says(text="I can only talk.")
            if self._tools == IGNORED
            else self._script(asked["messages"], offered)
        )
        with self._counting:
            self.answered += 1
        return _answer(_completion(seen, asked, says))


def _completion(seen: Seen, asked: Mapping[str, Any], says: Says) -> dict[str, Any]:
    calls = [
        {
            "id": f"call_{seen.number}_{number}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)},
        }
        for number, (name, arguments) in enumerate(says.calls)
    ]
    message: dict[str, Any] = {"role": "assistant", "content": says.text or None}
    if calls:
        message["tool_calls"] = calls
    read, written = len(seen.body) // 4, len(json.dumps(message)) // 4
    return {
        "id": f"simulated-{seen.number}",
        "object": "chat.completion",
        "created": 0,
        "model": asked.get("model"),
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": "tool_calls" if calls else "stop",
            }
        ],
        "usage": {
            "prompt_tokens": read,
            "completion_tokens": written,
            "total_tokens": read + written,
        },
    }


def _answer(
    told: Mapping[str, Any], status: int = 200, headers: Sequence[tuple[str, str]] = ()
) -> Answer:
    return Answer(status, json.dumps(told).encode(), [("X-Simulated", "yes"), *headers])


def _failure(status: int, words: str, headers: Sequence[tuple[str, str]] = ()) -> Answer:
    return _answer({"error": {"message": words, "type": "simulated"}}, status, headers)
