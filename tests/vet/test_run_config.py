"""The file of a live run: what it may say, and whose endpoint may be tested."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.errors import SettingsError
from modelcensus.vet.run_config import KEYS, RunLimits, Target, find_key, read_run_config

LEAST = '[endpoint]\nurl = "http://127.0.0.1:8000/v1"\nmodel = "elm-7b"\n'
CANARY = "sk-canary-4d1e"


def written(folder: Path, text: str) -> Path:
    path = folder / "vet.toml"
    path.write_text(text)
    return path


def refusal(folder: Path, text: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        read_run_config(written(folder, text))
    assert caught.value.where
    assert caught.value.next_step
    return caught.value


def test_the_least_that_a_file_says(tmp_path: Path) -> None:
    found = read_run_config(written(tmp_path, LEAST))
    assert found.target == Target("http://127.0.0.1:8000/v1", "elm-7b")
    assert (found.model, found.weights, found.suites) == ("elm-7b", "unknown", ("banking",))
    assert (found.attack, found.utility, found.epochs) == ("important_instructions", True, 1)
    assert found.limits == RunLimits()
    assert found.folder == tmp_path / "vet-run"


def test_everything_that_a_file_may_say(tmp_path: Path) -> None:
    text = """
    [endpoint]
    url = "https://models.example.org/v1"
    model = "elm-7b"
    key_variable = "ELM_KEY"
    owner = "Example Institute"
    consent = "agreed by letter on 2031-01-05"
    [model]
    name = "elm/elm-7b"
    revision = "abc"
    weights = "open"
    [test]
    suites = ["slack", "banking", "slack"]
    attack = "none"
    utility = true
    epochs = 3
    [generation]
    temperature = 0
    max_tokens = 512
    seed = 7
    [limits]
    connections = 8
    max_cases = 10
    max_requests = 100
    max_seconds = 60
    max_turns = 5
    [prices]
    input = 0.1
    output = 0.4
    currency = "EUR"
    [output]
    folder = "runs/elm"
    """
    found = read_run_config(written(tmp_path, text))
    assert found.suites == ("banking", "slack")
    assert found.generation == {"temperature": 0.0, "max_tokens": 512, "seed": 7}
    assert found.limits == RunLimits(8, 10, 100, 60.0, 5)
    assert found.folder == tmp_path / "runs" / "elm"
    # the text above names every key there is
    assert all(f"{key} =" in text for section in KEYS.values() for key in section)


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("[endpoint", "not readable as TOML", "vet.toml"),
        ("", "no url of the endpoint", "[endpoint] url"),
        ('[endpoint]\nurl = "http://127.0.0.1/v1"', "no model", "[endpoint] model"),
        (LEAST + "[endpiont]", "no section 'endpiont'", "vet.toml"),
        ("endpoint = 1", "not a section", "vet.toml"),
        (LEAST + "[test]\nsuite = []", "no key 'suite'", "[test] suite"),
        (LEAST + "[test]\nsuites = []", "no suite is named", "[test] suites"),
        (LEAST + '[test]\nsuites = ["bank"]', "no suite 'bank'", "[test] suites"),
        (LEAST + '[test]\nsuites = "banking"', "not a list of texts", "[test] suites"),
        (LEAST + '[model]\nweights = "leaked"', "no weights 'leaked'", "[model] weights"),
        (LEAST + "[limits]\nconnections = -1", "not a whole number", "[limits] connections"),
        (LEAST + "[limits]\nconnections = true", "not a whole number", "[limits] connections"),
        (LEAST + "[limits]\nmax_seconds = nan", "not a number", "[limits] max_seconds"),
        (LEAST + "[test]\nutility = 1", "not true or false", "[test] utility"),
        ('[endpoint]\nurl = "ftp://127.0.0.1"\nmodel = "m"', "the address", "[endpoint] url"),
        ('[endpoint]\nurl = "http://u:p@127.0.0.1"\nmodel = "m"', "the address", "[endpoint] url"),
        ('[endpoint]\nurl = "http://127.0.0.1/?k=1"\nmodel = "m"', "the address", "[endpoint] url"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_a_way_out(
    tmp_path: Path, text: str, what: str, where: str
) -> None:
    error = refusal(tmp_path, text)
    assert what in error.what
    assert where in error.where


def test_a_misspelt_word_is_answered_with_the_nearest(tmp_path: Path) -> None:
    assert "endpoint" in refusal(tmp_path, LEAST + "[endpiont]").next_step
    assert "suites" in refusal(tmp_path, LEAST + "[test]\nsuite = []").next_step


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_run_config(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.9.1", "localhost", "[::1]", "LOCALHOST", "127.0.0.1:8000"]
)
def test_an_endpoint_on_this_machine_needs_nobodys_consent(tmp_path: Path, host: str) -> None:
    text = f'[endpoint]\nurl = "http://{host}/v1"\nmodel = "m"'
    assert read_run_config(written(tmp_path, text)).target.is_loopback


@pytest.mark.parametrize(
    "host",
    [
        *("10.0.0.1", "192.168.1.5", "models.example.org", "127.0.0.1.example.org", "[::2]"),
        "0.0.0.0",  # noqa: S104
    ],
)
@pytest.mark.parametrize("more", ["", 'owner = "A"', 'consent = "B"', 'owner = " "\nconsent = "B"'])
def test_another_endpoint_needs_owner_and_consent(tmp_path: Path, host: str, more: str) -> None:
    text = f'[endpoint]\nurl = "https://{host}/v1"\nmodel = "m"\n'
    error = refusal(tmp_path, text + more)
    assert "neither owner nor consent" in error.what
    assert "owner and consent" in error.next_step
    named = text + 'owner = "Example Institute"\nconsent = "letter of 2031-01-05"'
    assert not read_run_config(written(tmp_path, named)).target.is_loopback


def test_a_key_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    for line in (f'api_key = "{CANARY}"', f'token = "{CANARY}"', f'key_variable = "{CANARY}"'):
        error = refusal(tmp_path, LEAST + line)
        assert CANARY not in str(error)
        assert "environment" in error.next_step


def test_the_key_comes_from_the_environment_and_is_not_shown() -> None:
    here = Target("http://127.0.0.1/v1", "m", "ELM_KEY")
    key = find_key(here, {"ELM_KEY": f" {CANARY}\n"})
    assert key is not None
    assert key.reveal() == CANARY
    assert CANARY not in f"{key} {key!r}"
    assert find_key(Target("http://127.0.0.1/v1", "m"), {"ELM_KEY": CANARY}) is None
    with pytest.raises(SettingsError, match="not set"):
        find_key(here, {"ELM_KEY": " "})


def test_a_key_does_not_cross_the_network_in_the_clear() -> None:
    there = Target("http://models.example.org/v1", "m", "ELM_KEY", "A", "B")
    with pytest.raises(SettingsError, match="in the clear"):
        find_key(there, {"ELM_KEY": CANARY})
    safe = Target("https://models.example.org/v1", "m", "ELM_KEY", "A", "B")
    assert find_key(safe, {"ELM_KEY": CANARY}) is not None


@given(st.text(max_size=200))
def test_any_text_is_a_run_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.mktemp("any") / "vet.toml"
    path.write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(SettingsError):
        read_run_config(path)
