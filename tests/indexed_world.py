"""An invented index of openness beside the grove, imported and built like any other list.

Five systems; "Aster" and "Bellis" are of known developers, one has several, one has no name.

    system   released  developer      licence        data of base / end   code
    Aster    2030-05   alder-lab IS   Apache-2.0     closed / closed      open
    Bellis   2031-01   birch-works PT MIT License    closed / open        closed
    Cosmos   2031-02   (several)      Custom terms   open   / open        (not assessed)
    Dahlia   2031-02   alder-lab IS   Apache-2.0     open   / open        partial
    (none)   -         unknown        -              closed / closed      closed
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
from tests.worlds import GROVE, GROVE_LABELS, World, import_counts, overlay_rows, write_overlay

from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
from modelcensus.sources.openness import OPENNESS_SCHEMA
from modelcensus.sources.record import Evidence

CRITERIA = ("datasources_basemodel", "datasources_endmodel", "code", "weights_endmodel")
_HF = "https://huggingface.co"
SYSTEMS = tuple(
    tuple(cell.strip() for cell in line.split("|"))
    for line in (
        f"Aster|{_HF}/alder/aster-7b|Apache-2.0|2030-05|Alder Lab|closed,closed,open,open",
        f"Bellis|{_HF}/collections/birch/x|MIT License|2031-01|Birch Works|closed,open,closed,open",
        "Cosmos|https://example.org|Custom terms|2031-02|Alder Lab and Elm|open,open,,partial",
        f"Dahlia|{_HF}/alder/dahlia|Apache-2.0|2031-02||open,open,partial,closed",
        "|||||closed,closed,closed,closed",
    )
)
"""System, link, licence, month, organisation, classes in the order of CRITERIA."""


def index_text() -> str:
    """Return the index as the source writes it."""
    head = "system,link,type,base_model,end_model,end_model_licence,release_date,organisation"
    lines = [f"{head},{','.join(f'class_{c}' for c in CRITERIA)}"]
    for system, link, licence, month, organisation, classes in SYSTEMS:
        lines.append(f"{system},{link},text,,{system},{licence},{month},{organisation},{classes}")
    return "\n".join(lines) + "\n"


def index_evidence() -> Evidence:
    """Return a small index as evidence, without a file."""
    rows = [
        {"system": "One", "released_in": "2025-01", "model_id": "axe-works/hatchet-7b",
         "licence": "MIT License", "criteria": [("code", "open"), ("paper", None)]},
        {"system": "Two", "released_in": "2024-06", "organisation": "bolt-lab",
         "criteria": [("code", "closed"), ("paper", "partial")]},
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows, schema=OPENNESS_SCHEMA)
    return Evidence("openness", date(2025, 4, 1), {"openness": table}, (), len(rows))


def build_indexed(folder: Path) -> World:
    """Import the grove's last snapshot and the index, and build their release."""
    store = Store(folder / "store")
    counts = {m: c[-1:] for m, c in GROVE.items()}
    import_counts(store, folder, "panel:grove", GROVE_LABELS[-1:], counts)
    index = folder / "index.csv"
    index.write_text(index_text(), encoding="utf-8")
    import_source(store, "openness", index, {"as-of": "2031-04-05"}, Settings())
    overlay = write_overlay(folder / "overlay", overlay_rows())
    return World(store, overlay, build_release(store, Settings(), overlays=[overlay]).name)
