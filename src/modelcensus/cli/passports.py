"""Commands about one model: its passport and its lineage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modelcensus.cli.options import (
    OutputOption,
    QuietOption,
    ReleaseOption,
    StoreOption,
    open_store,
    stdout_console,
    words_console,
    write_out,
)

if TYPE_CHECKING:
    from rich.console import Console

    from modelcensus.passports.lineage_graph import LineageGraph
    from modelcensus.passports.passport import Passport
    from modelcensus.releases.lookup import Lookup

PASSPORT_FORMATS = ("table", "json", "md", "cyclonedx")
LINEAGE_FORMATS = ("table", "json", "dot", "svg")

HubOption = Annotated[
    str,
    typer.Option(
        "--hub", help="Hub, where a name stands on several; default: huggingface.", metavar="HUB"
    ),
]


def passport(
    model: Annotated[
        str, typer.Argument(help="Model, e.g. NAMESPACE/NAME; former names are known, too.")
    ] = "",
    from_: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="FILE",
            help="File with a model on each line, # for comments: one CycloneDX document of all.",
        ),
    ] = "",
    hub: HubOption = "",
    format: Annotated[
        str,
        typer.Option("--format", help="table, json, md or cyclonedx (1.6, JSON); default: table."),
    ] = "",
    output: OutputOption = "",
    store: StoreOption = "",
    release: ReleaseOption = "",
    quiet: QuietOption = False,
) -> None:
    """Say what is known of one model and what is not: who, terms, lineage, counts, gaps.

    Example: census passport Qwen/Qwen2.5-7B-Instruct
    """
    words = words_console(quiet=quiet)
    _check_choice(format, PASSPORT_FORMATS)
    _check_subject(model, from_, format)
    with _lookup(store, release, words) as lookup:
        if from_:
            write_out(_listed_bom(lookup, Path(from_), hub), output, words)
            return
        from modelcensus.passports.read import read_passport

        found = read_passport(lookup, model, hub=hub)
        _say_who(found, words)
        if format in ("", "table") and not output:
            from modelcensus.publish.passport import draw_passport

            draw_passport(found, stdout_console())
            return
        write_out(_rendered(found, format), output, words)


def lineage(
    model: Annotated[
        str, typer.Argument(help="Model, e.g. NAMESPACE/NAME; former names are known, too.")
    ],
    up: Annotated[
        int | None,
        typer.Option("--up", metavar="N", help="Most steps to a base; default: all."),
    ] = None,
    down: Annotated[
        int | None,
        typer.Option("--down", metavar="N", help="Most steps to what is built on it; default: 1."),
    ] = None,
    depth: Annotated[
        int | None,
        typer.Option("--depth", metavar="N", help="Both at once, where they are not given."),
    ] = None,
    frame: Annotated[
        str,
        typer.Option("--frame", help="One frame; default: every frame that tells of it."),
    ] = "",
    hub: HubOption = "",
    format: Annotated[
        str, typer.Option("--format", help="table, json, dot or svg; default: table.")
    ] = "",
    output: OutputOption = "",
    store: StoreOption = "",
    release: ReleaseOption = "",
    quiet: QuietOption = False,
) -> None:
    """Draw what a model is built on and what is built on it, each step with its reason.

    Example: census lineage unsloth/Qwen3-8B --down 2 --format svg -o lineage.svg
    """
    from modelcensus.passports.lineage_graph import Reach, read_graphs
    from modelcensus.passports.read import read_passport
    from modelcensus.publish.passport import draw_lineage

    words = words_console(quiet=quiet)
    _check_choice(format, LINEAGE_FORMATS)
    reach = Reach.asked(up, down, depth)
    with _lookup(store, release, words) as lookup:
        found = read_passport(lookup, model, hub=hub)
        graphs = read_graphs(lookup, model, reach, hub=hub, frame=frame)
        _say_who(found, words)
        if format in ("", "table") and not output:
            draw_lineage(found, graphs, stdout_console())
            return
        write_out(_rendered_lineage(found, graphs, format), output, words)


@contextmanager
def _lookup(store: str, release: str, words: Console) -> Iterator[Lookup]:
    from modelcensus.releases.lookup import open_lookup

    with words.status("opening the release") as status:
        opened = open_lookup(open_store(store), release, on_progress=status.update)
    try:
        yield opened
    finally:
        opened.close()


def _check_choice(chosen: str, known: tuple[str, ...]) -> None:
    from modelcensus.errors import SettingsError

    if chosen and chosen not in known:
        raise SettingsError(f"no format {chosen!r}", next_step=f"one of: {', '.join(known)}")


def _check_subject(model: str, listed: str, format_: str) -> None:
    from modelcensus.errors import SettingsError

    if bool(model) == bool(listed):
        raise SettingsError(
            "a passport is about one model, or about those of --from FILE",
            next_step="census passport NAMESPACE/NAME, or census passport --from FILE",
        )
    if listed and format_ not in ("", "cyclonedx"):
        raise SettingsError(
            "a list of models is written as CycloneDX only", next_step="--format cyclonedx"
        )


def _rendered(found: Passport, format_: str) -> bytes:
    if format_ == "cyclonedx":
        from modelcensus.passports.bom import model_bom

        return model_bom([found])
    from modelcensus.publish.passport import FORMATS

    return FORMATS["md" if format_ in ("", "table") else format_](found)


def _rendered_lineage(found: Passport, graphs: tuple[LineageGraph, ...], format_: str) -> bytes:
    from modelcensus.publish.lineage_graph import lineage_json, lineage_picture
    from modelcensus.publish.passport import lineage_plain

    if format_ == "json":
        return lineage_json(found, graphs)
    return (
        lineage_picture(format_, graphs)
        if format_ in ("dot", "svg")
        else lineage_plain(found, graphs)
    )


def _listed_bom(lookup: Lookup, path: Path, hub: str) -> bytes:
    from modelcensus.passports.bom import model_bom
    from modelcensus.passports.listing import read_listed

    return model_bom(read_listed(lookup, path, hub=hub))


def _say_who(found: Passport, words: Console) -> None:
    if found.asked_as != found.model_id:
        words.print(
            f"{found.asked_as} is now known as {found.model_id}", markup=False, soft_wrap=True
        )
    for other in found.also_on:
        words.print(f"also on {other}: --hub {other}", markup=False, soft_wrap=True)
