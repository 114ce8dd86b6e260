"""Commands of the site: serve it, or write it to a folder."""

from __future__ import annotations

from pathlib import Path
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


def report(
    out: Annotated[
        str, typer.Option("--out", metavar="DIR", help="Folder to write to; it is made.")
    ],
    models: Annotated[
        int, typer.Option("--models", min=0, max=5000, help="Passports of the largest models.")
    ] = 100,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Also print the two-page briefing; needs Chromium.")
    ] = False,
    store: StoreOption = "",
    release: ReleaseOption = "",
    quiet: QuietOption = False,
) -> None:
    """Write the pages as a static site that works from a disk and from any host.

    Example: census report --out report --pdf
    """
    from modelcensus.settings import load_settings
    from modelcensus.web.briefing import find_chromium, print_briefing
    from modelcensus.web.report import write_report

    words = words_console(quiet=quiet)
    browser = find_chromium() if pdf else None
    with words.status("writing pages") as status:
        written = write_report(
            open_store(store),
            release,
            load_settings(),
            Path(out),
            models=models,
            on_progress=status.update,
        )
    words.print(f"{written.pages} pages, {written.files} files: {out}/index.html", markup=False)
    if browser:
        made = print_briefing(browser, Path(out))
        words.print(f"briefing: {made}", markup=False)
