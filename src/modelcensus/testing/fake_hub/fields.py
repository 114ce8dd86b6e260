"""Which fields of a record a request asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

ALWAYS = frozenset(("_id", "id"))
PLAIN = ALWAYS | {
    "likes",
    "trendingScore",
    "private",
    "downloads",
    "tags",
    "pipeline_tag",
    "library_name",
    "createdAt",
    "modelId",
}
"""What a listing holds when nothing is said."""

FULL = PLAIN | {"author", "gated", "lastModified", "sha", "siblings"}
"""What `full=true` makes of it."""


def fields_of(query: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Return the fields for `expand[]`, `full`, `cardData` and `config` of a query."""
    expanded = [*query.get("expand[]", ()), *query.get("expand", ())]
    if expanded:
        return ALWAYS | frozenset(expanded)
    found = FULL if _is_on(query, "full") else PLAIN
    return found | {name for name in ("cardData", "config") if _is_on(query, name)}


def _is_on(query: Mapping[str, Sequence[str]], name: str) -> bool:
    return bool(query.get(name)) and query[name][0].lower() in ("1", "true")
