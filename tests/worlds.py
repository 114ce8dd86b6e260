"""A small invented world for tests: a real store, imported, built and opened like any other.

Nobody in it exists. Counts are small round numbers, so that a test can say in one comment how
its golden value comes about. The dates lie in the 2030s, far from the bundled registers' own.

The forest's frames:

    panel:grove     30-day downloads, four months; unknown, contested, renamed, moved, null, 0
    panel:race      two families that cross, cross back and cross again
    panel:planted   the same race, decided by another model
    panel:calm      a crossing that no single model decides
    panel:kettle    pulls on another hub; bare ids; one total falls
    sample:leaf     a few records with licences, tasks, creation dates and likes
    hub             a complete listing of one day

`GROVE` at its last label, 2031-04-05, by country of the developer: IS 350, PT 240, UY 100,
international 60, unknown 250; together 1000.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from modelcensus.measures.census import Census
from modelcensus.registers.schema import REGISTERS
from modelcensus.releases.build import build_release
from modelcensus.releases.release import open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store

HF = "huggingface"

Counts = Mapping[str, Sequence["int | str"]]
"""Model id -> its count at each label; "" is null (the source does not know), "-" is no row."""

Rows = dict[str, list[dict[str, str]]]
"""Register name -> rows; what a row leaves out is filled in by `write_overlay`."""

GROVE_LABELS = ("2031-01-05", "2031-02-05", "2031-03-05", "2031-04-05")
GROVE: Counts = {
    "alder/aspen-7b": (200, 200, 200, 200),
    "alder/aspen-mini": (30, 30, 50, 60),
    "alder/ash-1b": (0, 0, 0, 0),
    "birch/beech-large": (100, 250, 150, 200),
    "birch/beech-small": (50, 50, 40, 40),
    "birch/beech-null": ("", "", "", ""),
    "cedar/cone": (100, 100, 100, 100),
    "elm/leaf": ("-", "-", 50, 50),
    "fir/needle": ("-", 60, "-", 60),
    "ghost/one": (40, 40, 40, 40),
    "hazel/nut": (50, 50, 50, 50),
    "oldrowan/berry": (70, 60, "-", "-"),
    "repack/aspen-7b-gguf": (100, 100, 100, 100),
    "rowan/berry": ("-", "-", 50, 40),
    "wild/thing": (60, 60, 60, 60),
}

RACE_LABELS = ("2032-01-01", "2032-02-01", "2032-03-01", "2032-04-01", "2032-05-01")
RACE: Counts = {
    "alder/aspen-7b": (100, 100, 100, 100, 100),
    "alder/aspen-mini": (50, 50, 50, 50, 50),
    "birch/beech-large": (80, 120, 90, 200, 150),
    "birch/beech-small": (30, 40, 40, 40, 40),
}
"""aspen 150 throughout; beech 110, 160, 130, 240, 190."""

PLANTED: Counts = {
    "alder/aspen-7b": (100, 100, 100, 100, 100),
    "alder/aspen-mini": (50, 50, 50, 50, 50),
    "birch/beech-large": (60, 60, 60, 60, 60),
    "birch/beech-flash": ("-", 120, 60, 140, 140),
}
"""aspen 150 throughout; beech 60, 180, 120, 200, 200."""

CALM: Counts = {
    **{f"alder/aspen-{n}": (50, 50, 50, 50, 50) for n in (1, 2, 3)},
    **{f"birch/beech-{n}": (20, 20, 100, 100, 100) for n in (1, 2, 3)},
    "larch/old": (1, 1, 1, 1, 1),
    "larch/larch-new": ("-", "-", "-", "-", 9),
}
"""aspen 150 throughout; beech 60, 60, 300, 300, 300: without any one model 200 to 150.

