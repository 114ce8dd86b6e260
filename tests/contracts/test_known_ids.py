"""Definitions that were published keep their ids, whatever words and fields are added."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from modelcensus.contracts.contract import Contract

FILE = Path(__file__).with_name("known_ids.csv")
"""id and stated fields of definitions as they were on the day that they were written down."""

KNOWN = [
    (row["id"], json.loads(row["stated"]))
    for row in csv.DictReader(FILE.read_text(encoding="utf-8").splitlines())
]


def test_the_list_is_not_empty() -> None:
    assert len(KNOWN) > 150
    assert len({id_ for id_, _ in KNOWN}) == len(KNOWN)
    assert {stated["measure"] for _, stated in KNOWN} >= {"share", "rank", "series", "derivatives"}


@pytest.mark.parametrize(("known", "stated"), KNOWN, ids=[id_ for id_, _ in KNOWN])
def test_a_published_definition_keeps_its_id(known: str, stated: dict[str, object]) -> None:
    contract = Contract.from_dict(stated)
    assert contract.id == known
    assert contract.stated() | {"measure": contract.measure} == stated
