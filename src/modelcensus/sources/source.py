"""The shape of a source and the table of all sources.

A source is a module with `INFO`, `OPTIONS` and `read(path, options)`; `read` yields `State`s
(snapshots) or one `Evidence`. It opens files only under the path it is given, and it runs in a
child process under limits (see snapshots/reader.py).
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Protocol, cast

from modelcensus.errors import SettingsError, UnknownName
from modelcensus.sources.record import Evidence, SourceInfo, State


@dataclass(frozen=True)
class Option:
    """One option of a source: its name, what it means, its default and its choices."""

    name: str
    description: str
    default: str = ""
    choices: tuple[str, ...] = ()
    is_required: bool = False


class Source(Protocol):
    """What a source module offers."""

    INFO: SourceInfo
    OPTIONS: tuple[Option, ...]

    def read(self, path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
        """Yield the states or the evidence found under `path`.

        Raises:
            SourceError: nothing can be read from it at all.
        """
        ...


SOURCES: dict[str, str] = {
    "osir": "modelcensus.sources.osir",
    "radar": "modelcensus.sources.radar",
    "atom": "modelcensus.sources.atom",
    "epoch": "modelcensus.sources.epoch",
    "ollama": "modelcensus.sources.ollama",
    "openness": "modelcensus.sources.openness",
    "benchmarks": "modelcensus.sources.benchmarks",
    "hub-api": "modelcensus.sources.hub_api",
    "hub-pages": "modelcensus.sources.hub_pages",
    "hub-stats": "modelcensus.sources.hub_stats",
    "hub-weekly": "modelcensus.sources.hub_weekly",
    "evolution": "modelcensus.sources.evolution",
    "modelbiome": "modelcensus.sources.modelbiome",
    "agentdojo": "modelcensus.sources.agentdojo",
    "jailbreakbench": "modelcensus.sources.jailbreakbench",
    "inspect": "modelcensus.sources.inspect_logs",
    "garak": "modelcensus.sources.garak",
    "outcomes": "modelcensus.sources.outcomes",
    "observations": "modelcensus.sources.observations",
    "sample": "modelcensus.sources.sample",
}
"""Every source by the name it has on the command line."""


def get_source(name: str) -> Source:
    """Return a source by name.

    Raises:
        UnknownName: there is no such source; the nearest names are given.
    """
    if name not in SOURCES:
        near = get_close_matches(name, sorted(SOURCES), cutoff=0.5) or sorted(SOURCES)
        raise UnknownName("source", name, near)
    return cast(Source, importlib.import_module(SOURCES[name]))


def check_options(source: Source, given: Mapping[str, str]) -> dict[str, str]:
    """Return the options of a source with defaults filled in.

    Raises:
        SettingsError: an unknown option, a value outside its choices, or a missing one.
    """
    return fill_options(source.INFO.name, source.OPTIONS, given)


def fill_options(
    source_name: str, options: Sequence[Option], given: Mapping[str, str]
) -> dict[str, str]:
    """Return a value for every option; doing it twice changes nothing.

    Raises:
        SettingsError: an unknown option, a value outside its choices, or a missing one.
    """
    known = [option.name for option in options]
    for name in given:
        if name not in known:
            raise SettingsError(
                f"source {source_name!r} has no option {name!r}",
                next_step=f"its options: {', '.join(sorted(known)) or 'none'}",
            )
    values = {option.name: given.get(option.name, option.default) for option in options}
    for option in options:
        _check_value(source_name, option, values[option.name])
    return values


def _check_value(source_name: str, option: Option, value: str) -> None:
    if option.is_required and not value:
        raise SettingsError(
            f"source {source_name!r} needs the option {option.name!r}",
            next_step=f"give --option {option.name}=VALUE: {option.description}",
        )
    if value and option.choices and value not in option.choices:
        raise SettingsError(
            f"{value!r} is not a value of option {option.name!r}",
            where=f"source {source_name}",
            next_step=f"one of: {', '.join(option.choices)}",
        )
