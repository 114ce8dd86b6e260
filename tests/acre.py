"""The invented world `acre`: three frames, every kind of register row, and the odd cases.

It holds a rename, a transfer, a developer that moved, a redistributor, a row without seen
evidence, duplicates (equal and conflicting), counts above 2^53, zeros and unknown counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.indexed_world import index_evidence, leaderboard_evidence, notable_evidence
from tests.small_store import (
    developer,
    family,
    licence,
    lists,
    namespace,
    overlay,
    put,
    rename,
    state,
)

from modelcensus.releases.build import BuildReport, build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from modelcensus.sources.record import Evidence, Reject, State

ABOVE_FLOAT = 2**53 + 1
LABELS = ("2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01")
FRAME = "panel:acre"

DEVELOPERS = (
    developer("axe-works", "US"),
    developer("bolt-lab", "CN", "academia", alternatives="HK", contested_because="two seats"),
    developer("cog-foundry", "DE", valid_to="2025-02-10"),
    developer("cog-foundry", "FR", valid_from="2025-02-10"),
    developer("dale-commons", "international", "community"),
    developer("ember-mirror", "unknown", "redistributor"),
    developer("fern-house", "GB", seen="unread"),
)
NAMESPACES = (
    namespace("axe-works", "axe-works"),
    namespace("bolt", "bolt-lab"),
    namespace("cog", "cog-foundry", alternatives="axe-works", contested_because="a joint team"),
    namespace("dale", "dale-commons"),
    namespace("ember", "ember-mirror", "redistributor"),
    namespace("fern", "fern-house"),
    namespace("gull", "axe-works", seen="unread"),
    namespace("swap", "axe-works", "team", valid_to="2025-02-15"),
    namespace("swap", "bolt-lab", "team", valid_from="2025-02-15"),
    {**namespace("axe-works", "axe-works"), "hub": "modelscope"},
    {**namespace("bolt", "bolt-lab"), "hub": "modelscope"},
)
FAMILIES = (
    family("hatchet", "axe-works", "axe-works", "^hatchet-"),
    family("hatchet-coder", "axe-works", "axe-works", "^hatchet-coder", priority="10"),
    family("rivet", "bolt-lab", "bolt", "^rivet"),
    family("rivet", "bolt-lab", "swap", "rivet"),
)
RENAMES = (
    rename("old-bolt", "bolt"),
    rename("cog/wheel", "cog/gear", "model"),
)
LICENCES = (
    licence("acre-open", "acre-open", "L1"),
    licence("acre-limits", "acre-limits", "L4"),
    licence("acre-hidden", "acre-hidden", "L2", seen="unread"),
)
TOTALS = (
    {
        "hub": "huggingface",
        "metric": "downloads_30d",
        "observed_on": "2025-04-10",
        "value_low": "90000000",
        "value_high": "100000000",
    },
)

# id: 30-day downloads at the four labels, likes, facts; None: unknown, "-": not observed
_COUNTS: dict[str, tuple[list[Any], int | None]] = {
    "axe-works/hatchet-7b": ([1_200_000, 1_300_000, 900_000, 700_000], 40),
    "axe-works/Hatchet-Coder-1b": ([200, 300, 400, 500], 7),
    "axe-works/anvil": ([0, 0, 0, 0], None),
    "bolt/rivet-72b": (["-", "-", 1_000_000, 2_500_000], 90),
    "old-bolt/rivet-72b": ([100_000, 90_000, "-", "-"], 90),
    "bolt/rivet-small": ([400_000, 450_000, 500_000, 400_000], 8),
    "cog/wheel": ([5_000, 6_000, "-", "-"], 3),
    "cog/gear": (["-", "-", 5_500, 6_500], 3),
    "dale/open-field": ([30_000, 31_000, 32_000, 33_000], 11),
    "ember/hatchet-7b-copy": ([80_000, 70_000, 60_000, 50_000], 2),
    "fern/frond": ([900, 900, 900, 900], 1),
    "gull/wing": ([10, 11, 12, 13], None),
    "swap/my-rivet": ([60_000, 61_000, 62_000, 63_000], 5),
    "stray/unknown-one": ([7_000, None, 7_200, 7_300], 0),
    "stray/Unknown-One": ([1, 2, 3, 4], 0),
    "late/comer": (["-", "-", 50, 60], 1),
    "bare-model": ([77, 78, 79, 80], 6),
}


def _base(relation: str | None, model_id: str) -> dict[str, str | None]:
    return {"relation": relation, "model_id": model_id, "source": "tag" if relation else "card"}


_FACTS: dict[str, dict[str, Any]] = {
    "axe-works/hatchet-7b": {
        "licence_tag": "acre-open",
        "parameters": 7_000_000_000,
        "pipeline_tag": "text-generation",
        "created_at": "2024-03-01T10:00:00+00:00",
        "library": "transformers",
        "languages": ["en", "fr", "FR"],
        "formats": ["gguf", "safetensors"],
        "tags": ["4-bit", "8-bit", "NF4", "custom_code"],
        "number_types": ["I32", "BF16"],
        "gated": "auto",
        "size_bytes": 14_000_000_000,
    },
    "axe-works/anvil": {
        "licence_tag": "acre-limits",
        "parameters": 999_999_999,
        "formats": ["pytorch"],
        "tags": [],
        "number_types": ["F16", "I64"],
        "gated": "false",
        "size_bytes": 4_000_000_001,
    },
    "ember/hatchet-7b-copy": {
        "languages": ["en"],
        "tags": [],
        "base_models": [_base("quantized", "axe-works/hatchet-7b")],
    },
    "bolt/rivet-72b": {
        "licence_tag": "other",
        "licence_name": "acre-limits",
        "parameters": 72_000_000_000,
        "pipeline_tag": "text-generation",
        "created_at": "2024-12-24T00:00:00+00:00",
    },
    "bolt/rivet-small": {
        "licence_tag": "never-heard-of",
        "parameters": 20_000_000_000_000_000,
        "number_types": ["F32"],
    },
    "cog/gear": {"licence_tag": "acre-hidden", "formats": ["gguf"]},
    "dale/open-field": {"pipeline_tag": "image-text-to-text", "library": "timm", "formats": []},
    "stray/unknown-one": {"parameters": 0, "created_at": "2021-05-05T00:00:00+00:00"},
    "stray/Unknown-One": {
        "created_at": "2025-01-20T00:00:00+00:00",
        "pipeline_tag": "text-generation",
        "parameters": 30_000_000_000,
        "base_models": [_base("finetune", "axe-works/hatchet-7b"), _base(None, "bare-model")],
    },
    "late/comer": {
        "created_at": "2025-02-20T00:00:00+00:00",
        "pipeline_tag": "text-classification",
        "base_models": [
            _base("merge", "old-bolt/rivet-72b"),
            _base("merge", "axe-works/hatchet-7b"),
            _base("finetune", "ember/hatchet-7b-copy"),
            _base("finetune", "C:\\models\\somebody"),
        ],
    },
}
_FACT_NAMES = sorted({k for facts in _FACTS.values() for k in facts})


def panel() -> list[State]:
    """Return the four states of `panel:acre`."""
    found = []
    for place, label in enumerate(LABELS):
        rows = [
            {
                "id": name,
                "downloads_30d": counts[place],
                "likes": likes,
                "descendants": len(name),
                **dict.fromkeys(_FACT_NAMES),
                **_FACTS.get(name, {}),
            }
            for name, (counts, likes) in _COUNTS.items()
            if counts[place] != "-"
        ]
        for row in rows:
            row["created_at"] = row["created_at"] and _moment(row["created_at"])
        if place == 1:  # one row twice alike, one twice with another count
            rows += [dict(rows[0]), {**rows[1], "downloads_30d": 999}]
        for row in rows:
            row["gated"] = "manual" if place == 3 and row["id"] == "axe-works/anvil" else "false"
        rejects = [Reject.of("bad_id", "row 99", "???")] if place == 2 else []
        found.append(state(label, rows, frame=FRAME, rejects=rejects))
    return found


def other_hub() -> list[State]:
    """Return two complete states of another hub, with counts that no float can hold."""
    counts = {
        "axe-works/hatchet-7b": (ABOVE_FLOAT, ABOVE_FLOAT + 2),
        "bolt/rivet-72b": (5, 7),
        "bolt/rivet-small": (None, 3),
        "nobody/thing": (11, 9),
    }
    return [
        state(
            label,
            [{"id": name, "downloads_all_time": pair[place]} for name, pair in counts.items()],
            frame="hub",
            hub="modelscope",
            complete=True,
        )
        for place, label in enumerate(("2025-02-20", "2025-03-20"))
    ]


def totals() -> list[State | Evidence]:
    """Return a panel with running totals, creation dates and sizes, and what indexes say."""
    counts = {"axe-works/hatchet-7b": (10, 40), "kite/one": (7, 9), "kite/two": (5, 4)}
    return [
        state(
            label,
            [
                {
                    "id": name,
                    "downloads_all_time": pair[place],
                    "created_at": _moment("2025-01-20T00:00:00+00:00"),
                    "parameters": 7_000_000_000,
                }
                for name, pair in counts.items()
            ],
            frame="panel:totals",
        )
        for place, label in enumerate(("2025-02-01", "2025-03-01"))
    ] + [index_evidence(), leaderboard_evidence(), notable_evidence()]


def runner() -> list[State]:
    """Return a curated sample of another hub, simulated, with bare ids."""
    rows = [{"id": "hatchet", "pulls": 10_000}, {"id": "rivet", "pulls": 20_000}]
    return [state("2025-03-05", rows, frame="sample:runner", hub="ollama", simulated=True)]


def evidence() -> list[Any]:
    """Return a list of models and a coding of namespaces by somebody else."""
    ids = ["axe-works/hatchet-7b", "old-bolt/rivet-72b", "stray/unknown-one", "not/there"]
    return [
        lists(
            "atom",
            "2025-03-15",
            population={"model_id": ids, "list": ["atom"] * len(ids)},
            regions={"namespace": ["axe-works", "old-bolt"], "region": ["USA", "China"]},
        )
    ]


def states() -> list[Any]:
    """Return everything, in the order of the sources."""
    return [*panel(), *other_hub(), *runner(), *evidence()]


def acre_store(folder: Path) -> Store:
    """Return a new store that holds this world."""
    return put(Store(folder), *states())


def acre_overlay(folder: Path) -> Path:
    """Write the registers of this world over the bundled ones."""
    return overlay(
        folder,
        developers=DEVELOPERS,
        namespaces=NAMESPACES,
        families=FAMILIES,
        renames=RENAMES,
        licences=LICENCES,
        hub_totals=TOTALS,
    )


@dataclass(frozen=True)
class Acre:
    """The built world: its store, its overlay and what the build reported."""

    store: Store
    overlay: Path
    report: BuildReport


def build_acre(folder: Path, *more: State | Evidence) -> Acre:
    """Return this world, with more states in it if any are given, with its release built."""
    store, laid = acre_store(folder / "store"), acre_overlay(folder / "overlay")
    if more:
        put(store, *more)
    return Acre(store, laid, build_release(store, Settings(), overlays=[laid]))


def _moment(text: str) -> Any:
    return datetime.fromisoformat(text)
