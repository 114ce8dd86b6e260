"""Every population with every group, against the same question in plain Python.

Ibis 12 can join a table with one derived from it as if nothing tied them; the SQL looks right.
So the values are compared, for all pairs of what narrows the rows and what groups them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.acre import FRAME

from modelcensus.contracts.registry import MEASURES
from modelcensus.measures.aggregate import sums_by_snapshot
from modelcensus.measures.selection import select
from modelcensus.releases.release import Release, open_release
from modelcensus.snapshots.store import Store

POPULATIONS = ("all", "list:atom", "first_party", "language", "young:200")
GROUPS = (
    ("country", "developer", "census"),
    ("country", "publisher", "census"),
    ("developer", "developer", "census"),
    ("developer", "publisher", "census"),
    ("developer_type", "developer", "census"),
    ("family", "", "census"),
    ("namespace", "", "census"),
    ("licence_class", "", "census"),
    ("size_class", "", "census"),
    ("pipeline_tag", "", "census"),
    ("total", "", "census"),
    ("country", "", "atom"),
)
TASKS = ("text-generation", "text2text-generation", "image-text-to-text", "any-to-any")


class Plain:
    """The release's tables as lists of dictionaries."""

    def __init__(self, release: Release) -> None:
        def rows(name: str) -> list[dict[str, Any]]:
            return pq.read_table(release.path / f"{name}.parquet").to_pylist()

        self.models = {m["model_key"]: m for m in rows("models")}
        self.attribution = rows("attribution")
        self.families = {r["model_key"]: r["family"] for r in rows("families")}
        self.lists = {r["model_key"] for r in rows("populations")}
        self.codings = {(r["hub"], r["namespace"]): r["group"] for r in rows("codings")}
        self.names = rows("names")
        self.snapshots = {r["snapshot_key"]: r for r in rows("snapshots") if r["frame"] == FRAME}
        facts = [r for r in rows("facts") if r["frame"] == FRAME]
        self.facts = {r["model_key"]: r for r in sorted(facts, key=lambda r: r["snapshot_key"])}
        self.observed = {
            key: {r["model_key"]: r for r in rows(f"observations/{key:06d}")}
            for key in self.snapshots
        }

    def owner(self, model: int, lens: str, moment: Any) -> dict[str, Any]:
        (row,) = [
            r
            for r in self.attribution
            if (r["model_key"], r["lens"]) == (model, lens)
            and r["valid_from"] <= moment < r["valid_to"]
        ] or [{"developer": "unknown", "country": "unknown", "developer_type": "unknown"}]
        return row

    def belongs(self, model: int, population: str, moment: Any) -> bool:
        created = self.models[model]["created_at"]
        if population == "list:atom":
            return model in self.lists
        if population == "first_party":
            mine = [r for r in self.attribution if r["model_key"] == model]
            owners = {r["developer"] for r in mine if r["lens"] == "publisher"} - {"unknown"}
            return bool(owners & {r["developer"] for r in mine if r["lens"] == "developer"})
        if population == "language":
            task = self.facts.get(model, {}).get("pipeline_tag")
            return task in TASKS and created is not None and created.isoformat() > "2022-11-30T00"
        if population == "young:200":
            return created is not None and created >= moment - timedelta(days=200)
        return True

    def group(self, model: int, by: str, lens: str, coding: str, moment: Any) -> str:
        described = self.models[model]
        if coding == "atom":
            accounts = [
                (n["hub"], n["model_id"].split("/")[0])
                for n in self.names
                if n["model_key"] == model
            ]
            return max((self.codings[a] for a in accounts if a in self.codings), default="unknown")
        if by in ("country", "developer", "developer_type"):
            return self.owner(model, lens, moment)[by]
        if by == "family":
            return self.families[model]
        if by == "namespace":
            return described["namespace"] or "(no namespace)"
        if by == "total":
            return "all models"
        return self.facts.get(model, {}).get(by) or "unknown"


@pytest.fixture(scope="module")
def release(acre: Store) -> Iterator[Release]:
    opened = open_release(acre)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def plain(release: Release) -> Plain:
    return Plain(release)


@pytest.mark.parametrize("population", POPULATIONS)
def test_populations_and_groups_agree_with_plain_python(
    release: Release, plain: Plain, population: str
) -> None:
    for by, lens, coding in GROUPS:
        question = MEASURES["series"].contract(
            frame=FRAME, by=by, lens=lens, coding=coding, population=population
        )
        found = sums_by_snapshot(select(release, question))
        expected: dict[int, dict[str, tuple[int, int, int]]] = {}
        for key, snapshot in plain.snapshots.items():
            moment = snapshot["label_at"]
            sums = expected.setdefault(key, {})
            for model, row in plain.observed[key].items():
                if plain.belongs(model, population, moment):
                    group = plain.group(model, by, lens, coding, moment)
                    value, models, counted = sums.get(group, (0, 0, 0))
                    count = row["downloads_30d"]
                    known = count is not None
                    sums[group] = (value + (count or 0), models + 1, counted + known)
        got = {
            key: {g: (s.values[g], s.models[g], s.counted[g]) for g in s.values}
            for key, s in found.items()
        }
        assert got == expected, (by, lens, coding)


@pytest.mark.parametrize("outliers", ["cap:70000", "drop-top:3"])
def test_outliers_leave_unknown_counts_unknown(
    release: Release, plain: Plain, outliers: str
) -> None:
    question = MEASURES["series"].contract(frame=FRAME, by="total", outliers=outliers)
    found = sums_by_snapshot(select(release, question))
    for key, rows in plain.observed.items():
        counts = [r["downloads_30d"] for r in rows.values()]
        known = sorted((c for c in counts if c is not None), reverse=True)
        capped = [min(c, 70_000) for c in known] if outliers.startswith("cap") else known[3:]
        sums = found[key]
        assert sums.values == {"all models": sum(capped)}
        assert sums.counted == {"all models": len(capped)}
        assert sums.models == {"all models": len(capped) + counts.count(None)}
