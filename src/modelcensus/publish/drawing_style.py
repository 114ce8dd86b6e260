"""What drawn pages have in common: ink on light and on dark ground, fonts, and sizes of text."""

from __future__ import annotations

from collections.abc import Mapping

Colours = Mapping[str, tuple[str, str]]
"""Name of a colour -> what it is on light and on dark ground."""

INK: Colours = {
    "ground": ("#ffffff", "#0d1117"),
    "ink": ("#1f2328", "#e6edf3"),
    "dim": ("#57606a", "#9aa4ae"),
}
ALARM = ("#b3261e", "#ff8a80")

_FONTS = 'ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace'


def colour_rule(colours: Colours, place: int) -> str:
    """Return the variables of a drawing's colours on light (0) or on dark ground (1)."""
    return ";".join(f"--{name}:{pair[place]}" for name, pair in colours.items())


def page_style(colours: Colours) -> str:
    """Return how a drawing begins its style sheet: colours for both schemes, page and texts."""
    return f"""
svg{{{colour_rule(colours, 0)};color-scheme:light dark}}
@media (prefers-color-scheme:dark){{svg{{{colour_rule(colours, 1)}}}}}
text{{font-family:{_FONTS};fill:var(--ink)}}
.page{{fill:var(--ground)}}
.name{{font-size:12px}}
.note{{font-size:10px;fill:var(--dim)}}
.head{{font-size:17px;font-weight:bold}}
.said{{font-size:12px;fill:var(--dim)}}
.alarm{{font-size:14px;font-weight:bold;fill:var(--alarm)}}
.letter{{font-size:10px;font-weight:bold}}
"""
