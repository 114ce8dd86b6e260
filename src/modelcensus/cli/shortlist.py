"""The command `census shortlist`: which models meet a reader's own rules."""

from __future__ import annotations

from functools import partial
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
    from modelcensus.passports.policy import Policy
    from modelcensus.passports.shortlist import Shortlist
    from modelcensus.snapshots.store import Store


def _option(name: str, words: str, panel: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        f"--{name}", help=words, metavar="VALUE", rich_help_panel=panel
    )
    return option


_rule = partial(_option, panel="Rules")
_filter = partial(_option, panel="Candidates")


def shortlist(
    from_: Annotated[str, _filter("from", "File with a model on each line, # for comments.")] = "",
    frame: Annotated[str, _filter("frame", "Frame; default: the one that sees most.")] = "",
    family: Annotated[str, _filter("family", "Family of the candidates.")] = "",
    developer: Annotated[str, _filter("developer", "Developer of the candidates.")] = "",
    size_class: Annotated[str, _filter("size-class", "Class of size, e.g. 1B-7B.")] = "",
    pipeline_tag: Annotated[str, _filter("pipeline-tag", "Task, e.g. text-generation.")] = "",
    library: Annotated[str, _filter("library", "Library, e.g. transformers.")] = "",
    most: Annotated[int, _filter("most", "Most models to look at, largest first.")] = 50,
    licences: Annotated[str, _rule("licences", "Allowed classes of licence: L1,L2 ...")] = "",
    chain: Annotated[str, _rule("chain", "compatible: terms fit those of every base.")] = "",
    weights: Annotated[str, _rule("weights", "safetensors: weights without pickle.")] = "",
    own_code: Annotated[str, _rule("own-code", "no: asks nobody to run its own code.")] = "",
    gated: Annotated[str, _rule("gated", "no: weights without asking.")] = "",
    tested: Annotated[str, _rule("tested", "yes: outcomes of security tests are known.")] = "",
    present: Annotated[str, _rule("present", "yes: still listed by its hub.")] = "",
    countries: Annotated[str, _rule("countries", "Countries of the developer: FR,DE ...")] = "",
    format: Annotated[
        str, typer.Option("--format", help="table, json, csv or cyclonedx; default: table.")
    ] = "",
    output: OutputOption = "",
    store: StoreOption = "",
    release: ReleaseOption = "",
    quiet: QuietOption = False,
) -> None:
    """List models that meet rules of your own, with the reason for each and what is not known.

    Example: census shortlist --family qwen --licences L1 --chain compatible
    """
    from modelcensus.errors import SettingsError
    from modelcensus.passports.policy import read_policy
    from modelcensus.publish.shortlist import FORMATS, counted, draw_shortlist

    if format and format not in ("table", *FORMATS):
        raise SettingsError(
            f"no format {format!r}", next_step=f"one of: {', '.join(('table', *FORMATS))}"
        )
    words = words_console(quiet=quiet)
    policy = read_policy(
        {"licences": licences, "chain": chain, "weights": weights, "own_code": own_code,
         "gated": gated, "tested": tested, "present": present, "countries": countries}
    )  # fmt: skip
    filters = {"family": family, "developer": developer, "size_class": size_class,
               "pipeline_tag": pipeline_tag, "library": library}  # fmt: skip
    chosen = {name: value for name, value in filters.items() if value}
    if from_ and (chosen or frame):
        raise SettingsError(
            "candidates come from a list or from filters, not from both",
            next_step="leave out --from, or the filters",
        )
    with words.status("reading passports"):
        found = _found(open_store(store), release, policy, from_, frame, chosen, most)
    words.print(counted(found), markup=False, soft_wrap=True)
    if format in ("", "table") and not output:
        draw_shortlist(found, stdout_console())
        words.print(found.notice, markup=False, soft_wrap=True)
        return
    write_out(FORMATS[format if format in FORMATS else "csv"](found), output)


def _found(
    store: Store,
    release: str,
    policy: Policy,
    listed: str,
    frame: str,
    filters: dict[str, str],
    most: int,
) -> Shortlist:
    from pathlib import Path

    from modelcensus.passports.listing import read_listed
    from modelcensus.passports.read import read_passport
    from modelcensus.passports.shortlist import Shortlist, check_most, judged
    from modelcensus.passports.shortlist import shortlist as held
    from modelcensus.releases.directory import open_directory
    from modelcensus.releases.lookup import open_lookup
    from modelcensus.settings import load_settings

    settings = load_settings()
    check_most(most, settings)
    lookup = open_lookup(store, release, settings=settings)
    try:
        if listed:
            passports = read_listed(lookup, Path(listed), settings=settings)
            return Shortlist(
                lookup.release, "", {}, policy, len(passports), judged(passports, policy)
            )
        directory = open_directory(store, release, settings=settings)
        try:
            return held(
                directory,
                lambda name, hub: read_passport(lookup, name, hub=hub, settings=settings),
                policy,
                frame=frame or _first_frame(store, directory.release),
                filters=filters,
                most=most,
            )
        finally:
            directory.close()
    finally:
        lookup.close()


def _first_frame(store: Store, release: str) -> str:
    from modelcensus.releases.frame_order import frames_in_order
    from modelcensus.releases.release import open_release

    opened = open_release(store, release)
    try:
        return frames_in_order(opened)[0]
    finally:
        opened.close()
