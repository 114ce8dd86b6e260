"""An invented frame with a base that too many models are built on; it is simulated.

hub/base has 200 derivatives wild/c000 to wild/c199. wild/cN has 1,000 - N downloads; every fourth,
from wild/c000 on, is an adapter, the others are quantized: 50 and 150. On wild/c000 stand three
fine-tunes, on wild/c199 one, the largest of all. Two more of another kind:

    repack/base-8bit    4,000 downloads; names no base: that it is a copy of hub/base is inferred
    wild/on-a-copy      a fine-tune of it
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.small_store import developer, family, namespace, overlay, put, state

from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

FRAME = "simulated:sample:crowd"


def base(relation: str, model_id: str) -> dict[str, str | None]:
    """Return what a model says of one base in a tag."""
    return {"relation": relation, "model_id": model_id, "source": "tag"}


def rows() -> list[dict[str, Any]]:
    """Return the models of the frame."""
    told: dict[str, tuple[int, list[Any]]] = {"hub/base": (5000, [])}
    for n in range(200):
        relation = "quantized" if n % 4 else "adapter"
        told[f"wild/c{n:03}"] = (1000 - n, [base(relation, "hub/base")])
    for n in range(3):
        told[f"grand/of-first-{n}"] = (10 - n, [base("finetune", "wild/c000")])
    told["grand/of-last"] = (9000, [base("finetune", "wild/c199")])
    told["repack/base-8bit"] = (4000, [])
    told["wild/on-a-copy"] = (1, [base("finetune", "repack/base-8bit")])
    return [{"id": i, "downloads_30d": n, "base_models": b} for i, (n, b) in told.items()]


def build_crowd(folder: Path) -> Store:
    """Return a store with this frame and its release."""
    store = put(
        Store(folder / "store"), state("2031-02-01", rows(), frame="sample:crowd", simulated=True)
    )
    laid = overlay(
        folder / "overlay",
        developers=[developer("hub-lab", "IS")],
        namespaces=[namespace("hub", "hub-lab"), namespace("repack", "hub-lab", "redistributor")],
        families=[family("base", "hub-lab", "hub", "^base")],
    )
    build_release(store, Settings(), overlays=[laid])
    return store
