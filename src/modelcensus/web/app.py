"""The application: routes, what happens at start and end, and how errors are answered."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from modelcensus.errors import Busy, CensusError
from modelcensus.version import VERSION
from modelcensus.web.front import Front
from modelcensus.web.linking import Reader
from modelcensus.web.refusals import refuse
from modelcensus.web.sites import Sites
from modelcensus.web.views import ROUTERS
from modelcensus.web.views.home import home

LOG = logging.getLogger("modelcensus.web")

TITLE = "Open Model Census"
DESCRIPTION = (
    "Figures with their definition, coverage and bounds; models, claims and the state of the data. "
    "Read only. Every answer depends on the address and the release alone."
)


WARMED_AT_MOST = 60
"""How often what is slow the first time is begun again because readers ask too much."""


def create_app(
    sites: Sites, *, is_static: bool = False, warm: bool = True, closes: bool = True
) -> ASGIApp:
    """Return the site over open releases.

    Args:
        sites: the releases.
        is_static: whether pages are written to files, so that forms are left out.
        closes: whether the releases are closed when the service ends.
        warm: whether what is slow the first time is made at once, beside serving.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if warm:
            threading.Thread(target=_warm, args=(sites,), daemon=True).start()
        yield
        if closes:
            sites.close()

    app = FastAPI(
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    for router in ROUTERS:
        app.include_router(router)
    for kind in (CensusError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, refuse)
    app.add_exception_handler(Exception, _failed)
    app.state.sites = sites
    return Front(_Refusing(app), sites, sites.settings, is_static=is_static)


class _Refusing:
    """Answers what was refused before it reached a page."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = scope.get("refusal")
        if refusal is None:
            await self.app(scope, receive, send)
            return
        answer = await refuse(Request(scope), cast(Exception, refusal))
        await answer(scope, receive, send)


async def _failed(request: Request, error: Exception) -> Response:
    """Return a plain page for what nobody foresaw; the log has the kind of error, no request."""
    return Response(
        "Something went wrong here. Nothing was changed.\n", 500, media_type="text/plain"
    )


def _warm(sites: Sites) -> None:
    """Make the first page, then all else that is slow the first time; readers go before it."""
    for _ in range(WARMED_AT_MOST):
        try:
            home(Reader(sites.newest, "/"), [])
            sites.newest.warm()
        except Busy as error:
            time.sleep(error.retry_s)
        except CensusError as error:
            LOG.warning("not warmed: %s", error.what)
            return
        else:
            return
    LOG.warning("not warmed: too much was asked meanwhile")
