"""From a spec to a picture: SVG by the renderer's own engine, PNG and PDF from the SVG."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from modelcensus.errors import CensusError, LimitExceeded
from modelcensus.publish.charts.letters import FONT
from modelcensus.publish.charts.page import VEGA_LITE
from modelcensus.settings import Settings

_SIZE = re.compile(r'<svg [^>]*?width="(\d+)(?:\.\d+)?" height="(\d+)(?:\.\d+)?"')


def svg_of(spec: dict[str, Any]) -> str:
    """Return a spec as SVG; the same spec gives the same text.

    Raises:
        CensusError: the renderer refuses the spec.
    """
    import vl_convert

    try:
        drawn: str = vl_convert.vegalite_to_svg(
            json.dumps(spec, sort_keys=True), vl_version=VEGA_LITE, allowed_base_urls=[]
        )
    except (ValueError, OSError) as error:
        raise CensusError("the renderer refuses a chart", where=str(error)[:400]) from error
    return _finished(drawn, str(spec.get("description", "")))


def _finished(svg: str, alt: str) -> str:
    """Return an SVG as one image with a text alternative, each font named once.

    The renderer marks every group as a graphic of its own; a reader of screens would read them
    all. Only tags are rewritten, never texts.
    """
    told = f' role="img" aria-label="{html.escape(alt)}" font-family="{FONT}">'
    opening, _, rest = svg.partition(">")
    return opening + told + _TAG.sub(lambda tag: _REPEATED.sub("", tag.group()), rest)


_TAG = re.compile(r"<(?:g|path|text|line)\b[^<>]*>")
_REPEATED = re.compile(
    r' (?:role|aria-roledescription|aria-hidden|class|font-family|pointer-events)="[^"]*"'
    r'| (?:opacity="1"|font-weight="normal"|text-anchor="start")(?=[ />])'
)
"""What says nothing: roles of groups, names of marks, and what holds by default."""


def png_of(svg: str, scale: float, settings: Settings) -> bytes:
    """Return an SVG as PNG at so many pixels for each of its own.

    Raises:
        LimitExceeded: the picture would hold more pixels than `chart_pixels`.
    """
    import vl_convert

    found = _SIZE.search(svg)
    width, height = (int(g) * scale for g in found.groups()) if found else (0, 0)
    if width * height > settings.chart_pixels:
        raise LimitExceeded(
            f"a picture of {width:,.0f} x {height:,.0f} pixels is too large",
            next_step="ask a smaller width or scale, or raise CENSUS_CHART_PIXELS",
        )
    content: bytes = vl_convert.svg_to_png(svg, scale=scale)
    return content


def pdf_of(svg: str) -> bytes:
    """Return an SVG as PDF."""
    import vl_convert

    content: bytes = vl_convert.svg_to_pdf(svg)
    return content
