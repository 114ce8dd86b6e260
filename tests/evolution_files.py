"""The two files of the open model evolution data with invented models, and the truth about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from tests.small_store import developer, namespace, overlay

from modelcensus.measures.census import Census
from modelcensus.releases.build import build_release
from modelcensus.releases.release import open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
from modelcensus.sources.tables import SIMULATED_KEY

FIRST_YEAR, ALL = "one_year_rolling.parquet", "all_downloads_with_annotations.parquet"
LABELS = (date(2024, 7, 29), date(2024, 8, 5), date(2025, 2, 3), date(2025, 8, 25))
SCHEMA = pa.schema(
    [
        ("model", pa.string()),
        ("time", pa.timestamp("ns")),
        ("downloadsAllTime", pa.float64()),
        ("_id", pa.string()),
        ("author", pa.string()),
        ("created", pa.string()),
        ("org_country", pa.string()),
    ]
)


@dataclass(frozen=True)
class Planted:
    """One model: its names and counts at LABELS, `-` where it is not listed, and its creation."""

    names: Sequence[str]
    counts: Sequence[int | str | None]
    created: str | None = "2024-03-01"

    @property
    def country(self) -> str:
        """Return where its account is based, by the overlay below."""
        account = self.names[-1].partition("/")[0]
        return {"jade": "CN", "ruby": "CN", "bolt": "US"}.get(account, "unknown")


def planted(name: str, *counts: int | str | None, created: str | None = "2024-03-01") -> Planted:
    """Return a model that keeps its name."""
    return Planted([name] * len(LABELS), counts, created)


MODELS = (
    planted("jade/one", 1_000, 1_100, 3_000, 5_000),
    planted("jade/new", "-", "-", 40, 2_000, created="2025-01-10"),
    Planted(["jade/prior", "jade/prior", "ruby/later", "ruby/later"], (400, 410, 500, 900)),
    planted("jade/blank", 100, 120, 140, None),
    planted("bolt/one", 10_000, 10_500, 12_000, 15_000),
    planted("bolt/fell", 900, 950, 1_000, 700),
    planted("bolt/gone", 500, 510, 520, "-"),
    planted("bolt/late", "-", "-", 700, 800, created="2023-01-01"),
    planted("bolt/between", "-", 5, 50, 60, created="2024-07-30"),
    planted("wild/thing", 0, 0, 10, 3_000),
    planted("wild/dark", "-", 1, 2, 50, created=None),
)
"""CN 6,540, US 5,275 and unknown 3,049 of 14,864 in August 2024 to August 2025."""


def write_evolution(path: Path, models: Sequence[Planted], *, simulated: bool = False) -> Path:
    """Write one of the files, newest rows first as a pipeline may leave them."""
    rows = [
        {
            "model": model.names[place],
            "time": datetime(label.year, label.month, label.day, tzinfo=UTC).replace(tzinfo=None),
            "downloadsAllTime": model.counts[place],
            "_id": f"{number:024x}",
            "author": model.names[place].partition("/")[0],
            "created": model.created and f"{model.created}T00:00:00.000Z",
            "org_country": "XX",
        }
        for number, model in enumerate(models)
        for place, label in enumerate(LABELS)
        if model.counts[place] != "-"
    ]
    schema = SCHEMA.with_metadata({SIMULATED_KEY: b"seed=1"} if simulated else {})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows[::-1], schema=schema), path)
    return path


def build_evolution(
    folder: Path, files: Mapping[str, Sequence[Planted]], *, simulated: bool = False
) -> Store:
    """Import files and build their release; accounts have owners by an overlay."""
    for name, models in files.items():
        write_evolution(folder / "files" / name, models, simulated=simulated)
    store = Store(folder / "store")
    import_source(store, "evolution", folder / "files", {}, Settings())
    register = overlay(
        folder / "overlay",
        developers=[
            developer("jade-lab", "CN"),
            developer("bolt-works", "US"),
        ],
        namespaces=[
            namespace("jade", "jade-lab"),
            namespace("ruby", "jade-lab"),
            namespace("bolt", "bolt-works"),
        ],
    )
    build_release(store, Settings(), overlays=[register])
    return store


def open_evolution(store: Store) -> Census:
    """Open the newest release; the caller closes it."""
    return Census(open_release(store))


def true_values(
    models: Sequence[Planted], first: int, last: int, start: str, end: str
) -> dict[str, int]:
    """Return what each country's models gained between two labels, by the rules in plain words.

    A model's known growth is what it rose by from one known count to the next; what was created in
    the period began at 0.
    """
    sums: dict[str, int] = {}
    for model in models:
        counts = [c for c in model.counts[first : last + 1] if isinstance(c, int)]
        is_new = not isinstance(model.counts[first], int) and model.created
        if counts and is_new and start <= str(model.created) < end:
            counts = [0, *counts]
        rises = [max(0, after - before) for before, after in pairwise(counts)]
        sums[model.country] = sums.get(model.country, 0) + sum(rises)
    return sums
