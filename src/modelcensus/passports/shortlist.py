"""Models that filters leave, or that a list names, each held against a reader's own rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from modelcensus.errors import SettingsError
from modelcensus.passports.passport import Passport
from modelcensus.passports.policy import ANSWERS, NOTICE, Judgement, Policy, judge
from modelcensus.releases.directory import Directory
from modelcensus.settings import Settings

CANDIDATES = 50
"""Models that are looked at unless more are asked for: the largest of their frame."""


@dataclass(frozen=True)
class Shortlist:
    """Candidates with what their passports say of a policy.

    Attributes:
        release: the release they are read from.
        frame: the frame that the candidates are taken from; empty where a list names them.
        filters: facet -> value that candidates have.
        total: models of the frame that the filters leave; only the largest are looked at.
        judgements: those that meet every rule first, then by falling count.
    """

    release: str
    frame: str
    filters: Mapping[str, str]
    policy: Policy
    total: int
    judgements: tuple[Judgement, ...]
    notice: str = NOTICE

    @property
    def counts(self) -> dict[str, int]:
        """Return how many of those looked at meet, fail, or are not known to do either."""
        found = Counter(one.answer for one in self.judgements)
        return {answer: found[answer] for answer in reversed(ANSWERS)}


def shortlist(
    directory: Directory,
    passport: Callable[[str, str], Passport],
    policy: Policy,
    *,
    frame: str,
    filters: Mapping[str, str],
    most: int = CANDIDATES,
) -> Shortlist:
    """Hold the largest models that filters leave against a policy.

    Args:
        directory: of the release.
        passport: reads a passport by model id and hub.
        policy: the reader's rules.
        frame: frame of the candidates.
        filters: facet -> value; see `Directory.listing`.
        most: how many models are looked at.

    Raises:
        SettingsError: there is no such facet.
        UnknownName: there is no such frame.
    """
    hub = directory.frame(frame)["hub"]
    found = directory.listing(frame, filters, limit=most)
    passports = (passport(row["model_id"], hub) for row in found.rows)
    return Shortlist(
        directory.release, frame, filters, policy, found.total, judged(passports, policy)
    )


def check_most(most: int, settings: Settings) -> None:
    """Refuse more passports than one answer may take.

    Raises:
        SettingsError: says how many are allowed.
    """
    if not 1 <= most <= settings.listed_models:
        raise SettingsError(
            f"{most:,} models cannot be looked at",
            next_step=f"from 1 to {int(settings.listed_models):,} (CENSUS_LISTED_MODELS)",
        )


def judged(passports: Iterable[Passport], policy: Policy) -> tuple[Judgement, ...]:
    """Return what passports say of a policy: those that meet it first, else in their order."""
    found = [judge(passport, policy) for passport in passports]
    return tuple(sorted(found, key=lambda one: -ANSWERS.index(one.answer)))
