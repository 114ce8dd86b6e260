"""Which texts can be the id of a model: `namespace/name`, or `name` alone as old ids are."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.sources.sieve import Sieve, placed

MAX_ID_BYTES = 400
"""Longest id; the Hub allows 96 characters for each part."""

# what nearly all ids look like; such an id needs no closer look
_PLAIN = r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,150}(?:/[A-Za-z0-9_-][A-Za-z0-9._-]{0,150})?$"
# no separators (spaces of any kind), no control, format, private or surrogate characters
_WELL_FORMED = r"^[^/\p{Z}\p{C}]+(?:/[^/\p{Z}\p{C}]+)?$"
_DOTS_ONLY = r"(?:^|/)\.{1,2}(?:/|$)"


def drop_bad_ids(sieve: Sieve, ids: pa.Array, *, needs_namespace: bool = False) -> None:
    """Lose the rows whose id is missing, ill-formed or (where asked) without a namespace."""
    sieve.drop(pc.fill_null(pc.equal(ids, ""), True), "missing_id")
    sieve.drop(pc.invert(well_formed(ids)), "bad_id")
    if needs_namespace:
        sieve.drop(pc.invert(pc.match_substring(ids, "/")), "id_without_namespace")


def well_formed(ids: pa.Array) -> pa.Array:
    """Return which texts could be a model's id; null stays null."""
    plain = pc.match_substring_regex(ids, _PLAIN)
    others = pc.invert(pc.fill_null(plain, True))
    return placed(plain, others, _well_formed(ids.filter(others)))


def _well_formed(ids: pa.Array) -> pa.Array:
    fits = pc.match_substring_regex(ids, _WELL_FORMED)
    names = pc.invert(pc.match_substring_regex(ids, _DOTS_ONLY))
    short = pc.less_equal(pc.binary_length(ids), MAX_ID_BYTES)
    return pc.and_(pc.and_(fits, names), short)
