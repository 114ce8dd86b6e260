"""How a drawn spread looks: one style sheet for light and dark schemes, a shape per subject."""

from __future__ import annotations

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

_LIGHT = {
    "ground": "#ffffff",
    "ink": "#1f2328",
    "dim": "#57606a",
    "grid": "#d8dee4",
    "band": "#f3f5f7",
    "alarm": "#b3261e",
}
_DARK = {
    "ground": "#0d1117",
    "ink": "#e6edf3",
    "dim": "#9aa4ae",
    "grid": "#30363d",
    "band": "#161b22",
    "alarm": "#ff8a80",
}


def shape(place: int, radius: float) -> str:
    """Return the path of a subject's mark around a point, to follow an absolute `M`."""
    sizes = {"r": radius, "d": 2 * radius, "e": 1.35 * radius, "f": 2.7 * radius}
    return _SHAPES[place % len(_SHAPES)].format(**{k: f"{v:.2f}" for k, v in sizes.items()})


def _variables(place: int) -> str:
    named = {f"s{i}": pair[place] for i, pair in enumerate(COLOURS)}
    return ";".join(f"--{k}:{v}" for k, v in ((_LIGHT, _DARK)[place] | named).items())


_FONTS = 'ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace'
_SUBJECTS = "\n".join(
    f".s{i}{{fill:var(--s{i});stroke:var(--s{i})}}.open.s{i}{{fill:var(--ground)}}"
    for i in range(len(COLOURS))
)

STYLE = f"""
svg{{{_variables(0)};color-scheme:light dark}}
@media (prefers-color-scheme:dark){{svg{{{_variables(1)}}}}}
text{{font-family:{_FONTS};fill:var(--ink)}}
.page{{fill:var(--ground)}}
.name{{font-size:12px}}
.note{{font-size:10px;fill:var(--dim)}}
.head{{font-size:17px;font-weight:bold}}
.said{{font-size:12px;fill:var(--dim)}}
.alarm{{font-size:14px;font-weight:bold;fill:var(--alarm)}}
.letter{{font-size:10px;font-weight:bold}}
.grid{{stroke:var(--grid);stroke-width:1}}
.band{{fill:var(--band)}}
.asked{{stroke:var(--ink);stroke-width:1;stroke-dasharray:3 3}}
.lead{{fill:none;stroke:var(--dim);stroke-width:.8}}
.mark{{stroke-width:1}}
.open{{stroke-width:1.6}}
.tick{{fill:var(--ink)}}
{_SUBJECTS}
"""
