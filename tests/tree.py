"""An invented family tree of models: every way to name a base, and what should come of it.

Nobody in it exists; its registers are those of tests/worlds.py (alder is based in IS, birch in
PT, rowan in IS, repack converts others' models, wild is in no register). All of it was created
in March 2031 but for the two trunks.

New fine-tunes of that month by others than the base's own developer, seven of them:

    model          names as its base        by declared roots   inferred too
    wild/ft1       alder/aspen-7b           IS                  IS
    wild/ft2       repack/aspen-7b-gguf     unknown             IS  (copy of a known model)
    wild/moved     oldrowan/berry           unknown             IS  (account renamed)
    wild/cased     Birch/Beech-Large        unknown             PT  (differs in case only)
    wild/tiny      repack/beech-tiny-4bit   unknown             PT  (copy by family)
    wild/borrowed  faker/aspen-7b           unknown             unknown: anybody can give a name
    wild/path      C:\\Models\\aspen-7b     unknown             unknown: no repository
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.worlds import HF, World, overlay_rows, write_overlay

from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store

FRAME = "sample:tree"
LABEL = "2031-04-05"
MONTH = "2031-03"

Record = dict[str, Any]


def record(model_id: str, *bases: str, downloads: int = 1, **more: Any) -> Record:
    """Return a record of the Hub's API; a base is written `relation:id`."""
    born = f"{MONTH}-{10 + len(model_id) % 10}T00:00:00.000Z"
    tags = [f"base_model:{base}" for base in bases]
    return {"id": model_id, "downloads": downloads, "createdAt": born, "tags": tags} | more


def sized(parameters: int) -> Record:
    """Return what a record says of its size."""
    return {"safetensors": {"total": parameters}}


RECORDS: list[Record] = [
    record("alder/aspen-7b", downloads=1000, createdAt="2030-01-01T00:00:00.000Z", **sized(7)),
    record("birch/beech-large", downloads=500, createdAt="2030-01-01T00:00:00.000Z", **sized(9)),
    record(
        "wild/ft1",
        "finetune:alder/aspen-7b",
        downloads=100,
        cardData={"base_model": "alder/aspen-7b"},
        **sized(20),
    ),
    record("wild/ft2", "finetune:repack/aspen-7b-gguf", downloads=3),
    record("wild/moved", "finetune:oldrowan/berry", downloads=6),
    record("wild/cased", "finetune:Birch/Beech-Large", downloads=60),
    record("wild/tiny", "finetune:repack/beech-tiny-4bit"),
    record("wild/borrowed", "finetune:faker/aspen-7b"),
    record("wild/path", "finetune:C:\\Models\\aspen-7b"),
    record("wild/selfish", "finetune:wild/selfish"),
    record("wild/merged", "merge:alder/aspen-7b", "merge:birch/beech-large", downloads=10),
    record("wild/card", cardData={"base_model": "birch/beech-large"}, downloads=8),
    record("wild/small", "quantized:wild/ft1", downloads=40),
    record("wild/ring-a", "finetune:wild/ring-b"),
    record("wild/ring-b", "finetune:wild/ring-a"),
    record("wild/old", "adapter:oldbert"),
    record("alder/aspen-chat", "finetune:alder/aspen-7b", downloads=200),
    record("repack/aspen-chat-8bit", downloads=30),
]


def import_tree(store: Store, folder: Path, records: list[Record], frame: str = FRAME) -> None:
    """Import records as a frame of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "tree.json"
    file.write_text(json.dumps(records), encoding="utf-8")
    import_source(store, "hub-api", file, {"frame": frame, "label": LABEL}, Settings())


def build_tree(folder: Path, records: list[Record] | None = None) -> World:
    """Build a store of nothing but the tree."""
    store = Store(folder / "store")
    import_tree(store, folder / "inputs", RECORDS if records is None else records)
    rows = overlay_rows()
    rows["renames"].append(
        {"hub": HF, "kind": "model", "old": "oldbert", "new": "alder/oldbert", "by": "2030-01-01"}
    )
    overlay = write_overlay(folder / "overlay", rows)
    return World(store, overlay, build_release(store, Settings(), overlays=[overlay]).name)
