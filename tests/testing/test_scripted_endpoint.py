"""The scripted endpoint: real requests, real tool calls, the failures that were asked for."""

from __future__ import annotations

import httpx
import pytest

from modelcensus.testing import ScriptedEndpoint
from modelcensus.testing.scripted_endpoint import Says

TOOLS = [
    {"type": "function", "function": {"name": "write", "parameters": {"required": ["text"]}}},
    {"type": "function", "function": {"name": "read", "parameters": {"required": []}}},
]
ASKED = {"model": "elm-7b", "messages": [{"role": "user", "content": "x"}], "tools": TOOLS}


def ask(endpoint: ScriptedEndpoint, **values: object) -> httpx.Response:
    return httpx.post(f"{endpoint.url}/chat/completions", json=ASKED | values)


def test_a_tool_is_called_and_then_words_are_said() -> None:
    with ScriptedEndpoint() as endpoint:
        first = ask(endpoint)
        assert first.headers["X-Simulated"] == "yes"
        (choice,) = first.json()["choices"]
        (call,) = choice["message"]["tool_calls"]
        assert (call["function"]["name"], choice["finish_reason"]) == ("read", "tool_calls")
        read = {"role": "tool", "tool_call_id": call["id"], "content": "y"}
        messages = [*ASKED["messages"], choice["message"], read]
        (choice,) = ask(endpoint, messages=messages).json()["choices"]
        assert choice["message"] == {"role": "assistant", "content": "I have read it."}
        assert endpoint.answered == 2
        (choice,) = ask(endpoint, tools=TOOLS[:1]).json()["choices"]
        assert "tool_calls" not in choice["message"]


def test_failures_come_where_they_were_asked_for() -> None:
    with ScriptedEndpoint(failures={1: 429, 2: 503}, retry_after_s=2) as endpoint:
        found = [ask(endpoint) for _ in range(3)]
        assert [answer.status_code for answer in found] == [429, 503, 200]
        assert found[0].headers["Retry-After"] == "2"
        assert (endpoint.failed, endpoint.answered, len(endpoint.requests)) == (2, 1, 3)


@pytest.mark.parametrize(("tools", "status"), [("refused", 400), ("ignored", 200)])
def test_an_endpoint_without_tool_calling(tools: str, status: int) -> None:
    with ScriptedEndpoint(tools=tools) as endpoint:
        answer = ask(endpoint)
        assert answer.status_code == status
        assert "tool_calls" not in answer.text


def test_a_script_sees_messages_and_tools_and_keys_are_noted() -> None:
    seen = []

    def script(messages: object, tools: object) -> Says:
        seen.append((messages, tools))
        return Says(calls=[("write", {"text": "z"})])

    with ScriptedEndpoint(script) as endpoint:
        url = f"{endpoint.url}/chat/completions"
        answer = httpx.post(url, json=ASKED, headers={"Authorization": "Bearer k"})
        call = answer.json()["choices"][0]["message"]["tool_calls"][0]["function"]
        assert call == {"name": "write", "arguments": '{"text": "z"}'}
        assert seen == [(ASKED["messages"], TOOLS)]
        assert endpoint.keys_seen() == {"k"}
        assert httpx.get(endpoint.url).status_code == 404
