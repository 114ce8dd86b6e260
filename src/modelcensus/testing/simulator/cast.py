"""Who plays in a world: invented developers, their accounts and their families of models."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from modelcensus.testing.simulator.draws import Draws
from modelcensus.testing.simulator.words import invented_words

_COUNTRIES = (
    *("CN", "US", "US", "CN", "FR", "US", "CN", "KR", "GB", "DE", "JP", "CA", "AE", "IL"),
    *("CH", "IN", "international", "unknown", "unresolvable", "SG", "BR", "FI"),
)
_TYPES = ("industry", "industry", "academia", "industry", "non-profit", "industry", "government")
REDISTRIBUTORS = 3
LICENCES = ("apache-2.0", "mit", "other", "cc-by-nc-4.0", "bsd-3-clause", "cc-by-4.0")
SIZES = (0.5, 1.5, 3.0, 7.0, 14.0, 32.0, 70.0)
"""Sizes of models in billions of parameters."""


@dataclass(frozen=True)
class Developer:
    """An invented developer; `licence` is what most of its models declare."""

    slug: str
    name: str
    country: str
    developer_type: str
    licence: str


@dataclass(frozen=True)
class Account:
    """A developer's namespace.

    Attributes:
        owner: place of the developer in the cast, at first.
        new_name: what it is called from the label number `renamed_at` on.
        new_owner: who has it from the day `transferred_on` on.
    """

    name: str
    owner: int
    role: str
    new_name: str = ""
    renamed_at: int | None = None
    new_owner: int | None = None
    transferred_on: date | None = None

    def owner_at(self, instant: int) -> int:
        """Return the owner at an instant, in seconds since 1970."""
        if self.new_owner is None or self.transferred_on is None:
            return self.owner
        day = self.transferred_on
        since = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
        return self.new_owner if instant >= since else self.owner


@dataclass(frozen=True)
class Family:
    """A line of models; `pattern` is what their names match, inside the owner's accounts."""

    slug: str
    name: str
    owner: int
    pattern: str


@dataclass(frozen=True)
class Cast:
    """Everybody; redistributors stand last among the developers.

    Attributes:
        families_of: developer -> places of its families; empty for redistributors.
        accounts_of: developer -> places of its accounts.
        weights: how much of the developers' models each makes; redistributors none.
    """

    developers: tuple[Developer, ...]
    accounts: tuple[Account, ...]
    families: tuple[Family, ...]
    families_of: tuple[tuple[int, ...], ...]
    accounts_of: tuple[tuple[int, ...], ...]
    weights: tuple[float, ...]


def draw_cast(draws: Draws, models: int) -> Cast:
    """Return a cast for a world of so many models: 10 to 60 developers."""
    words = invented_words(draws, "cast")
    generator = draws.generator("cast/numbers")
    makers = int(np.clip(models // 500, 10, 60))
    developers, accounts, families = [], [], []
    for place in range(makers + REDISTRIBUTORS):
        is_maker = place < makers
        word = next(words)
        developers.append(_developer(place, word, is_maker=is_maker))
        names = [word.title() + ("AI", "-Lab", "")[place % 3]]
        names += [f"{word}-team"] if is_maker and place % 3 == 1 else []
        roles = ("official", "team") if is_maker else ("redistributor",)
        accounts += [Account(n, place, r) for n, r in zip(names, roles, strict=False)]
        for _ in range(int(generator.integers(1, 4)) if is_maker else 0):
            line = next(words)
            families.append(Family(line, line.title(), place, f"^{line}-"))
    everybody = range(len(developers))
    return Cast(
        tuple(developers),
        tuple(accounts),
        tuple(families),
        tuple(tuple(n for n, f in enumerate(families) if f.owner == d) for d in everybody),
        tuple(tuple(n for n, a in enumerate(accounts) if a.owner == d) for d in everybody),
        tuple(1.0 / (place + 2) if place < makers else 0.0 for place in everybody),
    )


def _developer(place: int, word: str, *, is_maker: bool) -> Developer:
    if not is_maker:
        name = f"{word.title()} Mirror (simulated)"
        return Developer(f"sim-{word}", name, "unknown", "redistributor", "")
    kind = _TYPES[place % len(_TYPES)]
    country = _COUNTRIES[place % len(_COUNTRIES)]
    licence = LICENCES[place % len(LICENCES)]
    return Developer(f"sim-{word}", f"{word.title()} (simulated)", country, kind, licence)


def with_changes(
    cast: Cast, draws: Draws, labels: tuple[date, ...], renames: int, transfers: int
) -> Cast:
    """Return the cast with some accounts renamed and others passed on between two labels."""
    official = [n for n, a in enumerate(cast.accounts) if a.role == "official"]
    middle = len(labels) // 2
    if len(labels) < 2:
        return cast
    words = invented_words(draws, "cast/renamed")
    taken = {a.name.lower() for a in cast.accounts}
    accounts = list(cast.accounts)
    for place in official[1 : 1 + renames]:
        name = next(w for w in words if not any(w in t for t in taken)).title() + "-org"
        accounts[place] = replace(accounts[place], new_name=name, renamed_at=middle)
    for place in official[1 + renames : 1 + renames + transfers]:
        day = labels[middle - 1] + timedelta(days=1)
        accounts[place] = replace(
            accounts[place], new_owner=accounts[official[0]].owner, transferred_on=day
        )
    return replace(cast, accounts=tuple(accounts))
