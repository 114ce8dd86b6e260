"""The Hub token: where it may come from, and a box that never shows it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from modelcensus.errors import SettingsError

_LONGEST = 1000


class Secret:
    """A text that is shown as `***` wherever it is printed, formatted or pickled."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Take the text."""
        self._text = text

    def reveal(self) -> str:
        """Return the text; only the request that needs it asks."""
        return self._text

    def is_in(self, content: bytes | str) -> bool:
        """Return whether content holds the text."""
        text = self._text
        return (text.encode() if isinstance(content, bytes) else text) in content  # type: ignore[operator]

    def hide(self, content: bytes) -> bytes:
        """Return content with `***` in place of the text."""
        return content.replace(self._text.encode(), b"***")

    def __repr__(self) -> str:
        """Return three stars."""
        return "***"

    __str__ = __repr__

    def __format__(self, specification: str) -> str:
        """Return three stars."""
        return "***"

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied into another process or a file.

        Raises:
            TypeError: always.
        """
        raise TypeError("a secret cannot be pickled")


def find_token(environment: Mapping[str, str]) -> Secret | None:
    """Return the user's token: `HF_TOKEN`, else what the Hub's own login wrote; None when none.

    The login file is `HF_HOME/token`, without HF_HOME `~/.cache/huggingface/token`.

    Raises:
        SettingsError: what is there cannot be a token. It is not repeated in the message.
    """
    if text := environment.get("HF_TOKEN", "").strip():
        return _secret(text, "environment variable HF_TOKEN")
    file = _login_file(environment)
    try:
        text = file.read_text(encoding="utf-8").strip() if file else ""
    except (OSError, ValueError):
        # no login, or one that is not ours to read
        return None
    return _secret(text, str(file)) if text else None


def _login_file(environment: Mapping[str, str]) -> Path | None:
    if home := environment.get("HF_HOME"):
        return Path(home).expanduser() / "token"
    if home := environment.get("HOME"):
        return Path(home) / ".cache" / "huggingface" / "token"
    return None


def _secret(text: str, where: str) -> Secret:
    if len(text) <= _LONGEST and text.isascii() and text.isprintable() and " " not in text:
        return Secret(text)
    raise SettingsError(
        "what is there cannot be a Hub token",
        where=where,
        next_step="unset it, or log in again; without a token the crawl only takes longer",
    )
