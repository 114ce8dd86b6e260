"""How far our coding and another's agree: a share, Cohen's kappa, and every difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Score:
    """Agreement over n subjects.

    Attributes:
        kappa: Cohen's kappa, in [-1, 1]; None where it is not defined (no subject, or both
            sides put everything into one and the same category).
    """

    n: int
    agreeing: int
    kappa: float | None

    @property
    def share(self) -> float | None:
        """Return the agreeing share in [0, 1]; None without a subject."""
        return self.agreeing / self.n if self.n else None

    @property
    def percent(self) -> float | None:
        """Return the agreeing share in percent; None without a subject."""
        return 100 * self.agreeing / self.n if self.n else None


@dataclass(frozen=True)
class Difference:
    """One subject that the two sides code differently.

    Attributes:
        subject: what is coded: a namespace, an organisation, a pair of namespaces.
        row_id: our row that says so; empty when not given.
        theirs_said: the other side's own word, before it was translated.
    """

    subject: str
    ours: str
    theirs: str
    row_id: str
    theirs_said: str


@dataclass(frozen=True)
class Agreement:
    """Agreement of two codings of the same subjects.

    Attributes:
        scored: over all shared subjects; `unknown` is a category like the others.
        known: over the subjects that neither side calls unknown.
        counts: (our category, their category, subjects), sorted.
        differences: the subjects on which the two sides differ, sorted by subject.
        only_ours: number of subjects that the other side does not code.
        only_theirs: subjects that we do not code, sorted.
    """

    scored: Score
    known: Score
    counts: tuple[tuple[str, str, int], ...]
    differences: tuple[Difference, ...]
    only_ours: int
    only_theirs: tuple[str, ...]


def measure_agreement(
    ours: Mapping[str, str],
    theirs: Mapping[str, str],
    words: Mapping[str, str] | None = None,
    row_ids: Mapping[str, str] | None = None,
) -> Agreement:
    """Compare two codings, subject -> category.

    Args:
        ours: our categories.
        theirs: the other side's, in its own words.
        words: their word -> our category; a word that is not in it stands for itself.
        row_ids: subject -> our row.
    """
    words, row_ids = words or {}, row_ids or {}
    shared = sorted(ours.keys() & theirs.keys())
    said = {s: (ours[s], words.get(theirs[s], theirs[s])) for s in shared}
    counts = Counter(said.values())
    return Agreement(
        scored=score(counts),
        known=score({k: n for k, n in counts.items() if UNKNOWN not in k}),
        counts=tuple((a, b, n) for (a, b), n in sorted(counts.items())),
        differences=tuple(
            Difference(s, a, b, row_ids.get(s, ""), theirs[s])
            for s, (a, b) in said.items()
            if a != b
        ),
        only_ours=len(ours.keys() - theirs.keys()),
        only_theirs=tuple(sorted(theirs.keys() - ours.keys())),
    )


def score(counts: Mapping[tuple[str, str], int]) -> Score:
    """Return share and kappa from a table of (our category, their category) -> subjects.

    kappa = (p_o - p_e) / (1 - p_e), where p_o is the agreeing share and p_e the share that two
    independent coders with the same totals would reach (Cohen 1960).
    """
    n = sum(counts.values())
    agreeing = sum(m for (a, b), m in counts.items() if a == b)
    rows = _totals((a, m) for (a, _), m in counts.items())
    columns = _totals((b, m) for (_, b), m in counts.items())
    # whole numbers until the last step: an expected share of exactly 1 is then seen as 1
    chance = sum(rows[c] * columns[c] for c in rows.keys() & columns.keys())
    if chance == n * n:
        return Score(n, agreeing, None)
    return Score(n, agreeing, (agreeing * n - chance) / (n * n - chance))


def only(subjects: Collection[str], coding: Mapping[str, str]) -> dict[str, str]:
    """Return the part of a coding that is about some subjects."""
    return {s: c for s, c in coding.items() if s in subjects}


def _totals(pairs: Iterable[tuple[str, int]]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for category, count in pairs:
        totals[category] += count
    return totals
