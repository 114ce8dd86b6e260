"""How a drawn lineage looks: one style sheet for light and dark schemes."""

from __future__ import annotations

RELATION_COLOURS = {
    "finetune": ("#0858b5", "#79b8ff"),
    "adapter": ("#7340bd", "#d2a8ff"),
    "quantized": ("#8a5a00", "#e3b341"),
    "merge": ("#18692c", "#6fdd8b"),
    "unspecified": ("#57606a", "#a2abb5"),
    "same_model": ("#a3266f", "#ff9bce"),
    "several": ("#57606a", "#a2abb5"),
}
"""Colours of lines by relation, on light and on dark ground; letters say the same."""

_WIDTHS = {"merge": "2.4", "adapter": "1", "quantized": "1", "unspecified": "1"}

_LIGHT = {
    "ground": "#ffffff",
    "ink": "#1f2328",
    "dim": "#57606a",
    "box": "#f6f8fa",
    "rim": "#8c959f",
    "own": "#ddf4ff",
    "alarm": "#b3261e",
}
_DARK = {
    "ground": "#0d1117",
    "ink": "#e6edf3",
    "dim": "#9aa4ae",
    "box": "#161b22",
    "rim": "#6e7681",
    "own": "#0c2d4d",
    "alarm": "#ff8a80",
}


_FONTS = 'ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace'


def _variables(place: int) -> str:
    named = {name: colours[place] for name, colours in RELATION_COLOURS.items()}
    colours = (_LIGHT, _DARK)[place] | named
    return ";".join(f"--{name}:{colour}" for name, colour in colours.items())


def dark_rule(place: int = 1) -> str:
    """Return the rule that gives a drawing its colours on dark ground, or on light (0)."""
    return f"svg{{{_variables(place)}}}"


def _relations() -> str:
    return "\n".join(
        f".line.{name}{{stroke:var(--{name});stroke-width:{_WIDTHS.get(name, '1.5')}}}"
        f".mark.{name}{{stroke:var(--{name})}}"
        for name in RELATION_COLOURS
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
.line{{fill:none;stroke:var(--dim);stroke-width:1.5}}
.box{{fill:var(--box);stroke:var(--rim)}}
.box.self{{fill:var(--own);stroke:var(--ink);stroke-width:2}}
.box.rest{{fill:var(--ground);stroke-width:3}}
.box.reference,.box.named{{stroke-dasharray:2 3}}
.box.removed{{stroke:var(--alarm);stroke-width:2;stroke-dasharray:8 3}}
.mark{{fill:var(--ground);stroke-width:1.3}}
{_relations()}
.line.inferred{{stroke-dasharray:6 4}}
.line.tip{{stroke-dasharray:none}}
"""
