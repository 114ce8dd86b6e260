from __future__ import annotations

from pathlib import Path

import pytest

from modelcensus.errors import SettingsError
from modelcensus.sources.hub.token import Secret, find_token


def revealed(environment: dict[str, str]) -> str | None:
    found = find_token(environment)
    return found.reveal() if found else None


def test_a_token_comes_from_the_environment_or_the_login_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hf_file\n")
    (tmp_path / ".cache" / "huggingface").mkdir(parents=True)
    (tmp_path / ".cache" / "huggingface" / "token").write_text("hf_login")
    assert revealed({"HF_TOKEN": " hf_env ", "HF_HOME": str(tmp_path)}) == "hf_env"
    assert revealed({"HF_HOME": str(tmp_path)}) == "hf_file"
    assert revealed({"HOME": str(tmp_path)}) == "hf_login"
    assert revealed({"HF_TOKEN": "", "HOME": str(tmp_path / "nobody")}) is None
    assert revealed({}) is None


def test_an_empty_or_unreadable_file_is_no_token(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"\xff\xfe")
    assert revealed({"HF_HOME": str(tmp_path)}) is None
    (tmp_path / "token").write_text("\n")
    assert revealed({"HF_HOME": str(tmp_path)}) is None


@pytest.mark.parametrize("text", ["two words", "line\nbreak", "ümlaut", "x" * 2000])
def test_what_cannot_be_a_token_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        find_token({"HF_TOKEN": text})
    assert text not in str(refused.value)


def test_a_secret_shows_nothing() -> None:
    secret = Secret("hf_x")
    assert f"{secret} {secret!r} {secret:>5} {secret!s}" == "*** *** *** ***"
    assert not hasattr(secret, "__dict__")
    assert secret.is_in("a hf_x b")
    assert secret.is_in(b"a hf_x b")
    assert not secret.is_in(b"hf_y")
    assert secret.hide(b"a hf_x b") == b"a *** b"
