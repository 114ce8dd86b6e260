"""What names of models say of their size: `Qwen3-30B-A3B` has 30 billion parameters, 3 active.

A name tells a nominal size: that of the base of an adapter, and that of the original of a copy
in few bits. It is read only where it stands as a word of its own, and says one size.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from modelcensus.releases.release import Release

_NUMBER = "[0-9]{1,4}(?:[.][0-9]{1,3})?"
_START, _END = "(?:^|[-_ ])", "(?:$|[-_. ])"
_FIRST = f"{_START}({_NUMBER})b{_END}"
_LAST = f"^(?:.*[-_ ])?({_NUMBER})b{_END}"
_FIRST_SMALL = f"{_START}([0-9]{{2,4}})m{_END}"
_LAST_SMALL = f"^(?:.*[-_ ])?([0-9]{{2,4}})m{_END}"
_ACTIVE = f"[-_]a({_NUMBER})b{_END}"
_EXPERTS_BY_SIZE = f"{_START}([0-9]{{1,3}})x{_NUMBER}b{_END}"
_EXPERTS_AFTER_SIZE = f"[0-9]b[-_]([0-9]{{1,3}})e{_END}"
_OF_EXPERTS = f"(?:^|[-_. ])(?:moe|mixtral){_END}"
BILLION, MILLION = 1_000_000_000, 1_000_000


def named_sizes(release: Release) -> ir.Table:
    """Return what each model's name says.

    Returns:
        model_key, named_total and named_active (parameters), named_experts, is_named_mixture;
        null where the name does not say it. Of two sizes in a name none is taken. The size before
        a number of experts (`17B-128E`) is that of the active parameters; of `8x7B` the total is
        not told. A size in millions counts only where none in billions stands: `7B-1M` tells of a
        context of a million tokens.
    """
    models = release.table("models")
    name = models.name.lower()
    is_after_size = _read(name, _EXPERTS_AFTER_SIZE).notnull()
    large = _only(name, _FIRST, _LAST)
    small = _only(name, _FIRST_SMALL, _LAST_SMALL)
    in_millions = ~name.re_search(_FIRST)
    size = ibis.cases((in_millions, _scaled(small, MILLION)), else_=_scaled(large, BILLION))
    active = ibis.cases(
        (is_after_size, _scaled(large, BILLION)), else_=_scaled(_read(name, _ACTIVE), BILLION)
    )
    experts = ibis.coalesce(_read(name, _EXPERTS_BY_SIZE), _read(name, _EXPERTS_AFTER_SIZE))
    says_so = experts.notnull() | active.notnull() | name.re_search(_OF_EXPERTS)
    return models.select(
        "model_key",
        named_total=ibis.ifelse(is_after_size, ibis.null("int64"), size),
        named_active=active,
        named_experts=experts.cast("int64"),
        is_named_mixture=ibis.ifelse(says_so, True, ibis.null("boolean")),
    )


def _read(name: ir.StringValue, pattern: str) -> ir.StringValue:
    """Return the first group of the first match; null where nothing matches."""
    return name.re_extract(pattern, 1).nullif("")


def _only(name: ir.StringValue, first: str, last: str) -> ir.StringValue:
    """Return the number that a name holds once, or several times alike."""
    found = _read(name, first)
    return ibis.ifelse(found == _read(name, last), found, ibis.null("string"))


def _scaled(number: ir.StringValue, unit: int) -> ir.IntegerValue:
    """Return a number of units as parameters; a size of 0 is none."""
    found = (number.cast("float64") * unit).round().cast("int64")
    return found.nullif(0)
