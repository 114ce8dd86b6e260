"""Raw rows of the Hub as tables, in the shape of hub-stats."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.sources.base_models import lists_by_row
from modelcensus.testing.simulator.counters import Counts
from modelcensus.testing.simulator.draws import Integers
from modelcensus.testing.simulator.facts import FILES, Facts
from modelcensus.testing.simulator.lineage import (
    CARD_ONLY,
    TAG_ONLY,
    Declared,
    declared_bases,
)
from modelcensus.testing.simulator.listed import (
    PROVIDERS,
    SPACES,
    provider_codes,
    spaces_made,
)
from modelcensus.testing.simulator.reported import Reported
from modelcensus.testing.simulator.stored import TYPES, counts_by_type
from modelcensus.testing.simulator.words import joined

INSTANT = pa.timestamp("ms", tz="UTC")
_BASE = pa.struct([pa.field("_id", pa.string()), pa.field("id", pa.string())])
SAFETENSORS = pa.struct(
    [
        pa.field("parameters", pa.struct([pa.field(word, pa.int64()) for word in TYPES])),
        pa.field("total", pa.int64()),
    ]
)
GGUF = pa.struct([pa.field("total", pa.int64()), pa.field("architecture", pa.string())])
BASE_MODELS = pa.struct([pa.field("relation", pa.string()), pa.field("models", pa.list_(_BASE))])
SCHEMA = pa.schema(
    [
        pa.field("_id", pa.string()),
        pa.field("id", pa.string()),
        pa.field("author", pa.string()),
        pa.field("createdAt", INSTANT),
        pa.field("lastModified", INSTANT),
        pa.field("downloads", pa.int64()),
        pa.field("downloadsAllTime", pa.int64()),
        pa.field("likes", pa.int64()),
        pa.field("trendingScore", pa.int64()),
        pa.field("private", pa.bool_()),
        pa.field("gated", pa.string()),
        pa.field("sha", pa.string()),
        pa.field("pipeline_tag", pa.string()),
        pa.field("library_name", pa.string()),
        pa.field("tags", pa.list_(pa.string())),
        pa.field("cardData", pa.string()),
        pa.field("config", pa.string()),
        pa.field("safetensors", SAFETENSORS),
        pa.field("gguf", GGUF),
        pa.field("baseModels", BASE_MODELS),
        pa.field("spaces", SPACES.type),
        pa.field("inferenceProviderMapping", PROVIDERS.type),
        pa.field("siblings", FILES.type),
    ]
)
"""The columns of hub-stats that a simulation has."""

_RECENT_S = 14 * 86_400


class Block:
    """Some models at a label; each column is made when it is first asked for."""

    def __init__(self, world: Reported, facts: Facts, at: Integers, label: int) -> None:
        """Take the numbers of models, ascending."""
        self.world, self.facts, self.at, self.label = world, facts, at, label
        self.now = world.population.instants[label]
        self._made: dict[str, pa.Array] = {}
        self._bases: Declared | None = None
        self._counts: Counts | None = None

    def table(self, columns: Iterable[str] | None = None) -> pa.Table:
        """Return columns of SCHEMA, all of them unless some are named."""
        wanted = set(SCHEMA.names if columns is None else columns)
        fields = [f for f in SCHEMA if f.name in wanted]
        return pa.Table.from_arrays([self.column(f.name) for f in fields], schema=pa.schema(fields))

    def column(self, name: str) -> pa.Array:
        """Return a column of SCHEMA."""
        if name not in self._made:
            self._made[name] = _COLUMNS[name](self)
        return self._made[name]

    @property
    def bases(self) -> Declared:
        """Return what the models name as their bases."""
        if self._bases is None:
            self._bases = declared_bases(self.world, self.at, self.label)
        return self._bases

    @property
    def counts(self) -> Counts:
        """Return what the Hub says of the models' counts."""
        if self._counts is None:
            self._counts = self.world.counts(self.at, self.label)
        return self._counts

    @property
    def spaces(self) -> Integers:
        """Return how many Spaces list the models."""
        return spaces_made(self.counts.all_time)

    @property
    def providers(self) -> Integers:
        """Return who serves the models, as places in PROVIDERS."""
        return provider_codes(self.counts.all_time, self.world.population.is_star(self.at))

    def instants(self, seconds: Integers) -> pa.Array:
        """Return seconds since 1970 as instants."""
        return pa.array(seconds * 1000, pa.int64()).cast(INSTANT)

    def trending(self) -> pa.Array:
        """Return the score of what is new and liked; 0 for nearly all."""
        age = self.now - self.world.population.created(self.at)
        return pa.array(np.where(age < _RECENT_S, self.counts.likes, 0))

    def author(self) -> pa.Array:
        """Return the part of the id before the slash; null for bare ids."""
        ids = self.column("id")
        cut = pc.extract_regex(ids, r"^(?P<author>[^/]+)/")
        return pc.struct_field(cut, "author")

    def safetensors(self) -> pa.Array:
        """Return the parameters by type, null where there are none."""
        total = self.facts.parameters(self.at)
        counts = counts_by_type(self.facts.stored(self.at), total)
        inner = pa.StructArray.from_arrays(counts, fields=list(SAFETENSORS.field(0).type))
        return pa.StructArray.from_arrays(
            [inner, total], fields=list(SAFETENSORS), mask=pc.is_null(total)
        )

    def gguf(self) -> pa.Array:
        """Return the size of single-file copies, null for all others."""
        lacks = pa.array(~self.facts.is_gguf(self.at))
        total = pa.array(self.facts.sizes(self.at))
        kind = pa.array(["simulated"] * len(self.at), pa.string())
        return pa.StructArray.from_arrays([total, kind], fields=list(GGUF), mask=lacks)

    def base_models(self) -> pa.Array:
        """Return the Hub's own reading of the bases: those it knows, under their ids of now."""
        bases = self.bases
        known = (bases.parents >= 0) & (bases.where[bases.rows] != CARD_ONLY)
        rows, mask = bases.rows[known], pa.array(known)
        keys = self.world.population.keys(bases.parents[known])
        models = pa.StructArray.from_arrays([keys, bases.current.filter(mask)], fields=list(_BASE))
        lists = lists_by_row(rows, models, len(self.at))
        first = pa.array(np.searchsorted(rows, np.arange(len(self.at))), mask=_mask(lists))
        relation = bases.relations.filter(mask).take(first)
        return pa.StructArray.from_arrays(
            [relation, lists], fields=list(BASE_MODELS), mask=pc.is_null(lists)
        )

    def tags(self) -> pa.Array:
        """Return the tags in the Hub's order: library, formats, task, languages, bases, terms."""
        one, two = self.facts.languages(self.at)
        licence = self.facts.licences(self.at)
        bases = self.bases
        tagged = bases.where[bases.rows] != CARD_ONLY
        rows, names = bases.rows[tagged], bases.names.filter(pa.array(tagged))
        typed = joined("base_model:", bases.relations.filter(pa.array(tagged)), ":", names)
        has_weights = pc.is_valid(self.column("safetensors"))
        region = pa.array(["region:us"] * len(self.at))
        every = np.arange(len(self.at))
        pieces = [
            (every, self.column("library_name")),
            (every, pc.if_else(has_weights, "safetensors", None)),
            (every, pc.if_else(pa.array(self.facts.is_gguf(self.at)), "gguf", None)),
            (every, self.column("pipeline_tag")),
            (every, one),
            (every, two),
            (rows, joined("base_model:", names)),
            (rows, typed),
            (every, joined("license:", licence)),
            (every, pc.if_else(has_weights, "endpoints_compatible", None)),
            (every, self.facts.precision_tags(self.at)),
            (every, region),
        ]
        return ragged(pieces, len(self.at))

    def cards(self) -> pa.Array:
        """Return the model cards as JSON texts, null where nothing is declared."""
        licence = self.facts.licences(self.at)
        name = self.facts.licence_names(self.at, licence)
        one, _ = self.facts.languages(self.at)
        task = self.column("pipeline_tag")
        body = joined(
            _member("license", licence),
            _member("license_name", name),
            pc.fill_null(joined(',"language":["', one, '"]'), ""),
            _member("pipeline_tag", task),
            pc.fill_null(joined(',"base_model":', self._card_bases()), ""),
        )
        text = joined("{", pc.utf8_slice_codeunits(body, 1), "}")
        return pc.if_else(pc.equal(body, ""), None, text)

    def _card_bases(self) -> pa.Array:
        """Return the field `base_model` as JSON: a text, or a list where there are several."""
        bases = self.bases
        told = bases.where[bases.rows] != TAG_ONLY
        quoted = joined('"', escaped(bases.names.filter(pa.array(told))), '"')
        lists = lists_by_row(bases.rows[told], quoted, len(self.at))
        text = pc.binary_join(lists, ",")
        several = pc.greater(pc.fill_null(pc.list_value_length(lists), 0), 1)
        return pc.if_else(several, joined("[", text, "]"), text)


