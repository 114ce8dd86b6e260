"""Claims about the invented world, written as rows of registers: published by nobody."""

from __future__ import annotations

import json
from pathlib import Path

from tests.worlds import Rows, write_overlay

from modelcensus.claims.published import Claim, read_claims
from modelcensus.registers.load import load_registers

CLAIM = {
    "statement": "d",
    "kind": "count",
    "quantity": "downloads of an invented account",
    "unit": "downloads",
    "source": "nobody",
}
PROCEDURE = {
    "method": "data",
    "measure": "share",
    "subjects": "alder",
    "definition": json.dumps({"by": "namespace", "period": "2032-05-01"}),
    "row": json.dumps({"group": "alder"}),
    "column": "value",
    "frames": "panel:race",
    "window": "2032-05-01",
    "tolerance": "0.5",
    "tolerance_because": "rounding: half a unit in the last published digit",
    "needs_field": "downloads_30d",
    "needs_file": "race.csv",
    "import_with": "census import observations FILE",
    "committed_on": "2032-06-01",
}
"""In the panel race of 2032-05-01 the account alder has 150 downloads on 2 models."""


def planted(
    folder: Path, value: str = "150", *, claim: dict[str, str] | None = None, **procedure: str
) -> Claim:
    """Return one claim about the forest; the named cells are changed."""
    rows: Rows = {
        "claims": [{"claim_id": "invented", "value": value, **CLAIM, **(claim or {})}],
        "claim_procedures": [{"claim_id": "invented", **PROCEDURE, **procedure}],
    }
    registers = load_registers([write_overlay(folder / "claims", rows)])
    (found,) = [c for c in read_claims(registers) if c.id == "invented"]
    return found
