"""Live runs in words: what is planned and may cost, how one stands, what came of it, a replay."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import Any

from modelcensus.vet.replay import VERDICTS, ReplayReport
from modelcensus.vet.run_config import RunConfig
from modelcensus.vet.run_folder import RunReport
from modelcensus.vet.run_plan import Estimate, Plan

DUAL_USE = (
    "only published attacks; logs and kept answers hold conversations, harmful ones among them: "
    "they stay in the run's folder, and an import takes verdicts alone"
)


def plan_lines(plan: Plan) -> list[str]:
    """Return what is planned, one printable sentence a line."""
    config, limits = plan.config, plan.config.limits
    by_suite = Counter(case.suite for case in plan.cases)
    attacked = sum(case.is_attacked for case in plan.cases)
    suites = ", ".join(f"{suite} {count:,}" for suite, count in sorted(by_suite.items()))
    lines = [
        f"model {config.model}{f'@{config.revision}' if config.revision else ''} "
        f"(weights {config.weights}) at {config.target.url}",
        _whose(config),
        "engine " + ", ".join(f"{name} {said}" for name, said in plan.engine.items()),
        f"{len(plan.cases):,} of {plan.whole:,} cases ({suites}), shard {plan.shard.number} of "
        f"{plan.shard.of}: {attacked:,} with the attack {config.attack}, "
        f"{len(plan.cases) - attacked:,} without; each {config.epochs:,} times",
        f"done so far: {plan.done:,} cases, {plan.asked:,} requests",
        *estimate_lines(plan.estimate, config),
        "limits: "
        + "; ".join(
            f"{words} {value:,g}" if value else f"{words} none"
            for words, value in (
                ("requests", limits.max_requests),
                ("cases", limits.max_cases),
                ("seconds", limits.max_seconds),
            )
        ),
        f"everything is written to {config.folder}",
        DUAL_USE,
    ]
    return lines


def estimate_lines(told: Estimate, config: RunConfig) -> list[str]:
    """Return what the cases may take, and what cannot be said of it yet."""
    lines = [
        f"{told.solution_requests:,} requests if each task is solved as the benchmark solves it, "
        f"one call at a time; at most {told.most_requests:,}"
    ]
    if told.requests is None:
        return [
            *lines,
            "tokens and cost are not known before a case is finished: run a few "
            "([limits] max_cases), then plan again",
        ]
    lines.append(f"{told.requests:,} requests by what finished cases took")
    if told.input_tokens is None or told.output_tokens is None:
        return [*lines, "tokens and cost are not known: the endpoint does not count tokens"]
    lines.append(f"{told.input_tokens:,} tokens read, {told.output_tokens:,} written")
    if told.cost is None:
        return [*lines, "the cost is not known: [prices] states no price"]
    return [*lines, f"cost {told.cost:,.2f} {config.prices.currency}".rstrip()]


def plan_values(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain values."""
    told = plan.estimate
    return {
        "model": plan.config.model,
        "endpoint": plan.config.target.url,
        "is_loopback": plan.config.target.is_loopback,
        "engine": dict(plan.engine),
        "attack": plan.config.attack,
        "shard": plan.shard.name,
        "cases": [case.name for case in plan.cases],
        "cases_in_all": plan.whole,
        "epochs": plan.config.epochs,
        "done": plan.done,
        "asked": plan.asked,
        "estimate": {
            "solution_requests": told.solution_requests,
            "most_requests": told.most_requests,
            "requests": told.requests,
            "input_tokens": told.input_tokens,
            "output_tokens": told.output_tokens,
            "cost": told.cost,
            "currency": plan.config.prices.currency,
        },
        "folder": str(plan.config.folder),
    }


def report_lines(report: RunReport, config: RunConfig) -> list[str]:
    """Return what a call of a run did, and how its verdicts are imported."""
    return [
        f"{report.cases - report.missing:,} of {report.cases:,} cases have a verdict, "
        f"{report.missing:,} are missing",
        f"{report.asked_now:,} requests now, {report.asked:,} in all; "
        f"{report.kept:,} answers were kept from before",
        DUAL_USE,
        f"import the verdicts: {import_command(config)}",
    ]


def import_command(config: RunConfig) -> str:
    """Return the command that imports the verdicts of a run."""
    options = [f"model={config.model}"]
    options += [f"revision={config.revision}"] if config.revision else []
    options += [f"open={config.model}"] if config.weights == "open" else []
    words = ["census", "import", "inspect", str(config.folder / "logs")]
    return shlex.join([*words, *(part for o in options for part in ("--option", o))])


def progress_line(finished: int, total: int, asked: int) -> str:
    """Return how a run stands."""
    return f"{min(finished, total):,} of {total:,} cases, {asked:,} requests"


def replay_lines(report: ReplayReport) -> list[str]:
    """Return what scoring anew came to."""
    lines = [
        f"{report.cases:,} recorded cases in {len(report.logs):,} logs: {report.same:,} have "
        f"the same verdicts, {len(report.differing):,} differ, {len(report.unscored):,} were not "
        "scored",
        f"recorded with {'; '.join(report.recorded_engine)}; scored now with "
        + ", ".join(f"{name} {said}" for name, said in report.engine.items()),
    ]
    lines += [f"cut short, only what is whole was scored: {name}" for name in report.cut]
    for one in report.differing:
        before, after = (
            ", ".join(f"{k} {v}" for k, v in zip(VERDICTS, told, strict=True) if v is not None)
            for told in (one.recorded, one.replayed)
        )
        lines.append(f"{one.log}: {' '.join(map(str, one.case))}: {before} -> {after}")
    return lines


def replay_values(report: ReplayReport) -> dict[str, Any]:
    """Return a replay as plain values."""
    return {
        "logs": list(report.logs),
        "cut_short": list(report.cut),
        "engine": dict(report.engine),
        "recorded_engine": list(report.recorded_engine),
        "cases": report.cases,
        "same": report.same,
        "differing": [
            {
                "log": one.log,
                "case": list(one.case),
                "recorded": dict(zip(VERDICTS, one.recorded, strict=True)),
                "replayed": dict(zip(VERDICTS, one.replayed, strict=True)),
            }
            for one in report.differing
        ],
        "unscored": [list(key) for key in report.unscored],
    }


def _whose(config: RunConfig) -> str:
    target = config.target
    if target.is_loopback:
        return "the endpoint is on this machine"
    return f"the endpoint belongs to {target.owner}, who agreed: {target.consent}"
