"""Facts beside the counts: licences, tasks, languages, sizes, access, revisions, files."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.testing.simulator.cast import LICENCES, SIZES
from modelcensus.testing.simulator.draws import Integers
from modelcensus.testing.simulator.population import (
    ADAPTER,
    DAY,
    NO_BASE,
    QUANTIZED,
    STAR_EVERY,
    Mask,
    Population,
)
from modelcensus.testing.simulator.stored import (
    draw_kinds,
    precisions_of,
    tags_of,
    words_of,
)
from modelcensus.testing.simulator.words import hexadecimal, joined

_ANY_LICENCE = ("apache-2.0", "mit", "other", "cc-by-nc-4.0", "openrail", "gpl-3.0", "unknown")
_LICENCE_IDS = pa.array([*LICENCES, *_ANY_LICENCE])
_TASKS = pa.array(
    [
        "text-generation",
        "text-to-image",
        "text-classification",
        "automatic-speech-recognition",
        "sentence-similarity",
        "image-classification",
        "reinforcement-learning",
        "token-classification",
    ]
)
_LIBRARIES = pa.array(["transformers", "peft", "diffusers", "gguf", "sentence-transformers"])
LANGUAGES = pa.array(["en", "zh", "fr", "de", "es", "ja", "ko", "ar", "hi", "pt"])
_FILES = (
    (".gitattributes", "README.md"),
    (".gitattributes", "README.md", "config.json", "model.safetensors"),
    (".gitattributes", "README.md", "adapter_config.json", "adapter_model.safetensors"),
    (".gitattributes", "README.md", "model.Q4_K_M.gguf", "model.Q8_0.gguf"),
    (".gitattributes", "README.md", "config.json", "pytorch_model.bin", "tokenizer.json"),
)
FILES = pa.array(
    [[{"rfilename": name} for name in names] for names in _FILES],
    pa.list_(pa.struct([pa.field("rfilename", pa.string())])),
)
FILES_JSON = pa.array(
    [json.dumps([{"rfilename": n} for n in names], separators=(",", ":")) for names in _FILES]
)
CONFIGS = pa.array(
    [
        None,
        '{"architectures":["SimulatedForCausalLM"],"model_type":"simulated"}',
        '{"architectures":["SimulatedModel"],"model_type":"simulated","ALOT":1,"Alot":2}',
    ]
)
_TASK_WEIGHTS = (34, 7, 8, 4, 4, 5, 4, 2)
_MOST_MODIFIED_S = 3 * DAY


class Facts:
    """Facts about the models of a population; none of them depends on what is planted."""

    def __init__(self, population: Population) -> None:
        """Keep the population."""
        self.population = population
        self._licence_of = np.array(
            [LICENCES.index(d.licence) if d.licence else 0 for d in population.cast.developers]
        )

    def licences(self, at: Integers) -> pa.Array:
        """Return the declared licence of each model, null where none is declared.

        Three of five derivatives repeat the licence of the star they come from.
        """
        population, draws = self.population, self.population.draws
        star = self._star_of(at)
        of_star = self._licence_of[population.developers(star)]
        own = len(LICENCES) + draws.choice("licence/any", at, (45, 20, 12, 6, 10, 4, 3))
        kind = draws.uniform("licence/kind", at)
        derived = population.relations(at) != NO_BASE
        repeats = population.is_star(at) | (derived & (kind < 0.6))
        codes = np.where(repeats, of_star, own)
        silent = ~population.is_star(at) & (kind > np.where(derived, 0.75, 0.5))
        return _LICENCE_IDS.take(pa.array(codes, mask=silent))

    def licence_names(self, at: Integers, licences: pa.Array) -> pa.Array:
        """Return `license_name`, which goes with the licence `other`."""
        lines = pa.array([family.slug for family in self.population.cast.families])
        family = lines.take(pa.array(self.population.families(self._star_of(at))))
        return pc.if_else(pc.equal(licences, "other"), joined(family, "-community-license"), None)

    def tasks(self, at: Integers) -> pa.Array:
        """Return the pipeline tag, null on about a third."""
        draws = self.population.draws
        silent = draws.uniform("task/none", at) < 0.32
        star = self.population.is_star(at)
        codes = np.where(star, 0, draws.choice("task", at, _TASK_WEIGHTS))
        return _TASKS.take(pa.array(codes, mask=silent & ~star))

    def libraries(self, at: Integers) -> pa.Array:
        """Return the library, null on about a quarter."""
        relations, draws = self.population.relations(at), self.population.draws
        codes = draws.choice("library", at, (75, 0, 18, 0, 7))
        codes = np.where(relations == ADAPTER, 1, np.where(self.is_gguf(at), 3, codes))
        silent = (draws.uniform("library/none", at) < 0.3) & (relations == NO_BASE)
        return _LIBRARIES.take(pa.array(codes, mask=silent & ~self.population.is_star(at)))

    def languages(self, at: Integers) -> tuple[pa.Array, pa.Array]:
        """Return up to two languages of each model, null where none is declared."""
        draws = self.population.draws
        first = draws.choice("language", at, (60, 12, 5, 4, 4, 4, 4, 3, 2, 2))
        kind = draws.uniform("language/none", at)
        second = (first + 1 + draws.below("language/2", at, 9)) % 10
        one = LANGUAGES.take(pa.array(first, mask=kind > 0.3))
        return one, LANGUAGES.take(pa.array(second, mask=kind > 0.06))

    def is_gguf(self, at: Integers) -> Mask:
        """Return which models are quantised copies in one file."""
        copies = self.population.relations(at) == QUANTIZED
        found: Mask = copies & (self.population.draws.uniform("gguf", at) < 0.7)
        return found

    def parameters(self, at: Integers) -> pa.Array:
        """Return the number of parameters in safetensors, null where there are none."""
        return pa.array(self.sizes(at), mask=~self.has_weights(at))

    def has_weights(self, at: Integers) -> Mask:
        """Return which models have weights in safetensors."""
        population, draws = self.population, self.population.draws
        relations = population.relations(at)
        share = np.where(population.is_star(at), 0.97, np.where(relations == ADAPTER, 0.2, 0.208))
        found: Mask = (draws.uniform("safetensors", at) < share) & ~self.is_gguf(at)
        return found

    def number_types(self, at: Integers) -> pa.Array:
        """Return the number types of stored weights, that of most parameters first."""
        return words_of(self.stored(at), self.has_weights(at))

    def precisions(self, at: Integers) -> pa.Array:
        """Return the number formats that tags and stored types tell, null where neither does."""
        return precisions_of(self.stored(at), self.has_weights(at))

    def precision_tags(self, at: Integers) -> pa.Array:
        """Return the tags that name a number format, null where there is none."""
        return tags_of(self.stored(at), self.has_weights(at))

    def stored(self, at: Integers) -> Integers:
        """Return how models store their weights if they have any, as places in KINDS."""
        quantised = self.population.relations(at) == QUANTIZED
        return draw_kinds(self.population.draws, at, quantised)

    def sizes(self, at: Integers) -> Integers:
        """Return how many parameters each model has."""
        classes = np.array([size * 1e9 for size in SIZES])[self.population.sizes(at)]
        spread = 1 + 0.1 * (self.population.draws.uniform("size", at) - 0.5)
        small = np.where(self.population.relations(at) == ADAPTER, 0.01, 1.0)
        return (classes * spread * small).astype(np.int64)

    def gated(self, at: Integers) -> pa.Array:
        """Return how access is gated: `false`, `auto` or `manual`."""
        codes = self.population.draws.choice("gated", at, (96, 2.5, 1.5))
        return pa.array(["false", "auto", "manual"]).take(pa.array(codes))

    def modified(self, at: Integers, now: int) -> Integers:
        """Return the last modification before `now`; one of fifty is worked on every month."""
        draws, created = self.population.draws, self.population.created(at)
        once = created + (draws.uniform("modified", at) ** 3 * _MOST_MODIFIED_S).astype(np.int64)
        months = np.maximum(now - 1 - created, 0) // (30 * DAY) * (30 * DAY)
        busy = draws.uniform("modified/again", at) < 0.02
        return np.minimum(np.where(busy, created + months, once), max(now - 1, 0))

    def revisions(self, at: Integers, now: int) -> pa.Array:
        """Return the commit at `now`: 40 hexadecimal digits that change with a modification."""
        mark = at ^ (self.modified(at, now) << 20)
        pieces = (("sha/1", 16), ("sha/2", 16), ("sha/3", 8))
        return joined(*(hexadecimal(self.population.noise(s, mark), n) for s, n in pieces))

    def files(self, at: Integers) -> Integers:
        """Return the list of files of each model, as places in FILES."""
        plain = self.population.draws.choice("files", at, (30, 40, 0, 0, 30))
        relations = self.population.relations(at)
        return np.where(relations == ADAPTER, 2, np.where(self.is_gguf(at), 3, plain))

    def configs(self, at: Integers) -> pa.Array:
        """Return the configuration as JSON text; some have keys that are equal up to case."""
        codes = self.population.draws.choice("config", at, (55, 44, 1))
        return CONFIGS.take(pa.array(codes))

    def _star_of(self, at: Integers) -> Integers:
        """Return a star of the group that models come from (themselves for stars)."""
        derived = self.population.relations(at) != NO_BASE
        root = np.where(derived, self.population.parents(at), at)
        return root // STAR_EVERY * STAR_EVERY
