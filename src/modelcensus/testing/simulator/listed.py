"""What models are used by: Spaces that list them, and providers that serve them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa

from modelcensus.testing.simulator.draws import Integers
from modelcensus.testing.simulator.population import Mask

_MOST_SPACES, _MOST_PROVIDERS = 7, 3
_STAGING_ONLY = 1
PROVIDER = pa.struct([pa.field(n, pa.string()) for n in ("provider", "status", "task")])


def _entry(number: int, status: str, task: str) -> dict[str, str]:
    return {"provider": f"simulated-{number}", "status": status, "task": task}


def _served(live: int) -> list[dict[str, str]]:
    """Return a mapping with some live providers: one of two tasks, and one not live yet."""
    entries = [_entry(n, "live", "conversational") for n in range(live)]
    twice = [_entry(0, "live", "text-generation")] if live else []
    return [*entries, *twice, _entry(live, "staging", "conversational")]


_SPACES = [[f"simulated-space/app-{n}" for n in range(count)] for count in range(_MOST_SPACES + 1)]
_PROVIDERS: list[list[Any]] = [[], *(_served(live) for live in range(_MOST_PROVIDERS + 1))]
SPACES = pa.array(_SPACES, pa.list_(pa.string()))
PROVIDERS = pa.array(_PROVIDERS, pa.list_(PROVIDER))
SPACES_JSON = pa.array([json.dumps(spaces) for spaces in _SPACES])
PROVIDERS_JSON = pa.array([json.dumps(entries) for entries in _PROVIDERS])


def spaces_made(all_time: Integers) -> Integers:
    """Return how many Spaces list each model, which is its place in SPACES."""
    made = np.floor(np.log10(np.maximum(all_time, 1)) - 3).astype(np.int64)
    found: Integers = np.clip(made, 0, _MOST_SPACES)
    return found


def provider_codes(all_time: Integers, is_star: Mask) -> Integers:
    """Return the place of each model in PROVIDERS; developers' popular models are served."""
    served = np.floor(np.log10(np.maximum(all_time, 1)) - 5).astype(np.int64) + _STAGING_ONLY
    return np.where(is_star, np.clip(served, 0, len(PROVIDERS) - 1), 0)


def providers_live(codes: Integers) -> Integers:
    """Return how many providers are live at each place in PROVIDERS."""
    return np.maximum(codes - _STAGING_ONLY, 0)
