"""A small invented world with every kind of lineage and every gap, built once and only read.

top/root       <- mid/tune <- low/quant          a chain of three; mid/tune is licensed worse
top/root, far/away (only named) <- low/merge     a merge; one base no source shows
ring/one <-> ring/two                            a cycle
low/path                                         its base is a path of somebody's disk
gone/away                                        removed, says the source
solo/thing                                       a natural person's; nothing is declared
(panel:count shows top/root over three months; absent once, null once, 0 once)
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from tests.small_store import developer, family, licence, namespace, overlay, put, rename, state

from modelcensus.passports.passport import Passport
from modelcensus.passports.read import read_passport
from modelcensus.releases.build import build_release
from modelcensus.releases.lookup import Lookup, open_lookup
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

LABEL = "2031-06-01"
REVISION = "0123456789abcdef0123456789abcdef01234567"


def base(relation: str | None, model_id: str) -> dict[str, str | None]:
    return {"relation": relation, "model_id": model_id, "source": "tag" if relation else "card"}


FACTS: dict[str, dict[str, Any]] = {
    "top/root": {
        "licence_tag": "keep-notices",
        "parameters": 7_000_000_000,
        "size_bytes": 14_000_000_000,
        "pipeline_tag": "text-generation",
        "revision": REVISION,
        "created_at": datetime.fromisoformat("2031-01-01T00:00:00+00:00"),
        "downloads_30d": 1000,
        "gated": "false",
    },
    "mid/tune": {
        "licence_tag": "no-duties",
        "base_models": [base("finetune", "top/root")],
        "downloads_30d": 300,
        "gated": "auto",
    },
    "low/quant": {
        "licence_tag": "other",
        "licence_name": "my own words",
        "base_models": [base("quantized", "mid/tune")],
        "downloads_30d": 20,
    },
    "low/merge": {
        "base_models": [base("merge", "top/root"), base("merge", "far/away")],
        "downloads_30d": 30,
    },
    "ring/one": {"base_models": [base("finetune", "ring/two")], "downloads_30d": 1},
    "ring/two": {"base_models": [base("finetune", "ring/one")], "downloads_30d": 2},
    "low/path": {"base_models": [base("finetune", "/home/of/somebody/x")], "downloads_30d": 3},
    "gone/away": {
        "is_removed": True,
        "removed_at": datetime.fromisoformat("2031-05-20T08:00:00+00:00"),
        "downloads_30d": 4,
    },
    "solo/thing": {"downloads_30d": 5},
}
COLUMNS = sorted({name for facts in FACTS.values() for name in facts})


def states() -> list[Any]:
    rows = [{"id": i, **dict.fromkeys(COLUMNS), **facts} for i, facts in FACTS.items()]
    counts = (("2031-03-01", 0), ("2031-04-01", None), ("2031-05-01", "-"), ("2031-06-01", 80))
    months = [
        state(
            label,
            [{"id": "oldtop/root" if place == 0 else "top/root", "likes": count}] * (count != "-")
            + [{"id": "mid/tune", "likes": 1}],
            frame="panel:count",
        )
        for place, (label, count) in enumerate(counts)
    ]
    return [state(LABEL, rows, frame="sample:trees"), *months]


def adoption(record: str, status: str, since: str, **more: str) -> dict[str, str]:
    """Return a row of the register `adoption` about the family `root`."""
    row = {"record_id": record, "who": record.split("-")[0].title(), "who_type": "company"}
    row |= {"country": "IS", "family": "root", "bases": "root", "how": "uses", "status": status}
    row |= {"since": since, "precision": "day", "published_on": "undated", "publisher": "Itself"}
    row |= {"grade": "A", "standing": "counts", "search": "by-hand", "seen_on": "2031-07-01"}
    return row | more


ROWS: dict[str, Any] = {
    "adoption": [
        adoption("county-root", "announced", "2031-02-01"),
        adoption("county-root", "reversed", "2031-03-01"),
        adoption("harbour-root", "in use", "2031-01-01", model="oldtop/root", precision="month"),
        adoption("rumour-root", "in use", "2031-01-01", standing="waits"),
        adoption("state-root", "in force", "2031-01-01", how="restricts", object="app", bases=""),
    ],
    "developers": [
        developer("top-lab", "IS", alternatives="NO", contested_because="It has two seats."),
        developer("ann-onymous", "unknown", "individual"),
    ],
    "namespaces": [namespace("top", "top-lab"), namespace("solo", "ann-onymous")],
    "families": [family("root", "top-lab", "top", "^root")],
    "renames": [rename("oldtop", "top", after="2031-03-01", by="2031-04-01")],
    "licences": [
        licence(
            "keep-notices",
            "keep-notices",
            "L1",
            notice_duty="yes",
            passes_on="notice_duty",
            commercial_use="yes",
            spdx_id="MIT",
            licence_url="https://example.org/keep",
        ),
        licence("no-duties", "no-duties", "L1", commercial_use="yes"),
    ],
}


@pytest.fixture(scope="session")
def grange(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The store of the world, with its release built."""
    folder = tmp_path_factory.mktemp("grange")
    store = put(Store(folder / "store"), *states())
    build_release(store, Settings(), overlays=[overlay(folder / "overlay", **ROWS)])
    return store


@pytest.fixture(scope="session")
def lookup(grange: Store) -> Iterator[Lookup]:
    opened = open_lookup(grange)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def root(lookup: Lookup) -> Passport:
    return read_passport(lookup, "top/root")