The account larch, whose owner nobody knows, is there throughout, its family at the end only.
"""

KETTLE_LABELS = ("2031-01-05", "2031-04-05")
KETTLE: Counts = {"oak": (1000, 3000), "pine": (500, 400), "birchhub/beech": (0, 100)}

LEAF_LABEL = "2031-04-05"
LEAF: list[dict[str, object]] = [
    {
        "id": "alder/aspen-7b",
        "downloads": 200,
        "likes": 20,
        "createdAt": "2030-12-01T00:00:00.000Z",
        "pipeline_tag": "text-generation",
        "library_name": "transformers",
        "tags": ["license:apache-2.0"],
        "safetensors": {"total": 6_900_000_000},
    },
    {
        "id": "birch/beech-large",
        "downloads": 300,
        "likes": 5,
        "createdAt": "2031-03-20T00:00:00.000Z",
        "pipeline_tag": "image-text-to-text",
        "library_name": "transformers",
        "cardData": {"license": "other", "license_name": "grove-terms"},
        "safetensors": {"total": 120_000_000_000},
    },
    {
        "id": "cedar/cone",
        "downloads": 100,
        "createdAt": "2022-06-01T00:00:00.000Z",
        "pipeline_tag": "text-generation",
    },
    {
        "id": "hazel/seed",
        "downloads": 40,
        "likes": None,
        "createdAt": "2031-03-10T00:00:00.000Z",
        "tags": ["license:mit"],
    },
    {
        "id": "wild/thing",
        "downloads": 60,
        "likes": 0,
        "createdAt": "2031-04-01T00:00:00.000Z",
        "pipeline_tag": "image-classification",
        "tags": ["license:mit"],
        "safetensors": {"total": 500_000_000},
    },
]
"""hazel/seed was created after hazel went from alder-lab to birch-works; hazel/nut before."""

HUB_LABEL = "2031-04-05"
HUB: dict[str, tuple[int, int]] = {
    "alder/aspen-7b": (200, 20),
    "birch/beech-large": (300, 40),
    "wild/thing": (500, 1),
}
"""Model id -> (downloads, likes) of the complete listing."""

EVIDENCE = {
    "evidence_url": "https://example.org/invented",
    "seen": "primary",
    "seen_on": "2026-11-01",
    "paraphrase": "The invented page says so.",
    "confidence": "high",
}


def overlay_rows() -> Rows:
    """Return the registers of the world, fresh each time, to be changed at will."""
    return {
        "developers": [
            _developer("alder-lab", "Alder Lab", "IS", "industry", sub_type="start-up")
            | {"alternatives": "NO", "contested_because": "It was founded in two places."},
            _developer("birch-works", "Birch Works", "PT", "academia"),
            _developer("cedar-collective", "Cedar Collective", "UY", "non-profit"),
            _developer("elm-person", "Elm", "unknown", "individual"),
            _developer("fir-project", "Fir Project", "international", "community"),
            _developer("ghost-house", "Ghost House", "NO", "industry"),
            _developer("repack-store", "Repack Store", "NO", "redistributor"),
            _developer("rowan-institute", "Rowan Institute", "IS", "academia"),
        ],
        "namespaces": [
            _namespace("alder", "alder-lab"),
            _namespace("birch", "birch-works"),
            _namespace("cedar", "cedar-collective")
            | {"alternatives": "birch-works", "contested_because": "Both papers name it."},
            _namespace("elm", "elm-person"),
            _namespace("fir", "fir-project"),
            _namespace("ghost", "ghost-house") | {"seen": "unread"},
            _namespace("hazel", "alder-lab") | {"valid_to": "2031-03-01"},
            _namespace("hazel", "birch-works") | {"valid_from": "2031-03-01"},
            _namespace("repack", "repack-store") | {"role": "redistributor"},
            _namespace("rowan", "rowan-institute"),
        ],
        "families": [
            _family("aspen", "alder", "alder-lab"),
            _family("aspen", "repack", "alder-lab"),
            _family("beech", "birch", "birch-works"),
            _family("larch", "larch", "rowan-institute"),
        ],
        "renames": [
            {
                "hub": HF,
                "kind": "namespace",
                "old": "oldrowan",
                "new": "rowan",
                "after": "2031-02-05",
                "by": "2031-03-05",
            }
        ],
        "hub_totals": [
            _hub_total("downloads_30d", "2031-04-06", 1, 1) | {"seen": "unread"},
            _hub_total("downloads_30d", "2031-04-25", 1900, 2000),
            _hub_total("downloads_30d", "2031-05-30", 8000, 9000),
            _hub_total("models", "2031-04-05", 100, 100),
        ],
    }


def _developer(slug: str, name: str, country: str, kind: str, **more: str) -> dict[str, str]:
    return {"developer": slug, "name": name, "country": country, "developer_type": kind, **more}


def _namespace(namespace: str, developer: str) -> dict[str, str]:
    return {"hub": HF, "namespace": namespace, "developer": developer, "role": "official"}


def _family(family: str, namespace: str, developer: str) -> dict[str, str]:
    return {
        "family": family,
        "family_name": family.capitalize(),
        "developer": developer,
        "hub": HF,
        "namespace": namespace,
        "pattern": f"^{family}",
        "priority": "50",
    }


def _hub_total(metric: str, day: str, low: int, high: int) -> dict[str, str]:
    return {
        "hub": HF,
        "metric": metric,
        "observed_on": day,
        "value_low": str(low),
        "value_high": str(high),
    }


def write_overlay(folder: Path, rows: Rows) -> Path:
    """Write register rows as the CSV files of an overlay; evidence is filled in."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, found in rows.items():
        columns = REGISTERS[name].columns
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
            writer.writeheader()
            for row in found:
                evidence = {k: v for k, v in EVIDENCE.items() if k in columns}
                writer.writerow(evidence | row)
    return folder


