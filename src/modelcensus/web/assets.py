"""Files that all pages share: style sheets, the script of live charts, and its libraries."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from modelcensus.contracts.canonical import sha256_text
from modelcensus.errors import UnknownName
from modelcensus.publish.charts.bundle import browser_bundle
from modelcensus.publish.lineage_style import STYLE, dark_rule


@dataclass(frozen=True)
class Asset:
    """One file: its content, packed too, and its media type."""

    content: bytes
    packed: bytes
    media_type: str


_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_NAMES = ("site.css", "briefing.css", "enhance.js", "icon.svg")

LINEAGE, CHARTS = "lineage.css", "charts.js"
NAMES = (*_NAMES, LINEAGE, CHARTS)


@cache
def get_asset(name: str) -> Asset:
    """Return one of the files; the libraries of charts take seconds, once for each process.

    Raises:
        UnknownName: there is no such file.
    """
    if name not in NAMES:
        raise UnknownName("file", name, list(NAMES))
    content = _content(name)
    packed = gzip.compress(content, 6, mtime=0)
    return Asset(content, packed, _TYPES[name.rpartition(".")[2]])


def _content(name: str) -> bytes:
    if name == CHARTS:
        return browser_bundle()
    if name == LINEAGE:
        return lineage_style().encode()
    return files("modelcensus.web").joinpath("static", name).read_bytes()


def lineage_style() -> str:
    """Return the style of drawn lineages for pages: within their box, and as the theme has it."""
    dark = f':root[data-theme="dark"] .lineage {{ {dark_rule()} }}'
    light = f':root[data-theme="light"] .lineage {{ {dark_rule(0)} }}'
    return f".lineage {{ {STYLE} }}\n{dark}\n{light}\n"


@cache
def asset_sum() -> str:
    """Return a short sum of what the package itself holds; addresses carry it."""
    parts = [_content(name).decode() for name in (*_NAMES, LINEAGE)]
    return sha256_text("".join(parts))[:10]