def ragged(pieces: Iterable[tuple[Integers, pa.Array]], rows: int) -> pa.Array:
    """Return one list per row of the texts that pieces give for it, in their order, no nulls."""
    found = [(at[np.asarray(pc.is_valid(texts))], texts.drop_null()) for at, texts in pieces]
    of_row = np.concatenate([at for at, _ in found])
    order = np.argsort(of_row, kind="stable")
    values = pa.concat_arrays([texts for _, texts in found]).take(pa.array(order))
    return lists_by_row(of_row[order], values, rows)


def escaped(texts: pa.Array) -> pa.Array:
    """Return texts as they stand between the quotes of JSON; here only backslashes differ."""
    return pc.replace_substring(texts, "\\", "\\\\")


def _member(name: str, values: pa.Array) -> pa.Array:
    return pc.fill_null(joined(f',"{name}":"', escaped(values), '"'), "")


def _mask(lists: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.asarray(pc.is_null(lists))
    return found


_COLUMNS: dict[str, Callable[[Block], pa.Array]] = {
    "_id": lambda b: b.world.population.keys(b.at),
    "id": lambda b: b.world.ids(b.at, b.label),
    "author": Block.author,
    "createdAt": lambda b: b.instants(b.world.population.created(b.at)),
    "lastModified": lambda b: b.instants(b.facts.modified(b.at, b.now)),
    "downloads": lambda b: pa.array(b.counts.downloads),
    "downloadsAllTime": lambda b: pa.array(b.counts.all_time),
    "likes": lambda b: pa.array(b.counts.likes),
    "trendingScore": Block.trending,
    "private": lambda b: pa.array(np.zeros(len(b.at), dtype=bool)),
    "gated": lambda b: b.facts.gated(b.at),
    "sha": lambda b: b.facts.revisions(b.at, b.now),
    "pipeline_tag": lambda b: b.facts.tasks(b.at),
    "library_name": lambda b: b.facts.libraries(b.at),
    "tags": Block.tags,
    "cardData": Block.cards,
    "config": lambda b: b.facts.configs(b.at),
    "safetensors": Block.safetensors,
    "gguf": Block.gguf,
    "baseModels": Block.base_models,
    "spaces": lambda b: SPACES.take(pa.array(b.spaces)),
    "inferenceProviderMapping": lambda b: PROVIDERS.take(pa.array(b.providers)),
    "siblings": lambda b: FILES.take(pa.array(b.facts.files(b.at))),
}
