"""What the weight formats of a repository come to: whether they can be read without pickle."""

from __future__ import annotations

from collections.abc import Collection

import ibis
import ibis.expr.types as ir

SAFETENSORS, BOTH, PICKLE = "safetensors", "safetensors and pickle", "pickle without safetensors"
OTHER, NONE_TOLD = "other formats", "no format told"
WEIGHT_FORMATS = (SAFETENSORS, BOTH, PICKLE, OTHER, NONE_TOLD)
"""Every class; a repository whose source tells of no formats at all has none (null)."""


def weight_format(formats: ir.ArrayColumn) -> ir.StringColumn:
    """Return the class of a list of formats, null where the list is.

    `pytorch` stands for weights in Python's pickle format (`pytorch_model.bin` and its like).
    """
    has_safetensors, has_pickle = formats.contains("safetensors"), formats.contains("pytorch")
    found: ir.StringColumn = ibis.cases(
        (formats.isnull(), ibis.null("string")),
        (has_safetensors & has_pickle, BOTH),
        (has_safetensors, SAFETENSORS),
        (has_pickle, PICKLE),
        (formats.length() == 0, NONE_TOLD),
        else_=OTHER,
    )
    return found


def format_word(formats: Collection[str] | None) -> str | None:
    """Return the class of one list of formats, as `weight_format` gives it for a column."""
    if formats is None:
        return None
    has_safetensors, has_pickle = "safetensors" in formats, "pytorch" in formats
    if has_safetensors:
        return BOTH if has_pickle else SAFETENSORS
    if has_pickle:
        return PICKLE
    return OTHER if formats else NONE_TOLD
