"""Chooses the models on which a plan is carried out; no model is chosen twice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from modelcensus.testing.simulator.counters import Counters
from modelcensus.testing.simulator.draws import Integers
from modelcensus.testing.simulator.plan import Plan
from modelcensus.testing.simulator.planted import (
    FOR_EVER,
    Absence,
    DeclaredBase,
    Deed,
    Planted,
)
from modelcensus.testing.simulator.population import FIRST_DAY, Mask, Population
from modelcensus.testing.simulator.words import invented_words

_SAMPLE = 60_000
_POPULAR = 0.15
_NEVER = np.iinfo(np.int64).max

ILL_FORMED = (
    "./outputs/checkpoint-500",
    r"C:\Models\simulated\base",
    "undefined",
    "None",
    "simulated",
    "/srv/models/simulated base",
    "https://simulated.invalid/some/model",
    "a/b/c",
)


class Chooser:
    """Hands out models that fit, in an order drawn from the seed, each only once."""

    def __init__(self, population: Population, counters: Counters) -> None:
        """Look at a sample of the models that were there before the first label."""
        self.population = population
        self._taken: set[int] = set()
        self._draws = population.draws.generator("planting")
        self.instants = population.instants
        settled = self._sample(0, population.born_before(self.instants[0]))
        active, star = counters.is_active(settled), population.is_star(settled)
        named = population.accounts(settled) >= len(population.cast.accounts)
        self.quiet = self._walk(settled[~star & named])
        self.active = self._walk(settled[active & ~star & named])
        popular = active & named & ~star & (population.rank(settled) < _POPULAR)
        self.popular = self._walk(settled[popular])
        self.stars = self._walk(settled[star])
        old = population.created(settled) <= FIRST_DAY + 1
        self.old_stars = self._walk(settled[star & old])

    def newborn(self, first: int, last: int) -> Iterator[int]:
        """Return models created from label `first` to before label `last`."""
        start, stop = (self.population.born_before(self.instants[n]) for n in (first, last))
        found = self._sample(start, stop)
        person = self.population.accounts(found) >= len(self.population.cast.accounts)
        return self._walk(found[~self.population.is_star(found) & person])

    def number(self, low: int, high: int) -> int:
        """Return a whole number from `low` to before `high`."""
        return int(self._draws.integers(low, high))

    def numbers(self, low: int, high: int, count: int) -> Integers:
        """Return whole numbers from `low` to before `high`."""
        return self._draws.integers(low, high, count)

    def _sample(self, start: int, stop: int) -> Integers:
        size = min(_SAMPLE, stop - start)
        found = start + self._draws.choice(max(1, stop - start), size=max(0, size), replace=False)
        stays: Mask = self.population.removal_instants(found) == _NEVER
        return found[stays & (found > 0)]

    def _walk(self, models: Integers) -> Iterator[int]:
        # half of what is there is never used, so that a small world keeps ordinary models
        for model in models[: max(1, len(models) // 2)].tolist():
            if model not in self._taken:
                self._taken.add(model)
                yield model


def some(models: Iterator[int], count: int) -> list[int]:
    """Return the next models, fewer where there are no more."""
    return [model for _, model in zip(range(count), models, strict=False)]


def plant(population: Population, counters: Counters, plan: Plan) -> Planted:
    """Return a plan carried out on the models of a population."""
    chooser, planted = Chooser(population, counters), Planted()
    _plant_names(chooser, planted, plan)
    _plant_lineage(chooser, planted, plan)
    _plant_frauds(chooser, planted, plan)
    labels = len(population.instants)
    if labels > 1:
        _plant_site(planted, plan, labels)
        _plant_counts(chooser, planted, plan)
        _plant_absences(chooser, planted, plan)
    return planted


def _plant_names(chooser: Chooser, planted: Planted, plan: Plan) -> None:
    population, labels = chooser.population, len(chooser.instants)
    middle = labels // 2
    for number, model in enumerate(some(chooser.old_stars, plan.bare_ids)):
        own = own_id(population, model)
        bare = (0, own.partition("/")[2].lower())
        later = ((middle, own),) if number % 2 and labels > 1 else ()
        _name(planted, model, "bare_id", bare, *later)
    for model in some(chooser.quiet, plan.case_twins):
        for twin in some(chooser.quiet, 1):
            account, _, name = own_id(population, model).partition("/")
            _name(planted, twin, "case_twin", (0, f"{account}/{name.upper()}"))
    for number, model in enumerate(some(chooser.quiet, plan.renames if labels > 1 else 0)):
        account, _, name = own_id(population, model).partition("/")
        new = f"{name}-v2" if number % 2 else name.title()
        _name(planted, model, "rename", (1 + number % (labels - 1), f"{account}/{new}"))


def _plant_lineage(chooser: Chooser, planted: Planted, plan: Plan) -> None:
    quiet, bases = chooser.quiet, planted.bases
    for model in some(quiet, plan.self_references):
        bases[model] = DeclaredBase("self", "finetune", (model,))
    for number, model in enumerate(some(quiet, plan.missing_bases)):
        text = f"never-there-{number}/simulated-{number}b"
        bases[model] = DeclaredBase("missing", "adapter", text=text)
    for number, model in enumerate(some(quiet, plan.ill_formed_bases)):
        text = ILL_FORMED[number % len(ILL_FORMED)]
        bases[model] = DeclaredBase("ill_formed", "finetune", text=text)
    for model in some(quiet, plan.case_variants):
        for base in some(chooser.stars, 1):
            text = own_id(chooser.population, base).upper()
            bases[model] = DeclaredBase("case_variant", "quantized", text=text)
    for _ in range(3 if plan.merge_parents else 0):
        for model in some(quiet, 1):
            parents = tuple(some(quiet, plan.merge_parents))
            bases[model] = DeclaredBase("merge", "merge", parents)
    _plant_lines(chooser, planted, plan)


def _plant_lines(chooser: Chooser, planted: Planted, plan: Plan) -> None:
    for number in range(plan.cycles):
        ring = some(chooser.quiet, 2 + number % 2)
        _line_up(planted, "cycle", [*ring, *ring[:1]])
    for _ in range(plan.early_children):
        _line_up(planted, "early_child", sorted(some(chooser.quiet, 2), reverse=True))
    _line_up(planted, "chain", sorted(some(chooser.quiet, plan.chain_length)))


def _line_up(planted: Planted, case: str, models: list[int]) -> None:
    """Make each model the base of the one after it."""
    for base, model in pairwise(models):
        if base != model:
            planted.bases[model] = DeclaredBase(case, "finetune", (base,))


def _plant_frauds(chooser: Chooser, planted: Planted, plan: Plan) -> None:
    population = chooser.population
    official = [a.name for a in population.cast.accounts if a.role == "official"]
    for number in range(plan.lookalikes):
        account = official[number % len(official)]
        false = account.replace("l", "I", 1) if "l" in account else f"{account}-official"
        models = some(chooser.active, 3)
        for model in models:
            _name(planted, model, "lookalike", (0, f"{false}/{_own_name(population, model)}"))
        _boost(chooser, planted, "lookalike", models, 0, 2_000)
    claims = some(chooser.active, plan.false_claims)
    for model in claims:
        for base in some(chooser.stars, 1):
            planted.bases[model] = DeclaredBase("false_claim", "finetune", (base,))
    _boost(chooser, planted, "false_claim", claims, 0, 5_000)
    labels = len(chooser.instants)
    if labels < 3:
        return
    words = invented_words(population.draws, "farms")
    for _ in range(plan.farms):
        since = labels // 3
        account = f"{next(words)}-farm"
        models = some(chooser.newborn(since - 1, since), plan.farm_models)
        for model in models:
            _name(planted, model, "farming", (0, f"{account}/{_own_name(population, model)}"))
        _boost(chooser, planted, "farming", models, since, plan.farm_daily)


def _plant_site(planted: Planted, plan: Plan, labels: int) -> None:
    """Place what befalls the whole site: at labels of their own, as far as there are any."""
    free = [n for n in range(1, labels) if n % 2] + [n for n in range(1, labels) if n % 2 == 0]
    dips, rest = free[: plan.site_dips], free[plan.site_dips :]
    zeros, rest = rest[: plan.developer_zeros], rest[plan.developer_zeros :]
    usable = [n for n in rest if n - 1 not in {*dips, *zeros}]
    planted.dips = tuple(sorted(dips))
    planted.zeros = {label: (number,) for number, label in enumerate(zeros)}
    planted.freezes = tuple(sorted(usable[: plan.site_freezes]))


def _plant_counts(chooser: Chooser, planted: Planted, plan: Plan) -> None:
    labels = len(chooser.instants)
    busy = {*planted.dips, *planted.freezes, *(n - 1 for n in planted.freezes), *planted.zeros}
    calm = [n for n in range(1, labels) if n not in busy] or [1]
    still = [n for n in range(labels - 2) if not busy & {n, n + 1, n + 2}] or [0]
    for model in some(chooser.active, plan.spikes):
        label = calm[chooser.number(0, len(calm))]
        planted.deeds.append(Deed("spike", np.array([model]), label, label))
    for model in some(chooser.popular, plan.resets):
        label = chooser.number(1, labels)
        planted.deeds.append(Deed("all_time_reset", np.array([model]), label, FOR_EVER))
    for model in some(chooser.popular, plan.frozen if labels > 3 else 0):
        first = still[chooser.number(0, len(still))]
        planted.deeds.append(Deed("frozen", np.array([model]), first, first + 2))


def _plant_absences(chooser: Chooser, planted: Planted, plan: Plan) -> None:
    labels = len(chooser.instants)
    for model in some(chooser.quiet, plan.removals):
        first = chooser.number(1, labels)
        planted.absences.append(Absence("removal", model, first, FOR_EVER))
    for model in some(chooser.quiet, plan.returns if labels > 2 else 0):
        first = chooser.number(1, labels - 1)
        last = chooser.number(first, labels - 1)
        planted.absences.append(Absence("return", model, first, last))
    for number, model in enumerate(some(chooser.quiet, plan.reuploads if labels > 2 else 0)):
        first = 1 + number % (labels - 2)
        for heir in some(chooser.newborn(first, first + 1), 1):
            planted.absences.append(Absence("reupload", model, first, FOR_EVER))
            _name(planted, heir, "reupload", (0, own_id(chooser.population, model)))


def own_id(population: Population, model: int) -> str:
    """Return a model's id at the first label where nothing is planted."""
    at = np.array([model])
    (account,) = population.account_names(population.accounts(at), 0).to_pylist()
    return f"{account}/{_own_name(population, model)}"


def _own_name(population: Population, model: int) -> str:
    return str(population.names(np.array([model]))[0].as_py())


def _name(planted: Planted, model: int, kind: str, *names: tuple[int, str]) -> None:
    planted.names[model] = names
    planted.name_kinds[model] = kind


def _boost(
    chooser: Chooser, planted: Planted, kind: str, models: list[int], first: int, daily: int
) -> None:
    if models:
        amounts = chooser.numbers(daily, 5 * daily, len(models))
        planted.deeds.append(Deed(kind, np.array(sorted(models)), first, FOR_EVER, amounts))
