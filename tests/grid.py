"""Random small worlds with every fact a definition can ask for: invented names, seeded.

The registers are those of tests/worlds.py. Facts differ from label to label, some are told late,
models come late, and some copies say what they are copies of and some do not.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.small_store import put, state
from tests.worlds import overlay_rows, write_overlay

from modelcensus.measures.census import Census
from modelcensus.releases.build import build_release
from modelcensus.releases.release import open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from modelcensus.sources.record import State

FRAME = "panel:grid"
LABELS = ("2031-02-05", "2031-03-05", "2031-04-05", "2031-05-05")
ACCOUNTS = ("alder", "birch", "cedar", "elm", "fir", "hazel", "repack", "rowan", "wild", "swift")
TASKS = (None, "text-generation", "image-text-to-text", "text-to-image", "robotics", "made-up")
LICENCES = (None, "apache-2.0", "mit", "gpl-3.0", "cc-by-4.0", "other", "never-heard-of")
SIZES = (None, 5, 500_000_000, 2_000_000_000, 8_000_000_000, 30_000_000_000, 200_000_000_000)
LANGUAGES = ("en", "is", "pt", "EN", "multilingual")
FORMATS = ("gguf", "onnx", "safetensors")
TAGS = ("4-bit", "8-bit", "FP8", "bf16", "gptq", "fun")
TYPES = (
    None,
    ["BF16"],
    ["F8_E4M3", "BF16"],
    ["I32", "F16"],
    ["F32", "I64"],
    ["F16", "U8"],
    ["F64"],
)
LIBRARIES = (None, "transformers", "timm")

Row = dict[str, Any]


def _some(draw: random.Random, words: Sequence[str]) -> list[str] | None:
    if draw.random() < 0.3:
        return None
    return [word for word in words if draw.random() < 0.4]


def _facts(draw: random.Random) -> Row:
    formats = _some(draw, FORMATS)
    return {
        "pipeline_tag": draw.choice(TASKS),
        "licence_tag": draw.choice(LICENCES),
        "parameters": draw.choice(SIZES),
        "library": draw.choice(LIBRARIES),
        "languages": _some(draw, LANGUAGES),
        "formats": formats if formats is None else sorted(formats),
        "tags": _some(draw, TAGS),
    }


def _bases(draw: random.Random, names: Sequence[str]) -> list[dict[str, str | None]] | None:
    if not names or draw.random() < 0.4:
        return None
    relations = ("quantized", "quantized", "finetune", "merge", "adapter")
    return [
        {"relation": draw.choice(relations), "model_id": draw.choice(names), "source": "tag"}
        for _ in range(draw.choice((1, 1, 1, 2)))
    ]


def grid(seed: int, models: int = 40) -> dict[str, list[Row]]:
    """Return the rows of each label."""
    draw = random.Random(seed)  # noqa: S311
    names: list[str] = []
    always: dict[str, Row] = {}
    for number in range(models):
        account = draw.choice(ACCOUNTS)
        name = f"{account}/{draw.choice(('aspen', 'beech', 'larch', 'oak'))}-{number}"
        born = datetime(2031, 2, 5, tzinfo=UTC) - timedelta(days=draw.randrange(1, 900))
        always[name] = {
            "created_at": born,
            "told": draw.choice((0, 0, 0, 2, 9)),
            "first": draw.choice((0, 0, 0, 1, 3)),
            "base_models": _bases(draw, names),
            "number_types": TYPES[number % len(TYPES)],
        } | _facts(draw)
        names.append(name)
    found = {}
    for place, label in enumerate(LABELS):
        found[label] = [_row(draw, place, name, always[name]) for name in names
                        if always[name]["first"] <= place]  # fmt: skip
    return found


def _row(draw: random.Random, place: int, name: str, known: Row) -> Row:
    if draw.random() < 0.2:
        known |= _facts(draw)
    count = draw.choice((None, 0, draw.randrange(100), draw.randrange(100_000)))
    return {
        "id": name,
        "downloads_30d": count,
        "downloads_all_time": place * 1000 + draw.randrange(900),
        "likes": draw.randrange(50),
        **{k: v for k, v in known.items() if k not in ("told", "first", "created_at")},
        "created_at": known["created_at"] if known["told"] <= place else None,
    }


def states(rows: dict[str, list[Row]], frame: str = FRAME) -> list[State]:
    """Return one state for each label."""
    return [state(label, listed, frame=frame) for label, listed in rows.items()]


@dataclass(frozen=True)
class Grid:
    """A store that a world is imported into, and the registers laid over the bundled ones."""

    store: Store
    overlay: Path

    @classmethod
    def empty(cls, folder: Path) -> Grid:
        """Return a store that holds nothing yet."""
        return cls(Store(folder / "store"), write_overlay(folder / "overlay", overlay_rows()))

    def put(self, *items: State) -> Grid:
        """Import some states."""
        put(self.store, *items)
        return self

    def build(self, **options: Any) -> Census:
        """Build a release and open it."""
        report = build_release(self.store, Settings(), overlays=[self.overlay], **options)
        return Census(open_release(self.store, report.name))
