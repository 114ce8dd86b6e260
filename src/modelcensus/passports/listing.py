"""Reads a list of models from a text file, and the passport of each."""

from __future__ import annotations

from pathlib import Path

from modelcensus.errors import LimitExceeded, QueryError, SettingsError, UnknownName
from modelcensus.passports.passport import Passport
from modelcensus.passports.read import read_passport
from modelcensus.releases.lookup import Lookup
from modelcensus.settings import Settings, load_settings

SHOWN = 20
"""Unknown names that are spelled out; of more the rest is counted."""


def read_listed(
    lookup: Lookup, path: Path, *, hub: str = "", settings: Settings | None = None
) -> list[Passport]:
    """Return the passports of the models that a file names, in its order.

    Args:
        lookup: the look-up file of a release.
        path: a text file in UTF-8: one model per line, `#` begins a comment.
        hub: the hub that all of them are on; see `read_passport`.
        settings: how long a list may be.

    Raises:
        SettingsError: the file cannot be read, or names no model.
        LimitExceeded: it names more models than the settings allow.
        QueryError: some names are not known; all of them are given, with line and nearest names.
    """
    settings = settings or load_settings()
    names = listed_names(path)
    if len(names) > settings.listed_models:
        raise LimitExceeded(
            f"the list names {len(names):,} models, {int(settings.listed_models):,} are allowed",
            where=str(path),
            next_step="split it, or raise listed_models (CENSUS_LISTED_MODELS)",
        )
    found: list[Passport] = []
    unknown: list[str] = []
    for line, name in names:
        try:
            found.append(read_passport(lookup, name, hub=hub, settings=settings))
        except UnknownName as error:
            near = f" (nearest: {', '.join(error.nearest)})" if error.nearest else ""
            unknown.append(f"line {line}: {name}{near}")
    if unknown:
        raise QueryError(
            f"{len(unknown)} of {len(names)} models are not known; nothing was written",
            where=f"{path}\n    " + "\n    ".join(_some(unknown)),
            next_step="mend or leave out these lines",
        )
    return found


def listed_names(path: Path) -> list[tuple[int, str]]:
    """Return (line, name) of every model that a file names.

    Raises:
        SettingsError: the file cannot be read, or names no model.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            "the list cannot be read",
            where=f"{path}: {error}",
            next_step="name a text file in UTF-8 with one model on each line",
        ) from error
    lines = enumerate((line.partition("#")[0].strip() for line in text.splitlines()), 1)
    names = [(number, name) for number, name in lines if name]
    if not names:
        raise SettingsError(
            "the list names no model",
            where=str(path),
            next_step="write one NAMESPACE/NAME on each line",
        )
    return names


def _some(unknown: list[str]) -> list[str]:
    if len(unknown) <= SHOWN:
        return unknown
    return [*unknown[:SHOWN], f"and {len(unknown) - SHOWN} more"]
