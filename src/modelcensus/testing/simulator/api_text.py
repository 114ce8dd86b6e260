"""Raw rows as the Hub's API writes them: one JSON text per row, keys without a value left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.sources.base_models import lists_by_row
from modelcensus.sources.tables import SIMULATED_FIELD
from modelcensus.testing.simulator.facts import FILES_JSON
from modelcensus.testing.simulator.listed import PROVIDERS_JSON, SPACES_JSON
from modelcensus.testing.simulator.rows import Block, escaped
from modelcensus.testing.simulator.stored import TYPES
from modelcensus.testing.simulator.words import joined

FIELDS = (
    "_id",
    "id",
    "author",
    "downloads",
    "likes",
    "downloadsAllTime",
    "trendingScore",
    "private",
    "gated",
    "disabled",
    "createdAt",
    "lastModified",
    "sha",
    "pipeline_tag",
    "library_name",
    "modelId",
    "tags",
    "cardData",
    "config",
    "safetensors",
    "gguf",
    "baseModels",
    "spaces",
    "inferenceProviderMapping",
    "siblings",
)
"""Every field that can be asked for, in the order in which it is written."""


def api_texts(block: Block, fields: Iterable[str]) -> pa.Array:
    """Return one JSON object per row with these fields; those not known are left out.

    Whatever is asked for, each row says that it is simulated.
    """
    wanted = set(fields)
    members = [_member(name, _VALUES[name](block)) for name in FIELDS if name in wanted]
    seed = block.world.population.draws.seed
    mark = pa.array([f',"{SIMULATED_FIELD}":"seed={seed}"'] * len(block.at), pa.string())
    body = joined(*members, mark) if members else mark
    return joined("{", pc.utf8_slice_codeunits(body, 1), "}")


def _member(name: str, values: pa.Array) -> pa.Array:
    """Return `,"name":value` per row, nothing where the value is null."""
    return pc.fill_null(joined(f',"{name}":', values), "")


def _quoted(texts: pa.Array) -> pa.Array:
    return joined('"', texts, '"')


def _column(name: str) -> Callable[[Block], pa.Array]:
    return lambda block: _quoted(block.column(name))


def _number(name: str) -> Callable[[Block], pa.Array]:
    return lambda block: block.column(name).cast(pa.string())


def _instant(name: str) -> Callable[[Block], pa.Array]:
    def write(block: Block) -> pa.Array:
        # an instant without zone, cast, is several times as fast as strftime
        text = block.column(name).cast(pa.timestamp("s")).cast(pa.string())
        day, time = pc.utf8_slice_codeunits(text, 0, 10), pc.utf8_slice_codeunits(text, 11, 19)
        return joined('"', day, "T", time, '.000Z"')

    return write


def _gated(block: Block) -> pa.Array:
    gated = block.column("gated")
    return pc.if_else(pc.equal(gated, "false"), "false", _quoted(gated))


def _tags(block: Block) -> pa.Array:
    inner = pc.binary_join(block.column("tags"), '","')
    return joined('["', escaped(inner), '"]')


def _safetensors(block: Block) -> pa.Array:
    column = block.column("safetensors")
    total = pc.struct_field(column, "total").cast(pa.string())
    counts = pc.struct_field(column, "parameters")
    members = [_member(word, pc.struct_field(counts, word).cast(pa.string())) for word in TYPES]
    inner = pc.utf8_slice_codeunits(joined(*members), 1)
    return joined('{"parameters":{', inner, '},"total":', total, "}")


def _gguf(block: Block) -> pa.Array:
    column = block.column("gguf")
    total = pc.if_else(pc.is_valid(column), pc.struct_field(column, "total"), None)
    return joined('{"total":', total.cast(pa.string()), ',"architecture":"simulated"}')


def _base_models(block: Block) -> pa.Array:
    column = block.column("baseModels")
    relation, models = pc.struct_field(column, "relation"), pc.struct_field(column, "models")
    rows = pc.list_parent_indices(models).to_numpy(zero_copy_only=False).astype(np.int64)
    flat = pc.list_flatten(models)
    ids, keys = pc.struct_field(flat, "id"), pc.struct_field(flat, "_id")
    each = joined('{"_id":"', keys, '","id":"', escaped(ids), '"}')
    inner = pc.binary_join(lists_by_row(rows, each, len(column)), ",")
    return joined('{"relation":"', relation, '","models":[', inner, "]}")


def _false(block: Block) -> pa.Array:
    return pa.array(["false"] * len(block.at))


_VALUES: dict[str, Callable[[Block], pa.Array]] = {
    **{n: _column(n) for n in ("_id", "id", "author", "sha", "pipeline_tag", "library_name")},
    **{n: _number(n) for n in ("downloads", "downloadsAllTime", "likes", "trendingScore")},
    **{n: _instant(n) for n in ("createdAt", "lastModified")},
    "modelId": _column("id"),
    "private": _false,
    "disabled": _false,
    "gated": _gated,
    "tags": _tags,
    "cardData": lambda block: block.column("cardData"),
    "config": lambda block: block.column("config"),
    "safetensors": _safetensors,
    "gguf": _gguf,
    "baseModels": _base_models,
    "spaces": lambda block: SPACES_JSON.take(pa.array(block.spaces)),
    "inferenceProviderMapping": lambda block: PROVIDERS_JSON.take(pa.array(block.providers)),
    "siblings": lambda block: FILES_JSON.take(pa.array(block.facts.files(block.at))),
}
