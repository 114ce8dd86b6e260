"""`census collect hub`: a crawl of the whole Hub, resumable, with its cost told beforehand."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from modelcensus.cli.options import QuietOption, StoreOption, open_store, words_console

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

    from modelcensus.snapshots.collecting import CollectReport
    from modelcensus.snapshots.crawl_cost import DryRun
    from modelcensus.snapshots.crawl_journals import CollectRequest
    from modelcensus.snapshots.crawl_progress import Progress

app = typer.Typer(
    help="Collect from a living source: `census collect hub`.",
    no_args_is_help=True,
    add_completion=False,
)

LINES_EVERY_S = 30.0
"""Without a terminal a line of progress comes so often at most."""


@app.callback()
def collect() -> None:
    """Collect from a living source; a crawl that is cut short goes on where it stood."""


@app.command("hub")
def collect_hub(
    store: StoreOption = "",
    endpoint: Annotated[
        str,
        typer.Option(
            "--endpoint",
            metavar="URL",
            help="The hub: https of a host in the setting hub_hosts, or http on this machine.",
        ),
    ] = "https://huggingface.co",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what a crawl would cost, and do not crawl.")
    ] = False,
    limit: Annotated[
        int,
        typer.Option(
            "--limit",
            metavar="N",
            min=0,
            help="Only the N models created first, in a frame of their own; 0: all.",
        ),
    ] = 0,
    keep_pages: Annotated[
        bool, typer.Option("--keep-pages", help="Keep the pages after the snapshot is stored.")
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """Crawl the Hub into one snapshot. Interrupt it at will: the next call goes on.

    A token is taken from HF_TOKEN or the Hub's own login file; it is never written down.
    """
    from modelcensus.clock import SystemClock
    from modelcensus.settings import load_settings
    from modelcensus.snapshots import collecting, crawl_cost
    from modelcensus.snapshots.crawl_journals import CollectRequest
    from modelcensus.sources.hub.endpoint import read_endpoint
    from modelcensus.sources.hub.token import find_token

    settings = load_settings()
    words = words_console(quiet=quiet)
    request = CollectRequest(
        endpoint=read_endpoint(endpoint, settings),
        token=find_token(os.environ),
        rows_wanted=limit,
        keep_pages=keep_pages,
    )
    target = open_store(store)
    if dry_run:
        from modelcensus.cli.options import stdout_console

        cost = crawl_cost.dry_run(target, request, settings, SystemClock())
        for line in cost_sentences(cost, request):
            stdout_console().print(line, markup=False, soft_wrap=True)
        return
    clock = SystemClock()
    try:
        with words.status(f"asking {request.endpoint.origin}") as status:
            show = _shower(words, status, clock.monotonic)
            report = collecting.collect(target, request, settings, clock, show)
    except KeyboardInterrupt:
        words.print("interrupted; the pages are kept, the same command goes on from there")
        raise
    for line in report_sentences(report):
        words.print(line, markup=False, soft_wrap=True)


def cost_sentences(cost: DryRun, request: CollectRequest) -> list[str]:
    """Return what a crawl would cost, one printable sentence a line."""
    token = "with" if request.token else "without"
    left = f", {cost.quota.left:,} of them left now" if cost.quota else ""
    return [
        f"{cost.rows:,} models expected, {cost.requests:,} requests",
        f"{cost.minutes:,.1f} minutes {token} a token ({cost.policy.requests:,} requests in "
        f"{cost.policy.window_s:g} s{left})",
        f"{cost.wire_mb:,.1f} MB over the network, {cost.disk_mb:,.1f} MB of pages while it lasts",
    ]


def report_sentences(report: CollectReport) -> list[str]:
    """Return what a crawl did, one printable sentence a line."""
    found = f", {report.pages_found:,} were there already" if report.pages_found else ""
    lines = [
        *report.stored.sentences(),
        f"{report.requests:,} pages fetched{found}, {report.repeats:,} requests repeated, "
        f"{report.waited_s:,.0f} s waited",
    ]
    if report.restarts:
        lines.append(f"the listing was taken up again by date {report.restarts:,} times")
    if report.duplicates:
        lines.append(f"{report.duplicates:,} rows came more than once and count once")
    return lines


def progress_line(progress: Progress) -> str:
    """Return how a crawl stands, in one line."""
    parts = [f"{progress.rows:,} of about {progress.rows_expected:,} models"]
    if progress.rows_per_s:
        parts.append(f"{progress.rows_per_s:,.0f} a second")
    if progress.quota:
        parts.append(f"{progress.quota.left:,} requests left")
    if progress.seconds_left is not None:
        parts.append(f"{progress.seconds_left / 60:,.0f} minutes to go")
    if progress.waiting_s:
        parts.append(f"waiting {progress.waiting_s:,.0f} s: {progress.why}")
    return ", ".join(parts)


def _shower(words: Console, status: Status, now: Callable[[], float]) -> Callable[[Progress], None]:
    """Return what shows progress: a moving line on a terminal, else a line now and then."""
    told = now()

    def show(progress: Progress) -> None:
        nonlocal told
        line = progress_line(progress)
        if words.is_terminal:
            status.update(line)
        elif progress.waiting_s > LINES_EVERY_S or now() - told >= LINES_EVERY_S:
            told = now()
            words.print(line, markup=False, soft_wrap=True)

    return show
