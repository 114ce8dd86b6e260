"""AgentDojo's recorded runs: its folder of traces, or a table of their verdicts in Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from modelcensus.files import sha256_of
from modelcensus.sources.instants import option_day
from modelcensus.sources.outcome_record import (
    ATTACK,
    BY_ERROR,
    CLOSED,
    INJECTION_AS_USER,
    NAME_OPTION,
    NO_ATTACK,
    NO_VERDICT,
    OPEN,
    OPEN_OPTION,
    UNKNOWN_WEIGHTS,
    UNSTATED,
    OutcomeLog,
    error_class,
    listed,
    logs_under,
    sum_of,
    verdict,
    weights_of,
)
from modelcensus.sources.record import Evidence, SourceInfo, State
from modelcensus.sources.source import Option, fill_options
from modelcensus.sources.tables import read_parquet

ENGINE = "agentdojo"

INFO = SourceInfo(
    name="agentdojo",
    title="AgentDojo: recorded runs of agents under prompt injection",
    url="https://github.com/ethz-spylab/agentdojo",
    licence="MIT",
    attribution="E. Debenedetti, J. Zhang, M. Balunovic, L. Beurer-Kellner, M. Fischer, F. Tramer",
)
OPTIONS = (
    Option("as-of", "the day the runs were published, YYYY-MM-DD", default="2026-03-30"),
    NAME_OPTION,
    OPEN_OPTION,
)

_TABLE = ("pipeline", "suite", "user_task", "injection_task", "attack", "utility", "security")
_TABLE_TOO = ("model", "defense", "weights", "error", "benchmark_version")
_WEIGHTS = {"open-weight": OPEN, "open": OPEN, "closed": CLOSED}
_DEFENSES = (
    "repeat_user_prompt",
    "spotlighting_with_delimiting",
    "tool_filter",
    "transformers_pi_detector",
)
"""Defences that AgentDojo appends to a pipeline's name."""


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one evidence list with the table `outcomes`.

    `security` is true where the injected goal was reached, so it becomes `completed`; of the
    attempt AgentDojo says nothing. Without an attack it is true of itself and is not kept. Of
    the texts of a trace nothing is read.

    Args:
        path: a Parquet table of verdicts, or a folder of traces as AgentDojo writes it.
        options: `as-of`, `name`, `open`.

    Raises:
        SourceError: nothing can be read, or two files disagree about one case.
        SchemaChanged: a column of the table is missing.
    """
    values = fill_options(INFO.name, OPTIONS, options)
    as_of = option_day("as-of", values["as-of"])
    log = OutcomeLog({"engine": ENGINE})
    open_models = listed(values["open"])
    if path.is_dir():
        for file in logs_under(path, (".json",)):
            _read_trace(file, str(file.relative_to(path)), open_models, log)
    else:
        _read_table(path, open_models, log)
    yield log.evidence(values["name"] or INFO.name, as_of, INFO)


def _read_table(path: Path, open_models: frozenset[str], log: OutcomeLog) -> None:
    rows = read_parquet(path, _TABLE, _TABLE_TOO).to_pylist()
    known = {"file": path.name, "file_sha256": sha256_of(path)}
    for number, row in enumerate(rows, start=1):
        _keep(row, known, open_models, f"row {number}", log)


def _read_trace(file: Path, name: str, open_models: frozenset[str], log: OutcomeLog) -> None:
    content = file.read_bytes()
    try:
        trace = json.loads(content)
    except (ValueError, RecursionError):
        log.lost.add("not_json", name, "")
        return
    if not isinstance(trace, dict):
        log.lost.add("not_a_trace", name, "")
        return
    row = {
        "pipeline": trace.get("pipeline_name"),
        "suite": trace.get("suite_name"),
        "user_task": trace.get("user_task_id"),
        "injection_task": trace.get("injection_task_id"),
        "attack": trace.get("attack_type"),
        "benchmark_version": trace.get("benchmark_version"),
        "engine_version": trace.get("agentdojo_package_version"),
        **{k: trace.get(k) for k in ("utility", "security", "error")},
    }
    _keep(row, {"file": name, "file_sha256": sum_of(content)}, open_models, name, log)


def _keep(
    row: Mapping[str, Any],
    known: Mapping[str, str],
    open_models: frozenset[str],
    place: str,
    log: OutcomeLog,
) -> None:
    """Keep one run as an outcome, or as a lost row that shows which run it was."""
    try:
        log.add(**_outcome(row, open_models), **known)
    except ValueError as error:
        shown = {k: row.get(k) for k in ("pipeline", "suite", "user_task", "injection_task")}
        log.lost.add(str(error), place, shown)


def _outcome(row: Mapping[str, Any], open_models: frozenset[str]) -> dict[str, Any]:
    for name in ("pipeline", "suite", "user_task"):
        if not isinstance(row[name], str) or not row[name]:
            raise ValueError(f"missing_{name}")
    model, defense = _model_and_defense(row)
    kind = _kind(row)
    completed, error = verdict(row["security"]), row.get("error")
    missing = BY_ERROR if error else NO_VERDICT if completed is None else None
    return {
        "kind": kind,
        "attack": row["attack"] or None,
        "model": model,
        "weights": _WEIGHTS.get(row.get("weights") or "", UNKNOWN_WEIGHTS)
        if row.get("weights")
        else weights_of(model, open_models),
        "defense": defense,
        "engine_version": row.get("engine_version") or UNSTATED,
        "benchmark_version": row.get("benchmark_version") or UNSTATED,
        "suite": row["suite"],
        "user_task": row["user_task"],
        "injection_task": row["injection_task"] or None,
        "completed": completed if kind == ATTACK else None,
        "utility": verdict(row["utility"]),
        "error": error_class(error) if error else None,
        "missing_reason": missing,
    }


def _kind(row: Mapping[str, Any]) -> str:
    if row["attack"]:
        if not row["injection_task"]:
            raise ValueError("missing_injection_task")
        return ATTACK
    return INJECTION_AS_USER if row["user_task"].startswith("injection_task") else NO_ATTACK


def _model_and_defense(row: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return the model and the defence of a run: as stated, else from the pipeline's name."""
    if row.get("model"):
        return str(row["model"]), row.get("defense") or None
    name = str(row["pipeline"])
    for defense in _DEFENSES:
        if name.endswith(f"-{defense}"):
            return name.removesuffix(f"-{defense}"), defense
    return name, None
