"""Questions about security tests in addresses: read from a query, and offered as a form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from modelcensus.contracts.vet_contract import (
    COUNTINGS,
    GRIDS,
    RATES,
    VERDICTS,
    YES_NO,
    VetContract,
)
from modelcensus.contracts.vocabulary import Term
from modelcensus.errors import SettingsError
from modelcensus.vet.grids import GRIDS as PUBLISHED_GRIDS
from modelcensus.web.forms import Option
from modelcensus.web.reading import VIEW_NAMES
from modelcensus.web.site import Site

FIELDS = tuple(f.name for f in fields(VetContract) if not f.name.startswith("measure"))
"""Parameters of addresses: those of the definition."""


@dataclass(frozen=True)
class Test:
    """What was tested with the same cases: one engine, version and attack.

    Attributes:
        models: how many models.
        cases: how many different cases.
    """

    engine: str
    benchmark_version: str
    attack: str
    models: int
    cases: int

    @property
    def name(self) -> str:
        """Return it in words."""
        return f"{self.engine} {self.benchmark_version}: {self.attack}"

    @property
    def values(self) -> dict[str, Any]:
        """Return it as parameters."""
        return {
            "engine": self.engine,
            "benchmark_version": self.benchmark_version,
            "attack": self.attack,
        }


def read_vet_question(measure: str, pairs: Iterable[tuple[str, str]]) -> VetContract:
    """Return what the query of an address asks for.

    Raises:
        ContractError: a value means nothing, or a side of a comparison is missing.
        SettingsError: a parameter is not known, or is given twice.
    """
    values: dict[str, Any] = {}
    models: list[str] = []
    for name, given in pairs:
        text = given.strip()
        if name not in (*FIELDS, *VIEW_NAMES):
            raise SettingsError(
                f"a question about security tests takes no {name!r}",
                next_step=f"it takes: {', '.join(FIELDS)}",
            )
        if name == "models":
            models += [text] if text else []
        elif name in values:
            raise SettingsError(f"{name!r} is given twice", next_step="give it once")
        elif text and name in FIELDS:
            values[name] = text
    return VetContract(measure=measure, models=tuple(dict.fromkeys(models)), **values)


def tests_of(site: Site) -> list[Test]:
    """Return what was tested, the tests of most models first.

    Raises:
        ContractError: the release holds no outcomes.
    """
    rows = site.security(VetContract(GRIDS)).records()
    found = [Test(**{f.name: row[f.name] for f in fields(Test)}) for row in rows]
    return sorted(found, key=lambda t: (-t.models, -t.cases, t.name))


def models_of(site: Site, engine: str, attack: str) -> list[str]:
    """Return the models that an engine tried an attack on, whatever the version of the cases."""
    rows = site.security(VetContract(RATES, engine=engine, attack=attack)).records()
    return sorted({row["model"] for row in rows}, key=str.casefold)


@dataclass(frozen=True)
class VetForm:
    """The form of a comparison: models to tick, a reference to choose, and how it is counted."""

    models: tuple[Option, ...]
    references: tuple[Option, ...]
    hidden: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str, tuple[Option, ...]], ...]
    budget: str


def make_vet_form(models: Sequence[str], test: Test, contract: VetContract | None) -> VetForm:
    """Return the form of a comparison, filled in with a question.

    Args:
        models: those of the test.
        test: what they are compared by.
        contract: the question; None where there is none yet, or it could not be read.
    """
    asked = contract or VetContract(RATES)
    # what cannot be shown cannot be asked for in an address either
    models = [model for model in models if model.isprintable()]
    choices: tuple[tuple[str, str, dict[str, Term] | tuple[str, ...]], ...] = (
        ("benchmark_version", "version of the cases", ("", test.benchmark_version)),
        ("grid", "published grid; none: the cases that both ran", ("", *PUBLISHED_GRIDS)),
        ("counting", "how cases that an error ended count", COUNTINGS),
        ("verdict", "what counts", VERDICTS),
        ("allow_version_mix", "a stated version beside an unstated one", YES_NO),
        ("allow_partial", "although few cases are shared", YES_NO),
    )
    return VetForm(
        models=tuple(Option(m, m, m in asked.models) for m in models),
        references=tuple(Option(m, m, m == asked.reference) for m in models),
        hidden=(("engine", test.engine), ("attack", test.attack)),
        fields=tuple((name, words, _options(name, among, asked)) for name, words, among in choices),
        budget=asked.budget,
    )


def _options(
    name: str, among: dict[str, Term] | tuple[str, ...], asked: VetContract
) -> tuple[Option, ...]:
    value = getattr(asked, name)
    if isinstance(among, dict):
        return tuple(Option(w, t.phrase, w == value) for w, t in among.items())
    known = dict.fromkeys((*among, value))
    return tuple(Option(word, word or "any", word == value) for word in known)
