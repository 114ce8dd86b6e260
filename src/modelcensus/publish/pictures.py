"""Which measures have a picture of their own, and what draws it."""

from __future__ import annotations

from collections.abc import Callable

from modelcensus.contracts.figure import Figure
from modelcensus.publish.spread_svg import spread_svg

PICTURES: dict[str, Callable[[Figure], bytes]] = {"spread": spread_svg}
"""Measure -> figure as an SVG file (`--format svg`)."""
