"""Number types of stored weights: a few kinds of models, with what each comes to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from modelcensus.testing.simulator.draws import Draws, Integers
from modelcensus.testing.simulator.population import Mask


@dataclass(frozen=True)
class Stored:
    """How some models store their weights.

    Attributes:
        types: the Hub's words, that of most parameters first; one or two.
        precision: the number format that its types and tag tell; empty where they tell none.
        tag: a tag that names a number format; empty where there is none.
        divisor: one parameter of so many has the second type.
        plain, quantised: how often it comes among models that are no quantised copies, and
            among those that are.
    """

    types: tuple[str, ...]
    precision: str
    tag: str = ""
    divisor: int = 1
    plain: float = 0.0
    quantised: float = 0.0


KINDS = (
    Stored(("BF16",), "16-bit", plain=46, quantised=8),
    Stored(("F32",), "32-bit", plain=22),
    Stored(("F16",), "16-bit", plain=14, quantised=4),
    Stored(("BF16", "F32"), "16-bit", divisor=40, plain=6),
    # positions and counters of steps are whole numbers, and no weights
    Stored(("F32", "I64"), "32-bit", divisor=100_000, plain=5),
    Stored(("F8_E4M3", "BF16"), "8-bit", divisor=12, plain=4, quantised=26),
    Stored(("F64",), "", plain=1),
    # several weights in one whole number: the tag tells how many bits each has
    Stored(("I32", "F16"), "4-bit", tag="4-bit", divisor=5, plain=1, quantised=34),
    Stored(("F16", "I32"), "4-bit", tag="4-bit", divisor=3, quantised=6),
    Stored(("I8", "F16"), "8-bit", tag="8-bit", divisor=9, quantised=8),
    # the same without a tag: nothing tells the format
    Stored(("U8", "BF16"), "", divisor=4, plain=0.5, quantised=8),
    Stored(("F16", "I32"), "", divisor=3, plain=0.5, quantised=6),
)

TYPES = tuple(sorted({word for kind in KINDS for word in kind.types}))


def draw_kinds(draws: Draws, at: Integers, quantised: Mask) -> Integers:
    """Return how models store their weights if they have any, as places in KINDS."""
    plain = draws.choice("number types", at, [kind.plain for kind in KINDS])
    copies = draws.choice("number types", at, [kind.quantised for kind in KINDS])
    return np.where(quantised, copies, plain)


def counts_by_type(kinds: Integers, total: pa.Array) -> list[pa.Array]:
    """Return for each of TYPES how many parameters have it, null where none; they sum up.

    Args:
        kinds: places in KINDS.
        total: all parameters, null where there are no weights.
    """
    first, second = _CODES[:, kinds]
    whole = total.fill_null(0).to_numpy(zero_copy_only=False)
    rest = np.where(second >= 0, whole // _DIVISORS[kinds], 0)
    found = []
    for code in range(len(TYPES)):
        counts = np.where(first == code, whole - rest, np.where(second == code, rest, 0))
        found.append(pa.array(counts, pa.int64(), mask=counts == 0))
    return found


def words_of(kinds: Integers, has_weights: Mask) -> pa.Array:
    """Return the number types of models, null where there are no weights."""
    words = pa.array([list(kind.types) for kind in KINDS], pa.list_(pa.string()))
    return words.take(pa.array(kinds, mask=~has_weights))


def tags_of(kinds: Integers, has_weights: Mask) -> pa.Array:
    """Return the tags that name a number format, null where there is none."""
    tags = pa.array([kind.tag or None for kind in KINDS], pa.string())
    return tags.take(pa.array(kinds, mask=~has_weights))


def precisions_of(kinds: Integers, has_weights: Mask) -> pa.Array:
    """Return the number formats that tags and types tell, null where they tell none."""
    told = pa.array([kind.precision or None for kind in KINDS], pa.string())
    return told.take(pa.array(kinds, mask=~has_weights))


_CODES = np.array(
    [[TYPES.index(k.types[n]) if n < len(k.types) else -1 for k in KINDS] for n in (0, 1)]
)
_DIVISORS = np.array([kind.divisor for kind in KINDS], dtype=np.int64)
