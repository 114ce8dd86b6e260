"""How a drawn spread looks: one style sheet for light and dark schemes, a shape per subject."""

from __future__ import annotations

from modelcensus.publish.drawing_style import ALARM, INK, page_style

COLOURS = (
    ("#0858b5", "#79b8ff"),
    ("#b34700", "#ffa657"),
    ("#18692c", "#6fdd8b"),
    ("#7340bd", "#d2a8ff"),
    ("#a3266f", "#ff9bce"),
    ("#57606a", "#a2abb5"),
)
"""Colours of subjects on light and on dark ground; shapes say the same."""

_SHAPES = (
    "m-{r} 0a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z",
    "m0 -{e}l{e} {e}l-{e} {e}l-{e} -{e}z",
    "m-{r} -{r}h{d}v{d}h-{d}z",
    "m0 -{e}l{e} {d}h-{f}z",
    "m0 {e}l{e} -{d}h-{f}z",
    "m-{r} -{r}l{d} {d}m0 -{d}l-{d} {d}",
)

_COLOURS = {
    **INK,
    "grid": ("#d8dee4", "#30363d"),
    "band": ("#f3f5f7", "#161b22"),
    "alarm": ALARM,
    **{f"s{i}": pair for i, pair in enumerate(COLOURS)},
}


def shape(place: int, radius: float) -> str:
    """Return the path of a subject's mark around a point, to follow an absolute `M`."""
    sizes = {"r": radius, "d": 2 * radius, "e": 1.35 * radius, "f": 2.7 * radius}
    return _SHAPES[place % len(_SHAPES)].format(**{k: f"{v:.2f}" for k, v in sizes.items()})


_SUBJECTS = "\n".join(
    f".s{i}{{fill:var(--s{i});stroke:var(--s{i})}}.open.s{i}{{fill:var(--ground)}}"
    for i in range(len(COLOURS))
)

STYLE = f"""{page_style(_COLOURS)}\
.grid{{stroke:var(--grid);stroke-width:1}}
.band{{fill:var(--band)}}
.asked{{stroke:var(--ink);stroke-width:1;stroke-dasharray:3 3}}
.lead{{fill:none;stroke:var(--dim);stroke-width:.8}}
.mark{{stroke-width:1}}
.open{{stroke-width:1.6}}
.tick{{fill:var(--ink)}}
{_SUBJECTS}
"""
