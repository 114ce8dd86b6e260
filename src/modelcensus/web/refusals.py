"""Errors as answers: a page for readers, an object for programs."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from modelcensus.errors import (
    Busy,
    CensusError,
    ContractError,
    LimitExceeded,
    QualityError,
    QueryError,
    SettingsError,
    UnknownName,
    VetError,
)
from modelcensus.web.linking import Reader
from modelcensus.web.templating import render

STATUSES: Sequence[tuple[type[CensusError], int]] = (
    (Busy, 503),
    (LimitExceeded, 413),
    (UnknownName, 404),
    (QueryError, 404),
    (ContractError, 400),
    (SettingsError, 400),
    (QualityError, 409),
    (VetError, 409),
)
"""The first class that an error belongs to decides; everything else is 500."""

HEADINGS = {
    400: "This question cannot be answered as asked",
    404: "Not found",
    405: "Pages are only read",
    409: "The data are not good enough",
    413: "Too much at once",
    414: "The address is too long",
    503: "Too many ask at once",
}


def status_of(error: CensusError) -> int:
    """Return the HTTP status of an error."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def error_object(error: CensusError, status: int) -> dict[str, object]:
    """Return an error as programs read it."""
    found: dict[str, object] = {
        "status": status,
        "kind": type(error).__name__,
        "what": error.what,
        "where": error.where,
        "next": error.next_step,
    }
    if isinstance(error, UnknownName):
        found["nearest"] = error.nearest
    return {"error": found}


async def refuse(request: Request, error: Exception) -> Response:
    """Return the answer to a request that failed on purpose."""
    found = _as_census_error(error)
    status = error.status_code if isinstance(error, HTTPException) else status_of(found)
    reader: Reader = request.scope["reader"]
    headers = {"Retry-After": str(found.retry_s)} if isinstance(found, Busy) else {}
    asked = str(request.scope.get("was", reader.path))
    if asked.startswith("/api/"):
        answer: Response = JSONResponse(error_object(found, status), status)
    else:
        answer = render(
            reader,
            "error.html",
            status,
            status=status,
            heading=HEADINGS.get(status, "Something went wrong here"),
            what=found.what,
            where=found.where,
            next_step=found.next_step,
            nearest=_nearest(reader, found),
        )
    answer.headers.update(headers)
    return answer


def _as_census_error(error: Exception) -> CensusError:
    if isinstance(error, CensusError):
        return error
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][1:])
        return SettingsError(f"{place}: {first['msg']}", next_step="/api lists every parameter")
    if isinstance(error, HTTPException) and error.status_code == 405:
        return SettingsError("only GET and HEAD are answered")
    if isinstance(error, HTTPException) and error.status_code == 414:
        return SettingsError("the address is longer than is read", next_step="leave something out")
    return QueryError("there is no such page", next_step="the first page leads everywhere")


def _nearest(reader: Reader, error: CensusError) -> list[tuple[str, str]]:
    """Return the nearest names, each with the page that it has."""
    if not isinstance(error, UnknownName):
        return []
    return [(name, _page_of(reader, error.kind, name)) for name in error.nearest]


def _page_of(reader: Reader, kind: str, name: str) -> str:
    if kind == "model":
        return reader.model(name)
    if kind in ("developer", "country"):
        return reader.group(kind, name)
    places = {"claim": "/claims/", "measure": "/figures/"}
    return reader.link(f"{places[kind]}{quote(name, safe='')}") if kind in places else ""
