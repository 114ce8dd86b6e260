"""Addresses of a figure's pictures: one for each width of a screen and each theme."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from modelcensus.contracts.contract import Contract
from modelcensus.publish.faces import as_query
from modelcensus.web.questions import View

WIDTHS = (340, 680, 880, 1110)
"""Widths that pictures are laid out for: a telephone, a tablet, a small and a large desk."""

BREAKS = (430, 820, 1100)
"""Widths of a window up to which the narrower pictures are shown."""


@dataclass(frozen=True)
class Source:
    """A picture, and for which windows and themes it is meant; empty for all others."""

    media: str
    address: str


@dataclass(frozen=True)
class PictureSet:
    """The pictures of one chart: sources in order, and the one that stands for all."""

    sources: tuple[Source, ...]
    address: str


def picture_set(
    contract: Contract, view: View, link: Callable[[str], str], *, widest: int = WIDTHS[-1]
) -> PictureSet:
    """Return the pictures of a figure for a page; the text around them has title and subtitle.

    Args:
        contract: the definition that was resolved.
        view: kind of chart, and a theme if one was asked for.
        link: makes an address within the site.
        widest: width on a desk.
    """
    widths = (*WIDTHS[:-1], widest)

    def address(width: int, theme: str) -> str:
        drawn = View(chart=view.chart, theme=theme, width=width, titled=False)
        return link(f"/figures/{contract.measure}.svg?{as_query(contract, **drawn.stated())}")

    themes = [view.theme] if view.theme else ["dark", "light"]
    sources = []
    for theme in themes:
        scheme = ["(prefers-color-scheme: dark)"] if theme == "dark" and not view.theme else []
        for width, most in zip(widths, (*BREAKS, 0), strict=True):
            parts = ([f"(max-width: {most}px)"] if most else []) + scheme
            if parts:
                sources.append(Source(" and ".join(parts), address(width, theme)))
    return PictureSet(tuple(sources), address(widest, themes[-1]))
