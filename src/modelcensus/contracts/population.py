"""Populations: which models a definition counts, as one condition or several that all hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from modelcensus.contracts.fact_words import LICENCE_CLASSES, MODALITIES, SIZE_SPELLINGS
from modelcensus.contracts.vocabulary import POPULATIONS, UNKNOWN, get_term
from modelcensus.errors import ContractError

ALL = "all"
AND, OR = "+", ","
_ORDER = tuple(name.partition(":")[0] for name in POPULATIONS)
_WORDS: dict[str, dict[str, str]] = {
    "modality": {word: word for word in (*MODALITIES, UNKNOWN)},
    "size": {**SIZE_SPELLINGS, UNKNOWN: UNKNOWN},
    "licence": {word: word for word in (*LICENCE_CLASSES, UNKNOWN)},
}
"""Condition -> how each of its words may be written -> the word, in order."""

_PHRASES: dict[str, Callable[[str], str]] = {
    "list": lambda value: f"the models on the list {value!r}",
    "young": lambda value: f"models created within {value} days",
    "modality": lambda value: f"models of the modality {value}",
    "size": lambda value: f"models of {value} parameters",
    "licence": lambda value: f"models of the licence class {value}",
}


@dataclass(frozen=True)
class Condition:
    """One condition on a model.

    Attributes:
        head: its kind: language, list, young, modality ...
        values: what must hold, any of them; empty for conditions that are one word.
    """

    head: str
    values: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return it as a definition writes it."""
        return f"{self.head}:{OR.join(self.values)}" if self.values else self.head

    @property
    def phrase(self) -> str:
        """Return how a sentence names the models that meet it."""
        if not self.values:
            return POPULATIONS[self.head].phrase
        return _PHRASES[self.head](" or ".join(self.values))


@dataclass(frozen=True)
class Population:
    """The models that meet every condition; without conditions all models of the frame."""

    conditions: tuple[Condition, ...]

    @classmethod
    def parse(cls, text: str) -> Population:
        """Read a population; one population has one text, in whatever order it was written.

        Raises:
            ContractError: a condition is no word of the vocabulary, lacks its value, or is given
                twice where a model has one value only.
        """
        found = {_read(part) for part in text.split(AND)}
        kept = sorted((c for c in found if c.head != ALL), key=_place)
        for before, after in pairwise(kept):
            if before.head == after.head != "list":
                raise ContractError(
                    f"{before.text!r} and {after.text!r} are two answers to one question",
                    where=f"population {text!r}",
                    next_step="give one of them"
                    if before.head not in _WORDS
                    else f"for models of either write {before.text},{after.text.split(':')[1]}",
                )
        return cls(tuple(kept))

    @property
    def text(self) -> str:
        """Return the one way to write it."""
        return AND.join(condition.text for condition in self.conditions) or ALL

    @property
    def phrase(self) -> str:
        """Return how a sentence names it."""
        phrases = [condition.phrase for condition in self.conditions]
        return " that are also ".join(phrases) or POPULATIONS[ALL].phrase


def _place(condition: Condition) -> tuple[int, str]:
    return _ORDER.index(condition.head), condition.text


def _read(part: str) -> Condition:
    get_term("population", POPULATIONS, part)
    head, colon, value = part.partition(":")
    if head in _WORDS:
        return Condition(head, _words(part, head, value))
    if head == "young":
        check_number(part, 5)
    elif colon and not value:
        raise ContractError(f"{part!r} lacks its value", next_step=f"write {head}:NAME")
    return Condition(head, (value,) if colon else ())


def _words(part: str, head: str, value: str) -> tuple[str, ...]:
    spellings = _WORDS[head]
    wrong = [word for word in value.split(OR) if word not in spellings]
    if wrong:
        raise ContractError(
            f"{wrong[0]!r} is no {head} of a population",
            where=f"population {part!r}",
            next_step=f"one or several, with commas, of: {', '.join(spellings)}",
        )
    chosen = {spellings[word] for word in value.split(OR)}
    return tuple(word for word in dict.fromkeys(spellings.values()) if word in chosen)


def check_number(text: str, digits: int) -> None:
    """Refuse a word that does not end in a positive whole number, written in one way.

    Raises:
        ContractError: says how to write it.
    """
    head, colon, value = text.partition(":")
    # no sign, no leading zero: one definition has one id
    is_number = value.isascii() and value.isdigit() and not value.startswith("0")
    if not colon or not is_number or len(value) > digits:
        raise ContractError(
            f"{text!r} lacks a positive whole number of at most {digits} digits",
            next_step=f"write {head}:N, e.g. {head}:10",
        )
