"""A simulated leaderboard whose frontier is planted: what is true of it is known beforehand.

Records are laid down first, then models that beat nothing are strewn between them. Names are
invented and say that they are simulated; the file carries the mark of generated data.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from modelcensus.sources.tables import SIMULATED_KEY

DATASET, METRIC = "Simulated Reasoning", "accuracy"
COUNTRIES = ("IS", "PT", "UY")
MAKERS = 4
"""Simulated developers per country."""
FIRST = date(2031, 1, 1)
_NOISE = 0.4


@dataclass
class PlantedFrontier:
    """A leaderboard and the truth about it.

    Attributes:
        rows: results as a table writes them.
        records: country -> (day, value, model) of the open models that were the best of theirs.
        open_lags: days that open models took to reach each record of closed ones.
    """

    rows: list[dict[str, object]] = field(default_factory=list)
    records: dict[str, list[tuple[date, float, str]]] = field(default_factory=dict)
    open_lags: list[int] = field(default_factory=list)

    def write(self, path: Path) -> Path:
        """Write the leaderboard as Parquet, marked as simulated."""
        table = pa.Table.from_pylist(self.rows)
        pq.write_table(table.replace_schema_metadata({SIMULATED_KEY: b"planted"}), path)
        return path


def maker_name(country: str, number: int) -> str:
    """Return the name of a simulated developer."""
    return f"Maker {country} {number} (simulated)"


def plant_frontier(seed: int, records: int = 5, noise: int = 60) -> PlantedFrontier:
    """Return a leaderboard with so many records per country and so many models that are none.

    Each level is first reached by a closed model, some days later by the first open one of the
    leading country, and later by those of the others; each country's values rise from record to
    record.

    Args:
        seed: of everything drawn.
        records: of each country.
        noise: models that beat nothing of their country on their day.
    """
    draw = random.Random(seed)  # noqa: S311  # nosec B311
    planted = PlantedFrontier(records={country: [] for country in COUNTRIES})
    day, level = FIRST, 40.0
    for number in range(records):
        level += draw.uniform(1.0, 4.0)
        closed_on = day
        _add(planted, f"closed-{number}", "Shut House (simulated)", closed_on, level, "closed")
        for place, country in enumerate(draw.sample(COUNTRIES, len(COUNTRIES))):
            on = closed_on + timedelta(days=draw.randint(5, 40) + 45 * place)
            # the first open model is at the level or above it, the others above that a little
            value = round(level + 0.01 * (place + 1), 4)
            model = f"record-{country.lower()}-{number}"
            maker = maker_name(country, draw.randrange(MAKERS))
            _add(planted, model, maker, on, value, "open")
            planted.records[country].append((on, value, model))
            if place == 0:
                planted.open_lags.append((on - closed_on).days)
        day = closed_on + timedelta(days=draw.randint(140, 200))
    _strew(planted, draw, noise)
    draw.shuffle(planted.rows)
    return planted


def _strew(planted: PlantedFrontier, draw: random.Random, noise: int) -> None:
    """Add open models that are below the best of their country on their day."""
    for number in range(noise):
        country = COUNTRIES[number % len(COUNTRIES)]
        laid = planted.records[country]
        on = laid[0][0] + timedelta(days=draw.randint(1, 900))
        best = max(value for day, value, _ in laid if day <= on)
        value = round(best - draw.uniform(_NOISE, 20.0), 4)
        maker = maker_name(country, draw.randrange(MAKERS))
        _add(planted, f"noise-{number}", maker, on, value, "open")


def _add(
    planted: PlantedFrontier, model: str, maker: str, on: date, value: float, weights: str
) -> None:
    planted.rows.append(
        {
            "model": f"{model}-simulated",
            "organisation": maker,
            "released_on": on.isoformat(),
            "dataset": DATASET,
            "metric": METRIC,
            "value": value,
            "weights": weights,
            "reported_by": "independent",
        }
    )
