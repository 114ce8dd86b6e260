"""What every view is given: who reads, and the query of the request, in its order."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from modelcensus.errors import SettingsError
from modelcensus.web.linking import Reader

VIEW_NAMES = ("theme",)
"""Parameters that every page takes."""


def _reader(request: Request) -> Reader:
    reader: Reader = request.scope["reader"]
    return reader


def _pairs(request: Request) -> list[tuple[str, str]]:
    return list(request.query_params.multi_items())


Reading = Annotated[Reader, Depends(_reader)]
"""Who reads."""

Query = Annotated[list[tuple[str, str]], Depends(_pairs)]
"""The query as pairs, as they came."""


def single_values(pairs: list[tuple[str, str]], known: tuple[str, ...]) -> dict[str, str]:
    """Return the parameters of a page that are not empty.

    Raises:
        SettingsError: one is not known, or is given twice.
    """
    found: dict[str, str] = {}
    for name, text in pairs:
        if name not in (*known, *VIEW_NAMES):
            raise SettingsError(
                f"this page takes no {name!r}", next_step=f"it takes: {', '.join(known) or 'none'}"
            )
        if name in found:
            raise SettingsError(f"{name!r} is given twice", next_step="give it once")
        found[name] = text.strip()
    return {name: text for name, text in found.items() if text and name in known}
