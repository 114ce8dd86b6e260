"""A drawn lineage within a page: every box leads to the passport of its model."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from markupsafe import Markup

from modelcensus.passports.lineage_graph import LineageGraph
from modelcensus.publish.lineage_svg import picture_of, write_svg

_STYLE = re.compile(r"<style>.*?</style>\n?", re.DOTALL)
_BOX = re.compile(r"<g><title>.*?</g>", re.DOTALL)


def linked_svg(graph: LineageGraph, address: Callable[[str], str], place: int) -> Markup:
    """Return a graph as SVG for a page: its style is that of the site, its boxes are links.

    Args:
        graph: what is drawn.
        address: model id -> address of its page.
        place: of the drawing on its page, so that names within it are its own.
    """
    picture = picture_of(graph)
    text = _STYLE.sub("", write_svg(picture))
    members = {member.model_id for member in graph.members}
    keys = iter([box.key for box in picture.drawing.boxes])

    def linked(found: re.Match[str]) -> str:
        key = next(keys)
        if key not in members:
            return found.group()
        return f'<a href="{escape(address(key))}">{found.group()}</a>'

    text = _BOX.sub(linked, text)
    text = text.replace('role="img"', 'role="group"', 1)
    for name in ("title", "description"):
        text = text.replace(f'id="{name}"', f'id="{name}-{place}"', 1)
    named = f'aria-labelledby="title-{place} description-{place}"'
    # every text in it was escaped where it was written
    return Markup(  # noqa: S704  # nosec B704
        text.replace('aria-labelledby="title description"', named, 1)
    )
