"""A label of a simulation as a FakeHub serves it; later models stand by to be born."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from modelcensus.testing.simulator.api_text import api_texts
from modelcensus.testing.simulator.draws import Integers
from modelcensus.testing.simulator.facts import Facts
from modelcensus.testing.simulator.reported import Reported
from modelcensus.testing.simulator.rows import Block

NEWCOMERS = 1000
_PIECE = 16_384


class SimulatedRows:
    """Rows of one label; see `modelcensus.testing.fake_hub.rows.Rows`."""

    def __init__(self, world: Reported, facts: Facts, label: int, listed: Integers) -> None:
        """Take the listed models; those created next follow them."""
        self._world, self._facts, self._label = world, facts, label
        self.origin = f"seed={world.population.draws.seed}"
        self.count = len(listed)
        first = world.population.born_before(world.population.instants[label])
        reserve = max(NEWCOMERS, len(listed) // 20)
        self._at = np.concatenate([listed, np.arange(first, first + reserve)])
        self.created: Integers = world.population.created(self._at) * 1000
        self.key_order: Integers = np.arange(len(self._at))

    @cached_property
    def downloads(self) -> Integers:
        """Return the 30-day counts of all rows."""
        return self._counted[0]

    @cached_property
    def likes(self) -> Integers:
        """Return the likes of all rows."""
        return self._counted[1]

    @cached_property
    def _counted(self) -> tuple[Integers, Integers]:
        pieces = [
            self._world.counts(self._at[n : n + _PIECE], self._label)
            for n in range(0, len(self._at), _PIECE)
        ]
        downloads = np.concatenate([counts.downloads for counts in pieces])
        return downloads, np.concatenate([counts.likes for counts in pieces])

    def keys(self, indices: Integers) -> list[str]:
        """Return the `_id` of rows."""
        found: list[str] = self._world.population.keys(self._at[indices]).to_pylist()
        return found

    def model_ids(self, indices: Integers) -> list[str]:
        """Return the ids of rows."""
        found: list[str] = self._world.ids(self._at[indices], self._label).to_pylist()
        return found

    def texts(self, indices: Integers, fields: frozenset[str]) -> list[bytes]:
        """Return rows as JSON texts."""
        # a block wants ascending numbers; pages by downloads are not
        order = np.argsort(indices, kind="stable")
        block = Block(self._world, self._facts, self._at[indices[order]], self._label)
        made = [text.encode() for text in api_texts(block, fields).to_pylist()]
        found = [b""] * len(made)
        for place, text in zip(order.tolist(), made, strict=True):
            found[place] = text
        return found

    def patched(self, text: bytes, changes: Mapping[str, Any]) -> bytes:
        """Return a row's text with other values where it has them.

        The first member of a name in a text is the row's own.
        """
        for name, value in changes.items():
            new = f'"{name}":{json.dumps(value)}'.encode()
            pattern = rb'"%b":("[^"]*"|-?\d+)' % name.encode()
            text = re.sub(pattern, lambda _, new=new: new, text, count=1)  # type: ignore[misc]
        return text
