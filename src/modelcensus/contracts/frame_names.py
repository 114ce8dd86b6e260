"""How frames are named: panels, samples, and the mark that keeps simulated frames apart."""

from __future__ import annotations

SIMULATED = "simulated:"
"""How the frame of generated data begins: no snapshot of real data is ever in it."""
PANEL = "panel:"
SAMPLE = "sample:"
WHOLE = "hub"


def simulated_frame(frame: str) -> str:
    """Return the frame that generated data of a frame belong to."""
    return frame if is_simulated(frame) else f"{SIMULATED}{frame}"


def plain_frame(frame: str) -> str:
    """Return a frame's name without the mark of generated data."""
    return frame.removeprefix(SIMULATED)


def is_simulated(frame: str) -> bool:
    """Return whether a frame is one of generated data."""
    return frame.startswith(SIMULATED)


def is_panel(frame: str) -> bool:
    """Return whether a frame tracks accounts that somebody chose."""
    return plain_frame(frame).startswith(PANEL)


def is_sample(frame: str) -> bool:
    """Return whether a frame is a curated sample of models."""
    return plain_frame(frame).startswith(SAMPLE)


def is_whole(frame: str) -> bool:
    """Return whether a frame is named as the whole of a hub."""
    return plain_frame(frame) == WHOLE