def write_counts(path: Path, labels: Sequence[str], counts: Counts) -> Path:
    """Write a table that the source `observations` reads."""
    lines = ["id,date,downloads"]
    for place, label in enumerate(labels):
        lines += [f"{m},{label},{c[place]}" for m, c in counts.items() if c[place] != "-"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def import_counts(
    store: Store,
    folder: Path,
    frame: str,
    labels: Sequence[str],
    counts: Counts,
    **options: str,
) -> None:
    """Import counts into a frame through the source `observations`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = write_counts(folder / f"{frame.replace(':', '-')}.csv", labels, counts)
    import_source(store, "observations", path, {"frame": frame, **options}, Settings())


def write_atom(folder: Path) -> Path:
    """Write an invented list in the files of the source `atom`: a list and a coding."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "models.csv": "org,modelId\nalder,alder/aspen-7b\nbirch,birch/beech-large\n"
        "oldrowan,oldrowan/berry\nnobody,nobody/nowhere\n",
        "extra_models.csv": "org,modelId\nwild,wild/thing\n",
        "organization_regions.csv": "hf_org,region,notes\nalder,us,\nbirch,china,\n"
        "oldrowan,eu,\ncedar,,not placed\n",
        "model_parameters.csv": "model_id,total_params_b,active_params_b,is_moe,notes\n",
        "release_date_corrections.csv": "model_id,hf_created_at,actual_release_date,notes\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@dataclass(frozen=True)
class World:
    """A built store: its folder, its overlay and the name of its release."""

    store: Store
    overlay: Path
    name: str

    def open(self, settings: Settings | None = None) -> Census:
        """Open the release for questions; the caller closes it."""
        return Census(open_release(self.store, self.name, settings=settings))


def build_forest(folder: Path) -> World:
    """Import every frame and list of the world and build its release."""
    store = Store(folder / "store")
    inputs = folder / "inputs"
    import_counts(store, inputs, "panel:grove", GROVE_LABELS, GROVE)
    import_counts(store, inputs, "panel:race", RACE_LABELS, RACE)
    import_counts(store, inputs, "panel:planted", RACE_LABELS, PLANTED)
    import_counts(store, inputs, "panel:calm", RACE_LABELS, CALM)
    import_counts(store, inputs, "panel:kettle", KETTLE_LABELS, KETTLE, hub="ollama", kind="pulls")
    leaf = inputs / "leaf.json"
    leaf.write_text(json.dumps(LEAF), encoding="utf-8")
    options = {"frame": "sample:leaf", "label": LEAF_LABEL}
    import_source(store, "hub-api", leaf, options, Settings())
    listing = inputs / "hub.parquet"
    pq.write_table(
        pa.table(
            {
                "id": list(HUB),
                "downloads": [d for d, _ in HUB.values()],
                "likes": [n for _, n in HUB.values()],
            }
        ),
        listing,
    )
    import_source(store, "hub-stats", listing, {"label": HUB_LABEL}, Settings())
    import_source(store, "atom", write_atom(inputs / "atom"), {"as-of": "2031-04-05"}, Settings())
    overlay = write_overlay(folder / "overlay", overlay_rows())
    return World(store, overlay, build_release(store, Settings(), overlays=[overlay]).name)


def build_grove(
    folder: Path,
    *,
    change: Callable[[Rows], None] = lambda _: None,
    leave_out: Sequence[str] = (),
) -> World:
    """Build a store of nothing but the grove's last snapshot, with one thing changed."""
    store = Store(folder / "store")
    counts = {m: c[-1:] for m, c in GROVE.items() if m not in leave_out}
    import_counts(store, folder, "panel:grove", GROVE_LABELS[-1:], counts)
    rows = overlay_rows()
    change(rows)
    overlay = write_overlay(folder / "overlay", rows)
    return World(store, overlay, build_release(store, Settings(), overlays=[overlay]).name)
