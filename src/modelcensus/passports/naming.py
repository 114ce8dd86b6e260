"""Which model a name means: present names, former ones, and the nearest where none fits."""

from __future__ import annotations

from dataclasses import dataclass

from modelcensus.errors import UnknownName
from modelcensus.releases.lookup import Lookup

FIRST_HUB = "huggingface"
"""Where a name stands on several hubs and none is asked for, this one is meant."""


@dataclass(frozen=True)
class Meant:
    """The model that a name means.

    Attributes:
        key: its key in the look-up file.
        also_on: other hubs on which a model has this name.
    """

    key: int
    hub: str
    also_on: tuple[str, ...]


def find_model(lookup: Lookup, model_id: str, hub: str = "") -> Meant:
    """Return the model that has or had exactly this name; upper and lower case count.

    Raises:
        UnknownName: nobody has it, or not on that hub; the nearest names are given.
    """
    rows = lookup.called(model_id)
    hubs = tuple(dict.fromkeys(r["hub"] for r in rows))
    if not rows:
        nearest = lookup.nearest(model_id)
        raise UnknownName("model", model_id, nearest, where=f"release {lookup.release}")
    if hub and hub not in hubs:
        raise UnknownName("model", model_id, [model_id], where=f"{hub}; it is on {', '.join(hubs)}")
    chosen = hub or (FIRST_HUB if FIRST_HUB in hubs else hubs[0])
    row = next(r for r in rows if r["hub"] == chosen)
    return Meant(row["node_key"], chosen, tuple(h for h in hubs if h != chosen))
