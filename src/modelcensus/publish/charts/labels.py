"""Where labels go, so that none covers another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass
class _Block:
    """Labels that touch: they are placed as one, around the mean of where they belong."""

    members: list[int]
    wanted: float
    height: float

    @property
    def top(self) -> float:
        return self.wanted - self.height / 2


def spread(
    wanted: Sequence[float], heights: Sequence[float], low: float, high: float
) -> list[float]:
    """Return the middles of labels, near where they belong, without overlap and within limits.

    Labels that would touch move apart evenly around the mean of their places; the order is
    kept. Where all of them are higher than the room, they begin at its upper end.
    """
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    blocks: list[_Block] = []
    for index in order:
        blocks.append(_within(_Block([index], wanted[index], heights[index]), low, high))
        while len(blocks) > 1 and _touch(blocks[-2], blocks[-1]):
            last = blocks.pop()
            blocks[-1] = _within(_joined(blocks[-1], last, wanted, heights), low, high)
    found = [0.0] * len(wanted)
    for block in blocks:
        place = block.top
        for index in block.members:
            found[index] = place + heights[index] / 2
            place += heights[index]
    return found


def _touch(upper: _Block, lower: _Block) -> bool:
    return upper.top + upper.height > lower.top + 1e-9


def _joined(
    upper: _Block, lower: _Block, wanted: Sequence[float], heights: Sequence[float]
) -> _Block:
    members = [*upper.members, *lower.members]
    offset, ideal = 0.0, []
    height = upper.height + lower.height
    for index in members:
        ideal.append(wanted[index] - offset - heights[index] / 2 + height / 2)
        offset += heights[index]
    return _Block(members, sum(ideal) / len(ideal), height)


def _within(block: _Block, low: float, high: float) -> _Block:
    """Move a block between the limits; one that is too high begins at the upper end."""
    block.wanted = min(block.wanted, high - block.height / 2)
    block.wanted = max(block.wanted, low + block.height / 2)
    return block
