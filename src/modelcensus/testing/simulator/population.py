"""The models of a world by number, in order of creation: when, by whom, how named, how popular.

Every 32nd model is a *star*: one of three models (base, instruct, chat) of a developer's family.
All others belong to individuals, or to redistributors where they are quantised copies.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.testing.simulator.cast import REDISTRIBUTORS, SIZES, Cast
from modelcensus.testing.simulator.draws import Bits, Draws, Floats, Integers
from modelcensus.testing.simulator.words import digits, hexadecimal, joined, word_array

Mask = npt.NDArray[np.bool_]

DAY = 86_400
STAR_EVERY = 32
GROUP = 3 * STAR_EVERY
FIRST_DAY = int(datetime(2022, 3, 2, 23, 29, 4, tzinfo=UTC).timestamp())
"""What the Hub gives as the creation of everything older."""

OLD_SHARE = 0.01
GROWTH = 3.0
RELATIONS = ("", "adapter", "finetune", "quantized", "merge")
NO_BASE, ADAPTER, FINETUNE, QUANTIZED, MERGE = range(5)
_DERIVED = 0.266
_RELATION_WEIGHTS = (0.0, 258.0, 190.0, 118.0, 14.2)
_QUANTISERS = 0.35
_NAMED_FOR = ("", "-lora", "-ft", "-GGUF", "-merge")
_SUFFIXES = pa.array(["", "-Instruct", "-Chat"])
_SIZE_TEXTS = pa.array([f"{size:g}B" for size in SIZES])
_KEY_MODULUS = 1 << 24


class Population:
    """The models of a world, without what is planted in it. Numbers may exceed `models`.

    Attributes:
        models: how many are created up to the last label.
        instants: the labels' midnights, in seconds since 1970.
    """

    def __init__(self, draws: Draws, models: int, labels: tuple[date, ...], cast: Cast) -> None:
        """Lay out the world's time."""
        self.draws, self.models, self.cast = draws, models, cast
        self.instants = tuple(
            int(datetime(d.year, d.month, d.day, tzinfo=UTC).timestamp()) for d in labels
        )
        self.people = models // 4 + 50
        self._families = _table(cast.families_of)
        self._accounts = _table(cast.accounts_of)
        self._quantisers = np.array(
            [places[0] for places in cast.accounts_of[-REDISTRIBUTORS:]], dtype=np.int64
        )

    def created(self, at: Integers) -> Integers:
        """Return when models were created, in seconds since 1970; later ones never earlier."""
        place = (at + self.draws.uniform("created", at)) / self.models
        grown = np.log1p(np.expm1(GROWTH) * (place - OLD_SHARE) / (1 - OLD_SHARE)) / GROWTH
        seconds = FIRST_DAY + np.floor((self.instants[-1] - FIRST_DAY) * np.maximum(grown, 0))
        older = FIRST_DAY + (place > OLD_SHARE / 2)
        found: Integers = np.where(place < OLD_SHARE, older, np.maximum(seconds, FIRST_DAY + 1))
        return found.astype(np.int64)

    def born_before(self, instant: int) -> int:
        """Return how many models were created before an instant."""
        low, high = 0, 2 * self.models + 1
        while low < high:
            middle = (low + high) // 2
            if int(self.created(np.array([middle]))[0]) < instant:
                low = middle + 1
            else:
                high = middle
        return low

    def keys(self, at: Integers) -> pa.Array:
        """Return the `_id` of models: 24 hexadecimal digits, in order of creation."""
        noise = self.draws.bits("key", at) % np.uint64(_KEY_MODULUS)
        return joined(hexadecimal(self.created(at), 8), hexadecimal(at, 10), hexadecimal(noise, 6))

    def key(self, at: int) -> str:
        """Return the `_id` of one model."""
        return str(self.keys(np.array([at]))[0].as_py())

    def is_star(self, at: Integers) -> Mask:
        """Return which models are a developer's own."""
        found: Mask = at % STAR_EVERY == 0
        return found

    def relations(self, at: Integers) -> Integers:
        """Return how models derive from others, as places in RELATIONS."""
        draws = self.draws
        derived = (draws.uniform("derived", at) < _DERIVED) & (at >= STAR_EVERY)
        kinds = draws.choice("relation", at, _RELATION_WEIGHTS)
        tuned = np.where(at // STAR_EVERY % 3 == 0, NO_BASE, FINETUNE)
        return np.where(self.is_star(at), tuned, np.where(derived, kinds, NO_BASE))

    def parents(self, at: Integers, number: int = 0) -> Integers:
        """Return a base of derived models; `number` counts the bases of a merge.

        Four of five name a star, and rather a popular and a new one. Always below `at`.
        """
        draws = self.draws
        best = np.zeros(len(at), dtype=np.int64)
        best_rank = np.full(len(at), 2.0)
        for turn in range(4):
            back = draws.uniform(f"parent/{number}/{turn}", at)
            star = np.floor((at // STAR_EVERY) * (1 - back * back)).astype(np.int64) * STAR_EVERY
            rank = self.rank(star)
            better = rank < best_rank
            best, best_rank = np.where(better, star, best), np.where(better, rank, best_rank)
        back = draws.uniform(f"parent/{number}/any", at)
        anybody = np.floor(at * (1 - back * back)).astype(np.int64)
        is_any = draws.uniform(f"parent/{number}/kind", at) < 0.2
        found = np.where(is_any, anybody, best)
        return np.where(self.is_star(at), at // GROUP * GROUP, found)

    def merge_sizes(self, at: Integers) -> Integers:
        """Return how many bases merges have: 2 to 4."""
        return 2 + self.draws.choice("merge size", at, (7, 2, 1))

    def rank(self, at: Integers) -> Floats:
        """Return popularity among used models: the share of them that is more popular, (0, 1].

        The first developers of the cast, who make the most models, make the popular ones, too.
        """
        drawn = 1.0 - self.draws.uniform("rank", at)
        lead = 0.1 + 0.08 * self.developers(at)
        return np.where(self.is_star(at), np.minimum(1.0, lead * drawn**1.6), drawn)

    def developers(self, at: Integers) -> Integers:
        """Return which developer's group a star belongs to."""
        return self.draws.choice("group/developer", at // GROUP, self.cast.weights)

    def families(self, at: Integers) -> Integers:
        """Return the family of stars, as places in the cast's families."""
        choice = self.draws.bits("group/family", at // GROUP).astype(np.int64) & 0xFFFF
        return _pick(self._families, self.developers(at), choice)

    def sizes(self, at: Integers) -> Integers:
        """Return the size class of the star that models are or come from, as places in SIZES."""
        root = np.where(self.relations(at) == NO_BASE, at, self.parents(at))
        return self.draws.choice("group/size", root // GROUP, (18, 18, 16, 26, 12, 6, 4))

    def accounts(self, at: Integers) -> Integers:
        """Return the accounts of models: places in the cast's accounts, then individuals."""
        draws, known = self.draws, len(self.cast.accounts)
        second = draws.choice("group/account", at // GROUP, (4, 1))
        of_stars = _pick(self._accounts, self.developers(at), second)
        person = np.floor(self.people * draws.uniform("person", at) ** 2).astype(np.int64)
        mirror = self._quantisers[draws.below("quantiser", at, len(self._quantisers))]
        is_mirrored = (self.relations(at) == QUANTIZED) & (
            draws.uniform("mirrored", at) < _QUANTISERS
        )
        others = np.where(is_mirrored, mirror, known + person)
        return np.where(self.is_star(at), of_stars, others)

    def account_names(self, accounts: Integers, label: int) -> pa.Array:
        """Return what accounts are called at a label."""
        cast_names = pa.array(
            [
                a.new_name if a.renamed_at is not None and label >= a.renamed_at else a.name
                for a in self.cast.accounts
            ]
        )
        known = len(self.cast.accounts)
        person = np.maximum(accounts - known, 0)
        persons = joined(word_array(self.draws, "person/name", person), digits(person))
        cast_part = cast_names.take(pa.array(np.minimum(accounts, known - 1)))
        return pc.if_else(pa.array(accounts < known), cast_part, persons)

    def star_names(self, at: Integers) -> pa.Array:
        """Return the names of stars: family, generation, size and kind."""
        group = at // GROUP
        lines = pa.array([family.name for family in self.cast.families])
        return joined(
            lines.take(pa.array(self.families(at))),
            "-",
            digits(1 + group % 4),
            ".",
            digits(group),
            "-",
            _SIZE_TEXTS.take(
                pa.array(self.draws.choice("group/size", group, (18, 18, 16, 26, 12, 6, 4)))
            ),
            _SUFFIXES.take(pa.array(at // STAR_EVERY % 3)),
        )

    def names(self, at: Integers) -> pa.Array:
        """Return the names of models without their accounts; no two in a world are equal."""
        relations = self.relations(at)
        parents = np.where(relations == NO_BASE, 0, self.parents(at))
        stem = pc.if_else(
            pa.array((relations != NO_BASE) & self.is_star(parents)),
            self.star_names(parents // STAR_EVERY * STAR_EVERY),
            word_array(self.draws, "name", at),
        )
        kind = pa.array(_NAMED_FOR).take(pa.array(relations))
        others = joined(stem, kind, "-", digits(at))
        return pc.if_else(pa.array(self.is_star(at)), self.star_names(at), others)

    def removal_instants(self, at: Integers) -> Integers:
        """Return when models go by themselves; a time that never comes for most."""
        goes = ~self.is_star(at) & (self.draws.uniform("goes", at) < 0.04)
        days = 1 - 200 * np.log(1 - self.draws.uniform("goes/after", at))
        never = np.iinfo(np.int64).max
        return np.where(goes, self.created(at) + (days * DAY).astype(np.int64), never)

    def noise(self, stream: str, at: Integers) -> Bits:
        """Return random bits for what has no meaning, such as revisions."""
        return self.draws.bits(stream, at)


def _table(places: tuple[tuple[int, ...], ...]) -> Integers:
    """Return lists of places as a table: their number first, then they, repeated."""
    width = max(len(p) for p in places)
    rows = [
        [max(1, len(p)), *(p * width)[:width], *([0] * (width - len((p * width)[:width])))]
        for p in places
    ]
    return np.array(rows, dtype=np.int64)


def _pick(table: Integers, row: Integers, choice: Integers) -> Integers:
    chosen = table[row]
    found: Integers = np.take_along_axis(chosen, (1 + choice % chosen[:, 0])[:, None], axis=1)
    return found[:, 0]
