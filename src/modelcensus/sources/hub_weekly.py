"""The weekly archive of hub-stats: one listing of the Hub per week, in folders named by date.

A folder's date is the start of a week, not the day of a crawl: the archive takes the last
listing published before the next week begins, and an older one again where none was. The
window tells them apart: it is the newest change of any model in the file, and the listing was
made then or soon after. A window that ends before the label means a listing used again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from modelcensus.errors import SourceError
from modelcensus.sources.hub_listing import open_listing
from modelcensus.sources.instants import parse_day
from modelcensus.sources.record import Evidence, SourceInfo, State
from modelcensus.sources.source import Option, fill_options

INFO = SourceInfo(
    name="hub-weekly",
    title="Weekly snapshots of the Hugging Face Hub, all models",
    url="https://huggingface.co/datasets/hfmlsoc/hub_weekly_snapshots",
    licence="ODbL 1.0: share-alike; a database made from it and given to others must be "
    "offered under the ODbL too, with this notice",
    attribution="hfmlsoc/hub_weekly_snapshots, from cfahlgren1/hub-stats",
)
OPTIONS = (Option("frame", "what the listings are a view of", default="hub"),)

FILE = "models.parquet"
_WEEK = timedelta(days=7)


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one state per week, oldest first; one file is read after the other.

    Args:
        path: the archive's folder, its folder `models`, one week's folder, or one file.
        options: `frame`.

    Raises:
        SourceError: there is no such file, or one is not readable Parquet.
        SchemaChanged: a file has no id column, or one of a type that cannot be read.
    """
    values = fill_options(INFO.name, OPTIONS, options)
    for label, file in _weeks(path):
        listing = open_listing(file)
        # the archive's clock is not in UTC: one day more than the week
        week_ends = datetime.combine(label, time(), UTC) + _WEEK + timedelta(days=1)
        looked = listing.newest_change(week_ends)
        yield State(
            hub="huggingface",
            frame=values["frame"],
            label=label,
            batches=listing.batches(),
            window=None if looked is None else (looked, looked),
            absent_columns=listing.absent,
            is_complete_frame=True,
            is_simulated=listing.is_simulated,
        )


def _weeks(path: Path) -> list[tuple[date, Path]]:
    files = [path] if path.is_file() else [
        file
        for pattern in (FILE, f"*/{FILE}", f"models/*/{FILE}")
        for file in path.glob(pattern)
    ]  # fmt: skip
    found = {
        day: file
        for file in files
        if len(file.parent.name) == len("2025-09-01") and (day := parse_day(file.parent.name))
    }
    if found:
        return sorted(found.items())
    raise SourceError(
        f"no {FILE} in a folder named by a date was found",
        where=str(path),
        next_step=f"keep the archive's folders: models/2025-09-01/{FILE}; "
        "a single listing is read by the source 'hub-stats'",
    )
