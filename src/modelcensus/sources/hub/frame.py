"""What a crawl is a view of: the whole hub, or its first models by creation."""

from __future__ import annotations

HUB = "huggingface"
WHOLE = "hub"
FIRST = "sample:hub-first"


def frame_of(rows_wanted: int) -> str:
    """Return the frame of a crawl; 0 rows wanted are all."""
    return f"{FIRST}-{rows_wanted}" if rows_wanted else WHOLE
