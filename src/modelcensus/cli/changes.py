"""`census changes`: what moved a headline between two releases of a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from modelcensus.cli.figures import check_format, emit, sign
from modelcensus.cli.options import (
    FormatOption,
    OutputOption,
    QuietOption,
    StoreOption,
    named_values,
    open_store,
    words_console,
)
from modelcensus.contracts.registry import MEASURES, get_measure

if TYPE_CHECKING:
    from modelcensus.snapshots.store import Store


def changes(
    before: Annotated[
        str,
        typer.Option("--from", metavar="RELEASE", help="Earlier release; default: the one before."),
    ] = "",
    after: Annotated[
        str,
        typer.Option("--to", metavar="RELEASE", help="Later release; default: the newest."),
    ] = "",
    measure: Annotated[
        str, typer.Option("--measure", help=f"Headline to follow: {', '.join(MEASURES)}.")
    ] = "share",
    was: Annotated[
        list[str] | None,
        typer.Option(
            "--was",
            metavar="NAME=VALUE",
            help="How the definition read at the earlier release, e.g. denominator=attributed.",
        ),
    ] = None,
    subjects: list[str] | None = None,
    store: str = "",
    format: str = "",
    output: str = "",
    quiet: bool = False,
    **values: str,
) -> None:
    """Split what moved a headline between two releases into data, register rows, definitions.

    Example: census changes CN US --from 2025-08-07-0123456789 --by country
    """
    from modelcensus.measures.census import Census
    from modelcensus.measures.changes import changes_between
    from modelcensus.releases.release import open_release

    given = {name: value for name, value in values.items() if value}
    names = tuple(subjects or ())
    if measure == "share" and not names and given.get("by", "country") == "country":
        names = ("CN", "US")
    now = get_measure(measure).contract(subjects=names, **given)
    then = get_measure(measure).contract(subjects=names, **given | named_values(was or [], "--was"))
    check_format(format)
    target = open_store(store)
    ends = _two_releases(target, before, after)
    words = words_console(quiet=quiet)
    with (
        Census(open_release(target, ends[0])) as old,
        Census(open_release(target, ends[1])) as new,
        words.status("comparing") as status,
    ):
        figure = changes_between(
            target, (old.release, new.release), (then, now), on_progress=status.update
        )
    emit(figure, format, output, quiet=quiet)


def _two_releases(store: Store, before: str, after: str) -> tuple[str, str]:
    """Return the names of the two releases; the earlier one may be left out.

    Raises:
        StoreError: there is no earlier release.
        UnknownName: a name is none of the store's.
    """
    from modelcensus.errors import StoreError
    from modelcensus.releases.release import choose_release, release_names

    last = choose_release(store, after)
    if before:
        return choose_release(store, before), last
    names = release_names(store)
    place = names.index(last)
    if place == 0:
        raise StoreError(
            "there is no release before this one to compare with",
            where=f"{last} is the first of {len(names)}",
            next_step="import newer data or lay --registers over ours, and `census build`",
        )
    return names[place - 1], last


sign(
    changes,
    None,
    {
        "store": (StoreOption, ""),
        "format": (FormatOption, ""),
        "output": (OutputOption, ""),
        "quiet": (QuietOption, False),
    },
)
