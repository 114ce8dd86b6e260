"""How a drawn lineage looks: one style sheet for light and dark schemes."""

from __future__ import annotations

from modelcensus.publish.drawing_style import ALARM, INK, colour_rule, page_style

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

_COLOURS = {
    **INK,
    "box": ("#f6f8fa", "#161b22"),
    "rim": ("#8c959f", "#6e7681"),
    "own": ("#ddf4ff", "#0c2d4d"),
    "alarm": ALARM,
    **RELATION_COLOURS,
}


def dark_rule(place: int = 1) -> str:
    """Return the rule that gives a drawing its colours on dark ground, or on light (0)."""
    return f"svg{{{colour_rule(_COLOURS, place)}}}"


def _relations() -> str:
    return "\n".join(
        f".line.{name}{{stroke:var(--{name});stroke-width:{_WIDTHS.get(name, '1.5')}}}"
        f".mark.{name}{{stroke:var(--{name})}}"
        for name in RELATION_COLOURS
    )


STYLE = f"""{page_style(_COLOURS)}\
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
