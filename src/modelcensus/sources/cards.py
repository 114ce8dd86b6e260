"""What a model card declares in its header: licence, base models, languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.sources.base_models import json_text, split_references
from modelcensus.sources.sieve import map_distinct, placed
from modelcensus.sources.texts import LIST_OF_TEXT, is_list, is_text, parse_json

CARD = pa.struct(
    [
        pa.field("license", pa.string()),
        pa.field("license_name", pa.string()),
        pa.field("license_link", pa.string()),
        pa.field("base_model", LIST_OF_TEXT),
        pa.field("language", LIST_OF_TEXT),
    ]
)
"""The fields of a card that are read, as they are kept: several licences joined by a comma."""

# one id, or a list of them, that needs no splitting, trimming or unescaping
_ID = r"""[^"\\,'\[\]\s]+"""
_PLAIN_REFERENCES = rf'^(?:"{_ID}"|\["{_ID}"(?:,"{_ID}")*\])$'


def card_facts(column: pa.Array) -> dict[str, pa.Array]:
    """Return the fields of CARD from a column of cards.

    Args:
        column: cards as JSON text, or as structures. A text that is no JSON object declares
            nothing, as the Hub itself reads it; of a repeated field the first stands.

    Raises:
        TypeError: the column holds something else.
    """
    if is_text(column.type):
        return _facts_of_json(column.cast(pa.string()))
    if pa.types.is_null(column.type):
        column = column.cast(CARD)
    if not pa.types.is_struct(column.type):
        raise TypeError(f"a structure or its JSON text is needed, not {column.type}")
    return {field.name: _field(column, field) for field in CARD}


def read_card(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of CARD from one card as a JSON object."""
    return {
        "license": _joined(card.get("license")),
        "license_name": _joined(card.get("license_name")),
        "license_link": _joined(card.get("license_link")),
        "base_model": split_references(card.get("base_model")),
        "language": _listed(card.get("language")),
    }


def _facts_of_json(texts: pa.Array) -> dict[str, pa.Array]:
    """Return the fields of CARD from cards as JSON text."""
    # 25 MB that a crawl, whose cards are structures, does without
    from modelcensus.engine.json_texts import json_fields

    parts = json_fields(texts, CARD.names)
    found = {
        name: map_distinct(parts[name], partial(_of_part, read=how), CARD.field(name).type)
        for name, how in _READERS.items()
    }
    return found | {"base_model": _references(parts["base_model"])}


def _references(parts: pa.Array) -> pa.Array:
    """Return the base models that fields written as JSON name."""
    is_plain = pc.fill_null(pc.match_substring_regex(parts, _PLAIN_REFERENCES), False)
    bare = pc.utf8_trim(pc.if_else(is_plain, parts, None), '[]"')
    others = pc.and_not(pc.is_valid(parts), is_plain)
    read = partial(_of_part, read=split_references)
    return placed(
        pc.split_pattern(bare, '","'),
        others,
        map_distinct(parts.filter(others), read, LIST_OF_TEXT),
    )


def _of_part(text: str, read: Callable[[Any], Any]) -> Any:
    return read(parse_json(text))


def _joined(value: Any) -> str | None:
    """Return a text, or several joined by a comma; other values as their JSON text."""
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value) or None
    return None if value is None else _text(value) or None


def _listed(value: Any) -> list[str] | None:
    if value is None:
        return None
    return [_text(item) for item in (value if isinstance(value, list) else [value])]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json_text(value)


_READERS: dict[str, Callable[[Any], Any]] = {
    "license": _joined,
    "license_name": _joined,
    "license_link": _joined,
    "language": _listed,
}


def _field(column: pa.Array, field: pa.Field) -> pa.Array:
    """Return one field of a structure in the type that CARD gives it."""
    if column.type.get_field_index(field.name) < 0:
        return pa.nulls(len(column), field.type)
    values = pc.struct_field(column, field.name)
    if is_text(values.type) or pa.types.is_null(values.type):
        values = values.cast(pa.string())
        if field.type == pa.string():
            return values
        read = split_references if field.name == "base_model" else _listed
        return map_distinct(values, read, field.type)
    if is_list(values.type) and is_text(values.type.value_type):
        values = values.cast(LIST_OF_TEXT)
        if field.type == pa.string():
            return pc.binary_join(values, ", ")
        return _split_lists(values) if field.name == "base_model" else values
    return pa.nulls(len(column), field.type)


def _split_lists(lists: pa.Array) -> pa.Array:
    """Return lists of base models whose items name one base each."""
    if not pc.any(pc.match_substring_regex(pc.list_flatten(lists), r"[,\[\]\s]")).as_py():
        return lists
    split = [None if item is None else split_references(item) for item in lists.to_pylist()]
    return pa.array(split, LIST_OF_TEXT)
