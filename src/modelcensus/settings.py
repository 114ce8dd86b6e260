"""One table of settings: each limit and threshold has a name, a default, a unit and a reason.

A setting is changed by the environment (`CENSUS_` + its name in capitals) or by passing a
`Settings` object. docs/limits.md lists the same table; a test holds the two together.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from modelcensus.errors import SettingsError

MIB = 1024 * 1024
CONTINUOUS = ("fraction", "ratio", "seconds", "hours", "days")
"""Units of which there may be a part; of the others (rows, threads ...) there is one at least."""


def _setting(default: float, unit: str, description: str, *, build: bool = False) -> float:
    """Declare one row of the table; `build` marks settings that a release depends on."""
    metadata = {"unit": unit, "description": description, "build": build}
    value: float = field(default=default, metadata=metadata)
    return value


def _words(default: str, unit: str, description: str) -> str:
    """Declare one row of the table that holds text; no release depends on one."""
    metadata = {"unit": unit, "description": description, "build": False}
    value: str = field(default=default, metadata=metadata)
    return value


@dataclass(frozen=True)
class Settings:
    """All settings, with their defaults. Units are in the table below each name."""

    reader_memory: float = _setting(
        4096 * MIB, "bytes", "address space of the child process that reads a foreign file"
    )
    reader_seconds: float = _setting(
        900, "seconds", "time after which reading a foreign file is stopped"
    )
    reader_output: float = _setting(
        8192 * MIB, "bytes", "largest file that reading a foreign file may write"
    )
    reader_rows: float = _setting(
        50_000_000, "rows", "most rows read from one foreign file before reading is stopped"
    )
    cell_bytes: float = _setting(
        8 * MIB, "bytes", "largest text in one cell; a row with a larger one is rejected"
    )
    member_bytes: float = _setting(
        512 * MIB, "bytes", "largest member of an archive that is unpacked"
    )
    reject_raw_bytes: float = _setting(2000, "bytes", "how much of a rejected row is kept")
    max_reject_share: float = _setting(
        0.05, "fraction", "share of rejected rows above which an import stops before storing"
    )
    hub_total_days: float = _setting(
        60,
        "days",
        "how far a register's Hub-wide total may lie from the date of a figure",
        build=True,
    )
    spike_factor: float = _setting(
        10,
        "ratio",
        "change of one model's counter between two snapshots that is logged",
        build=True,
    )
    spike_floor: float = _setting(
        1_000_000,
        "downloads",
        "smallest larger value of a logged single-model change",
        build=True,
    )
    global_drop: float = _setting(
        0.7,
        "ratio",
        "fall of a frame's total over the models seen on both dates that is logged",
        build=True,
    )
    developer_drop: float = _setting(
        0.1,
        "ratio",
        "fall of one developer's total, from above the floor of spikes, that is logged",
        build=True,
    )
    frozen_share: float = _setting(
        0.9,
        "fraction",
        "share of a frame's counts above 0 that stand still between snapshots and are logged",
        build=True,
    )
    gap_factor: float = _setting(
        2.5,
        "ratio",
        "distance of two snapshots, in median distances of the frame, that is logged as a gap",
        build=True,
    )
    largest_parameters: float = _setting(
        10_000_000_000_000,
        "parameters",
        "parameter count from which on a size is not believed and not known; nor is 0",
        build=True,
    )
    age_gap_days: float = _setting(
        35,
        "days",
        "widest distance of two snapshots between which a count at an age is interpolated",
        build=True,
    )
    period_snapshots: float = _setting(
        60,
        "snapshots",
        "most snapshots that a figure of a period reads; of more, evenly spaced ones",
    )
    unseen_growth: float = _setting(
        3,
        "ratio",
        "how many times steeper than a model's steepest known stretch an unseen one is at worst",
    )
    amber_days: float = _setting(
        2, "days", "age of a collected frame after which its state is amber"
    )
    red_days: float = _setting(7, "days", "age of a collected frame after which its state is red")
    min_coverage: float = _setting(
        0.95, "fraction", "attributed share below which a headline says it is partly unknown"
    )
    min_known_models: float = _setting(
        0.5,
        "fraction",
        "share of a frame's models of which a population's fact must be known to be in a spread",
    )
    min_influence: float = _setting(
        0.001,
        "fraction",
        "change of a headline share from which a model is listed among its influences",
    )
    contested_rows: float = _setting(
        10, "rows", "most contested register rows listed with a figure"
    )
    check_age_days: float = _setting(
        365, "days", "age after which `census registers check` calls a row's evidence old"
    )
    passport_models: float = _setting(
        1000, "models", "most models above, and below, one model that a passport walks"
    )
    listed_models: float = _setting(
        5000, "models", "most models of a list that is written as one CycloneDX document"
    )
    scan_files: float = _setting(
        100_000, "files", "most files, members of archives included, that one look at files takes"
    )
    scan_depth: float = _setting(4, "archives", "how deep archives within archives are looked into")
    utility_floor: float = _setting(
        1 / 3,
        "fraction",
        "part of the user's tasks done without an attack below which a model is called of low "
        "capability",
    )
    shared_grid: float = _setting(
        0.8, "fraction", "part of the larger grid that two compared models must share"
    )
    frontier_makers: float = _setting(
        10, "makers", "makers with a dated result below which no frontier is drawn"
    )
    frontier_within: float = _setting(
        0.05, "fraction", "part of the best result within which a maker counts as near it"
    )
    vet_connections: float = _setting(
        4, "connections", "requests at once to an endpoint that is tested, unless its file says"
    )
    vet_turns: float = _setting(
        15, "answers", "most answers of one case of a live run, unless its file says"
    )
    vet_answer_seconds: float = _setting(
        300, "seconds", "longest wait for one answer of an endpoint that is tested"
    )
    vet_retries: float = _setting(
        8, "requests", "how often a request of a live run is repeated before its case is missing"
    )
    vet_probe_cases: float = _setting(
        8,
        "cases",
        "finished cases without one tool call after which a live run is stopped",
    )
    engine_threads: float = _setting(2, "threads", "threads of the embedded engine")
    engine_memory: float = _setting(
        4096 * MIB, "bytes", "memory the embedded engine may use before it spills to disk"
    )
    engine_spill: float = _setting(
        16384 * MIB, "bytes", "disk the embedded engine may spill to, in a temporary folder"
    )

    hub_hosts: str = _words(
        "huggingface.co", "hosts", "hosts that a crawl may ask over https, joined by commas"
    )
    hub_extra_fields: str = _words(
        "", "fields", "further fields that a crawl asks for, such as model-index,evalResults"
    )
    hub_page_rows: float = _setting(1000, "rows", "rows of a page; the Hub gives at most 1,000")
    hub_page_bytes: float = _setting(
        32 * MIB, "bytes", "largest page, unpacked; a larger one ends the crawl"
    )
    hub_connect_seconds: float = _setting(10, "seconds", "longest wait for a connection")
    hub_read_seconds: float = _setting(30, "seconds", "longest silence within an answer")
    hub_page_seconds: float = _setting(120, "seconds", "longest time for one page")
    hub_attempts: float = _setting(
        10, "attempts", "how often one page is asked for before the crawl ends incomplete"
    )
    hub_longest_wait: float = _setting(
        900, "seconds", "longest wait that a hub may ask for; beyond it the crawl ends, resumable"
    )
    hub_restarts: float = _setting(
        20, "restarts", "how often a listing is taken up again by date after a bad cursor"
    )
    hub_pages: float = _setting(
        50_000, "pages", "most pages of a listing; a longer one is taken for endless"
    )
    hub_expected_models: float = _setting(
        3_000_000, "models", "size of the Hub for estimates while no crawl of it is stored"
    )
    crawl_resume_hours: float = _setting(
        48, "hours", "age up to which an unfinished crawl is taken up again"
    )
    min_crawl_share: float = _setting(
        0.9, "fraction", "share of the last crawl's rows below which a crawl is not stored"
    )
    store_wait_seconds: float = _setting(
        600, "seconds", "how long a finished crawl waits for another writer of the store"
    )

    chart_width: float = _setting(2400, "pixels", "widest chart that is drawn")
    chart_rows: float = _setting(
        20_000, "rows", "most rows of a figure that is drawn; a larger one is refused"
    )
    chart_pixels: float = _setting(
        40_000_000, "pixels", "most pixels of a chart as PNG; a larger one is refused"
    )

    chart_workers: float = _setting(2, "processes", "processes that draw charts for a service")
    chart_queue: float = _setting(
        32, "charts", "most charts that wait to be drawn; a further one is refused"
    )
    chart_seconds: float = _setting(
        20, "seconds", "longest time for drawing one chart; then its process is ended"
    )
    chart_cache: float = _setting(64 * MIB, "bytes", "memory for drawn charts that are kept")

    web_waiting: float = _setting(
        24, "requests", "most requests that compute or wait for a figure; a further one gets 503"
    )
    web_seconds: float = _setting(
        20, "seconds", "longest wait for a figure that others are computing; then 503"
    )
    web_figures: float = _setting(256, "figures", "computed figures that the site keeps")
    web_cache: float = _setting(64 * MIB, "bytes", "memory for finished answers that are kept")
    web_rows: float = _setting(500, "rows", "most rows of a table on one page")
    web_page_rows: float = _setting(50, "rows", "rows of a page of a list, unless asked otherwise")
    web_deepest_row: float = _setting(
        10_000, "rows", "how deep a list may be paged; beyond it filters have to narrow it"
    )
    web_query_bytes: float = _setting(
        4096, "bytes", "longest path and query of a request; a longer one gets 414"
    )
    web_file_bytes: float = _setting(
        512 * MIB, "bytes", "largest file of a release that the site hands out"
    )
    web_connections: float = _setting(512, "connections", "most connections at once")
    web_idle_seconds: float = _setting(10, "seconds", "how long an idle connection is kept")
    web_stop_seconds: float = _setting(
        10, "seconds", "how long running requests may take after the service was told to stop"
    )
    web_releases: float = _setting(
        2, "releases", "releases beside the served one that are kept open for pinned addresses"
    )
    public_url: str = _words(
        "", "address", "address of the site from outside, for citations; empty: none is printed"
    )

    def build_values(self) -> dict[str, float]:
        """Return the settings that the bytes of a release depend on, by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.metadata["build"]}


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the defaults, overridden by `CENSUS_<NAME>` variables.

    Raises:
        SettingsError: a variable holds no positive, finite number.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    for item in fields(Settings):
        variable = f"CENSUS_{item.name.upper()}"
        text = environment.get(variable)
        if text is None:
            continue
        if isinstance(item.default, str):
            values[item.name] = text
            continue
        values[item.name] = _positive(text)
        if not _is_allowed(values[item.name], item.metadata["unit"]):
            raise SettingsError(
                f"{text!r} is not a positive number",
                where=f"environment variable {variable}",
                next_step=f"give a number of {item.metadata['unit']}, or unset it",
            )
    return Settings(**values)


def _is_allowed(value: float, unit: str) -> bool:
    """Return whether a setting may have a value: finite, above 0, 1 at least of what is counted."""
    return (value > 0 if unit in CONTINUOUS else value >= 1) and value < math.inf


def _positive(text: str) -> float:
    """Return the number a text names; -1 when it names none."""
    try:
        return float(text)
    except ValueError:
        return -1.0
