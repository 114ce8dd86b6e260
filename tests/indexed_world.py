"""An invented index of openness and a simulated leaderboard beside the grove, built like any other.

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
from tests.worlds import (
    GROVE,
    GROVE_LABELS,
    HF,
    Rows,
    World,
    import_counts,
    overlay_rows,
    write_overlay,
)

from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
from modelcensus.sources.benchmarks import BENCHMARK_SCHEMA
from modelcensus.sources.epoch import SCHEMA as NOTABLE_SCHEMA
from modelcensus.sources.openness import OPENNESS_SCHEMA
from modelcensus.sources.record import Evidence
from modelcensus.testing.leaderboard import COUNTRIES, MAKERS, maker_name, plant_frontier

SEED = 20_310_101
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


NOTABLE = """\
Model,Organization,Organization categorization,Publication date,Parameters,\
Model accessibility,\
Country (from Organization),Base model,Training compute (FLOP),Training hardware
Alpha,"Alder Lab,Alder Lab",,2030-03-01,100,\
Open weights (unrestricted),"Iceland,Iceland",,1e20,Fir-1
Beta,"Alder Lab,Birch Works",,2030-06-01,300,API access,"Iceland,Portugal,Multinational",,,
Gamma,Birch Works,,2030-09-01,900,Open weights (non-commercial),Portugal,,4e20,Fir-1
Delta,Birch Works,,2031-01-01,,,Portugal,,,Fir-2
Epsilon,Nobody,,2031-02-01,700,Unreleased,,,,
"""
"""Five models: one country named twice, one of two countries, one of none, one without a size."""


def notable_evidence() -> Evidence:
    """Return a small list of notable models as evidence, without a file."""
    rows = [
        {"model": "Ten", "country": "Iceland,Iceland", "parameters": 10.0,
         "published_on": date(2024, 1, 1), "accessibility": "Open weights (unrestricted)"},
        {"model": "Two", "country": "Portugal", "published_on": date(2025, 1, 1)},
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows, schema=NOTABLE_SCHEMA)
    return Evidence("epoch", date(2025, 4, 1), {"organizations": table}, (), len(rows))


def leaderboard_rows() -> Rows:
    """Return register rows of the makers on the simulated leaderboard."""
    makers = [(c, n, f"maker-{c.lower()}-{n}") for c in COUNTRIES for n in range(MAKERS)]
    return {
        "developers": [
            {
                "developer": slug,
                "name": maker_name(country, number),
                "country": country,
                "developer_type": "industry",
            }
            for country, number, slug in makers
        ],
        "namespaces": [
            {"hub": HF, "namespace": slug, "developer": slug, "role": "official"}
            for _, _, slug in makers
        ],
    }


def leaderboard_evidence() -> Evidence:
    """Return results of a dozen makers as evidence, without a file."""
    rows = [
        {"model": f"m{n}", "organisation": name, "weights": "open" if n % 4 else "closed",
         "dated_on": date(2025, 1, 1 + n), "dataset": "D", "metric": "accuracy",
         "value": 10.0 + n, "reported_by": "independent", "is_simulated": True}
        for n, name in enumerate(("axe-works", "bolt-lab", *(f"Maker {i}" for i in range(10))))
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows, schema=BENCHMARK_SCHEMA)
    return Evidence("leaderboard", date(2025, 4, 1), {"benchmarks": table}, (), len(rows))


def build_indexed(folder: Path) -> World:
    """Import the grove's last snapshot and the index, and build their release."""
    store = Store(folder / "store")
    counts = {m: c[-1:] for m, c in GROVE.items()}
    import_counts(store, folder, "panel:grove", GROVE_LABELS[-1:], counts)
    index = folder / "index.csv"
    index.write_text(index_text(), encoding="utf-8")
    import_source(store, "openness", index, {"as-of": "2031-04-05"}, Settings())
    notable = folder / "notable.csv"
    notable.write_text(NOTABLE, encoding="utf-8")
    import_source(store, "epoch", notable, {"as-of": "2031-04-05"}, Settings())
    board = plant_frontier(SEED).write(folder / "board.parquet")
    import_source(store, "benchmarks", board, {"as-of": "2035-01-01"}, Settings())
    rows = overlay_rows()
    for register, found in leaderboard_rows().items():
        rows[register] += found
    overlay = write_overlay(folder / "overlay", rows)
    return World(store, overlay, build_release(store, Settings(), overlays=[overlay]).name)
