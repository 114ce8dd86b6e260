"""Figures put together by hand, so that a test knows every number in them. Names are invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns

LABELS = ("2031-01-05", "2031-02-05", "2031-04-05")


def figure(
    rows: Sequence[Mapping[str, Any]],
    contract: Contract,
    *,
    units: Mapping[str, str] = {},
    **more: Any,
) -> Figure:
    """Return a figure with these rows, and plain words for the rest."""
    names = list(rows[0])
    values = {
        "contract": contract,
        "columns": columns(*((name, units.get(name, ""), name) for name in names)),
        "rows": pa.Table.from_pylist([dict(row) for row in rows]),
        "finding": "Nobody exists here.",
        "does_not_show": ("anything real",),
        "coverage": {"frame": contract.frame, "hub": "huggingface", "label": LABELS[-1]},
        "bounds": {},
        "sensitivity": {},
        "caveats": (),
        "release": "2031-04-05-0123456789",
        "registers": {},
        "sources": ("Grove authors",),
        "licences": ("CC BY 4.0",),
    }
    return Figure(**(values | more))


def series(
    shares: Mapping[str, Sequence[float | None]],
    *,
    by: str = "country",
    names: Mapping[str, str] = {},
    labels: Sequence[str] = LABELS,
    **more: Any,
) -> Figure:
    """Return a series: group -> share at each label; None was not observed."""
    rows = [
        {
            "label": label,
            "group": group,
            "name": names.get(group, group),
            "value": None if held[place] is None else 1000.0 * held[place],
            "models": 1,
            "share_of_all": held[place],
            "share_of_attributed": None if group == "unknown" else held[place],
        }
        for place, label in enumerate(labels)
        for group, held in shares.items()
    ]
    contract = more.pop("contract", None) or Contract(
        "series", by=by, frame="panel:grove", period="all"
    )
    return figure(rows, contract, **more)


def share(shares: Mapping[str, float | None], *, by: str = "country", **more: Any) -> Figure:
    """Return shares at one moment."""
    names: Mapping[str, str] = more.pop("names", {})
    rows = [
        {
            "group": group,
            "name": names.get(group, group),
            "value": None if held is None else int(1000 * held),
            "models": 1,
            "share_of_all": held,
            "share_of_attributed": held,
        }
        for group, held in shares.items()
    ]
    contract = more.pop("contract", None) or Contract("share", by=by, frame="panel:grove")
    return figure(rows, contract, **more)


def ratios() -> Figure:
    """Return ratios with intervals: ordinary, with an open end, from rounding, without a value."""
    rows = [
        {"name": "oak v elm", "value": 4.6, "low": 2.4, "high": 8.9, "interval": "two-way"},
        {"name": "ash v elm", "value": 0.7, "low": 0.52, "high": 0.94, "interval": "two-way"},
        {"name": "yew v elm", "value": None, "low": 5.5, "high": None, "interval": "score"},
        {"name": "fir v elm", "value": 12.2, "low": 10.6, "high": 14.3, "interval": "rounding"},
    ]
    contract = Contract("share", by="total", metric="models", frame="panel:grove")
    return figure(rows, contract, units={"value": "ratio", "low": "ratio", "high": "ratio"})


def definitions(count: int = 30, **more: Any) -> Figure:
    """Return the answers of many definitions of one question."""
    rows = []
    for number in range(count):
        first = 0.6 - 0.4 * number / count
        rows.append(
            {
                "definition": f"{number:012x}",
                "is_as_asked": number == 3,
                "same_as": None,
                "metric": ("downloads_30d", "likes", "models")[number % 3],
                "population": ("all", "first_party")[number % 2],
                "reading": None,
                "denominator": "all",
                "share_IS": first,
                "share_PT": 0.45 if number != 5 else None,
                "leader": "IS" if first > 0.45 else "PT",
                "gap": first - 0.45,
            }
        )
    rows[7]["same_as"] = rows[6]["definition"]
    contract = Contract("share", by="country", frame="panel:grove", subjects=("IS", "PT"))
    published = [
        {"subject": "IS", "share": 0.41, "source": "A yearbook of groves, third edition"},
        {"subject": "PT", "share": 0.40, "source": "Another yearbook"},
    ]
    return figure(rows, contract, details={"published": published}, **more)
