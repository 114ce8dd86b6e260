"""The security section of a passport: outcomes of tests, facts about files, what is untested."""

from __future__ import annotations

from collections.abc import Iterator

from modelcensus.measures.weights import PICKLE, format_word
from modelcensus.passports.passport import Gap, Passport, SecurityTest
from modelcensus.releases.lookup import Row
from modelcensus.vet.intervals import one_rate

NOT_TESTED = "Its security was not tested here."
TESTED = (
    "Beyond the tests named above its security was not tested; published attacks over fixed cases "
    "say nothing of attackers who adapt."
)
SCAN_UNKNOWN = "No source here tells what the hub's own scan of its files found."


def read_tests(card: Row) -> tuple[SecurityTest, ...]:
    """Return what the outcomes of each test of a model came to, from its card."""
    return tuple(_test(row) for row in card["tests"])


def _test(row: Row) -> SecurityTest:
    rate = one_rate(row["hits"], row["cases"])
    attack = f"{row['attack']}:{row['setting']}" if row["setting"] else row["attack"]
    kept = ("source", "engine", "benchmark_version", "revision", "defense", "planned", "cases")
    kept_too = ("hits", "tasks", "tasks_done", "is_simulated")
    return SecurityTest(
        attack=attack or "unstated",
        low=rate.low,
        high=rate.high,
        **{name: row[name] for name in (*kept, *kept_too)},
    )


def weights_of(passport: Passport) -> str | None:
    """Return how the weights can be read: the class of their formats; None when not told."""
    return format_word(passport.fact("formats"))


def security_gaps(passport: Passport) -> Iterator[Gap]:
    """Yield what was not tested, and what the files give to think about."""
    yield Gap("security", "not checked", TESTED if passport.tests else NOT_TESTED)
    yield Gap("security", "not known", SCAN_UNKNOWN)
    if weights_of(passport) == PICKLE:
        text = "Its weights are told of in pickle only: whoever loads them may run code in them."
        yield Gap("security", "attention", text)
    if passport.fact("runs_own_code"):
        text = "It asks whoever loads it to run its own code (tag custom_code)."
        yield Gap("security", "attention", text)
    elif passport.facts["runs_own_code"] is None:
        text = "No source tells whether it asks to run its own code."
        yield Gap("security", "not known", text)
