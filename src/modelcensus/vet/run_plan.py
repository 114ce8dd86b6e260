"""Which cases a live run has, how they are divided among shards, and what they may cost."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from modelcensus.errors import SettingsError
from modelcensus.vet.run_config import Prices, RunConfig


@dataclass(frozen=True)
class Shard:
    """A part of a run: the `number`-th of `of`, from 1."""

    number: int = 1
    of: int = 1

    @property
    def name(self) -> str:
        """Return its name in folders."""
        return f"{self.number}-of-{self.of}"


@dataclass(frozen=True)
class Case:
    """A case of the benchmark.

    Attributes:
        name: its id in the engine.
        suite: its suite.
        solution_requests: requests that the benchmark's own solution of the user's task takes,
            one call at a time, with the answer at the end.
        is_attacked: whether something is injected, or the user's task is tried alone.
    """

    name: str
    suite: str
    solution_requests: int
    is_attacked: bool = True


@dataclass(frozen=True)
class Measured:
    """What finished cases took so far.

    Attributes:
        cases: finished cases.
        requests: answers of theirs.
        input_tokens, output_tokens: tokens of these; None where the endpoint does not say.
    """

    cases: int = 0
    requests: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True)
class Estimate:
    """What the cases of a plan may take.

    Attributes:
        solution_requests: requests if every task is solved as the benchmark solves it.
        most_requests: requests if every case takes all the turns that it may.
        requests: what measured cases let expect; None before any is finished.
        input_tokens, output_tokens: the same of tokens.
        cost: the same in money; None where a price or a measurement is missing.
    """

    solution_requests: int
    most_requests: int
    requests: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None


@dataclass(frozen=True)
class Plan:
    """What a run, or a shard of it, is going to do.

    Attributes:
        config: the run.
        shard: which part.
        cases: its cases in the order in which they are taken up.
        whole: cases of all shards together.
        engine: names and versions of what runs them.
        done: cases that are finished already.
        asked: requests that were made already.
        estimate: what all its cases take, finished ones included.
    """

    config: RunConfig
    shard: Shard
    cases: Sequence[Case]
    whole: int
    engine: Mapping[str, str]
    done: int
    asked: int
    estimate: Estimate


def read_shard(text: str) -> Shard:
    """Return the shard that `i/n` names; the whole run for an empty text.

    Raises:
        SettingsError: it names none.
    """
    if not text:
        return Shard()
    found = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", text.strip())
    number, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= number <= of:
        raise SettingsError(
            f"{text!r} is no shard",
            where="--shard",
            next_step="write i/n with i from 1 to n, e.g. 2/4",
        )
    return Shard(number, of)


def in_order(cases: Iterable[Case]) -> list[Case]:
    """Return cases in the order in which they are taken up.

    It is that of a hash of their names: the first few are spread over suites, tasks and goals,
    and the order of one does not depend on which others there are.
    """
    return sorted(cases, key=lambda case: hashlib.sha256(case.name.encode()).digest())


def cases_of(cases: Iterable[Case], shard: Shard, *, most: int = 0) -> list[Case]:
    """Return the cases of a shard: of the first `most` (0: of all) every n-th one."""
    ordered = in_order(cases)
    return ordered[: most or None][shard.number - 1 :: shard.of]


def estimate(
    cases: Sequence[Case], epochs: int, max_turns: int, measured: Measured, prices: Prices
) -> Estimate:
    """Return what cases take, as far as finished ones let expect it."""
    runs = len(cases) * epochs
    told = Estimate(
        solution_requests=epochs * sum(case.solution_requests for case in cases),
        most_requests=runs * max_turns,
    )
    if not measured.cases:
        return told
    read, written = (
        None if tokens is None else round(tokens / measured.cases * runs)
        for tokens in (measured.input_tokens, measured.output_tokens)
    )
    return Estimate(
        told.solution_requests,
        told.most_requests,
        requests=round(measured.requests / measured.cases * runs),
        input_tokens=read,
        output_tokens=written,
        cost=_cost(read, written, prices),
    )


def _cost(read: int | None, written: int | None, prices: Prices) -> float | None:
    if None in (read, written, prices.input, prices.output):
        return None
    return ((read or 0) * (prices.input or 0) + (written or 0) * (prices.output or 0)) / 1e6
