"""Commands of the site: serve it, or write it to a folder."""

from __future__ import annotations

from typing import Annotated

import typer

from modelcensus.cli.options import (
    QuietOption,
    ReleaseOption,
    StoreOption,
    open_store,
    words_console,
)


def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port.")] = 8000,
    store: StoreOption = "",
    release: ReleaseOption = "",
    quiet: QuietOption = False,
) -> None:
    """Serve the pages and the API of a release, to this machine unless told otherwise.

    Example: census serve --port 8000
    """
    from modelcensus.settings import load_settings
    from modelcensus.web.server import serve as serve_site

    words = words_console(quiet=quiet)
    serve_site(
        open_store(store),
        release,
        load_settings(),
        host=host,
        port=port,
        say=lambda text: words.print(text, markup=False, soft_wrap=True),
    )
