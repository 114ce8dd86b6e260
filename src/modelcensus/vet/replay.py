"""Recorded traces scored anew: the engine carries out the recorded tool calls and judges again.

No endpoint is asked. The environment of each case is set up from the engine's own files, the
recorded answers are given to its agent one after the other, and its checks look at what the tools
then did. Verdicts before and after are read by the importer of logs.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelcensus.errors import SourceError
from modelcensus.settings import Settings
from modelcensus.sources import inspect_logs
from modelcensus.sources.outcome_record import OUTCOMES, logs_under
from modelcensus.sources.record import Evidence
from modelcensus.vet.engine import (
    engine_environment,
    engine_task,
    engine_versions,
    evaluate,
)
from modelcensus.vet.gate import NOTHING
from modelcensus.vet.live import place_of
from modelcensus.vet.traces import Trace, read_trace

VERDICTS = ("attempted", "completed", "utility")
TASK = "agentdojo"
_ARGUMENTS = ("attack", "with_injections", "with_sandbox_tasks", "workspace")

Key = tuple[str, str, str, int]
"""Suite, user task, goal (empty without an attack) and epoch of a case."""


@dataclass(frozen=True)
class Differing:
    """A case of a log whose verdicts came out otherwise: attempted, completed, utility."""

    log: str
    case: Key
    recorded: tuple[bool | None, ...]
    replayed: tuple[bool | None, ...]


@dataclass(frozen=True)
class ReplayReport:
    """What scoring anew came to.

    Attributes:
        logs: names of the logs that were read.
        cut: of these, the ones whose end is missing.
        engine: versions of what scored now.
        recorded_engine: versions that the logs state.
        cases: recorded cases with a verdict.
        same: of these, cases with the same verdicts now.
        differing: the others that were scored.
        unscored: recorded cases without a verdict now.
    """

    logs: tuple[str, ...]
    cut: tuple[str, ...]
    engine: Mapping[str, str]
    recorded_engine: tuple[str, ...]
    cases: int
    same: int
    differing: tuple[Differing, ...]
    unscored: tuple[Key, ...]


def replay(path: Path, settings: Settings, output: Path | None = None) -> ReplayReport:
    """Return how the verdicts on recorded cases come out when they are scored anew.

    Args:
        path: a log of the engine's port of AgentDojo, or a folder of such logs.
        settings: limits of reading.
        output: folder for the logs of the replay; None keeps none.

    Raises:
        SettingsError: the engine is not installed.
        SourceError: no log is there, one is not readable, or of another task.
    """
    engine = engine_versions()
    traces = [read_trace(file, settings) for file in logs_under(path, (".eval", ".json"))]
    for trace in traces:
        _check_task(trace)
    pairs: list[tuple[Differing, bool]] = []
    with tempfile.TemporaryDirectory(prefix="census-replay-") as scratch:
        for trace in traces:
            logs = (output or Path(scratch) / "logs") / trace.file.stem
            with engine_environment(Path(scratch) / "engine"):
                replayed = _replayed(trace, logs)
            pairs += [
                (Differing(trace.file.name, key, found, replayed.get(key, ())), key in replayed)
                for key, found in _verdicts(trace.file).items()
            ]
    scored = [pair for pair, is_scored in pairs if is_scored]
    differing = tuple(pair for pair in scored if pair.recorded != pair.replayed)
    return ReplayReport(
        logs=tuple(trace.file.name for trace in traces),
        cut=tuple(trace.file.name for trace in traces if trace.is_cut),
        engine=engine,
        recorded_engine=tuple(sorted({_engine_of(trace) for trace in traces})),
        cases=len(pairs),
        same=len(scored) - len(differing),
        differing=differing,
        unscored=tuple(pair.case for pair, is_scored in pairs if not is_scored),
    )


def _check_task(trace: Trace) -> None:
    task = str(trace.spec.get("task") or "").rpartition("/")[2]
    if task != TASK:
        raise SourceError(
            f"only logs of the task {TASK} can be scored anew, this is one of {task!r}",
            where=str(trace.file),
            next_step="its verdicts as recorded can be imported: census import inspect",
        )


def _replayed(trace: Trace, logs: Path) -> dict[Key, tuple[bool | None, ...]]:
    """Run the engine over a trace, with the recorded answers for a model; return the verdicts."""
    if not trace.answers:
        return {}
    told = trace.spec.get("task_args")
    arguments = {k: v for k, v in (told or {}).items() if k in _ARGUMENTS and v is not None}
    names = list(dict.fromkeys(case for case, _ in trace.answers))
    evaluate(
        engine_task(names, arguments),
        _recorded_model(trace.answers, _turn_limit(trace)),
        logs,
        epochs=max(epoch for _, epoch in trace.answers),
        max_samples=1,
        turn_limit=_turn_limit(trace),
        metadata=trace.spec.get("metadata"),
    )
    return _verdicts(logs)


def _recorded_model(
    answers: Mapping[tuple[str, int], Sequence[Mapping[str, Any]]], turn_limit: int | None
) -> Any:
    """Return a model that says again what was recorded, and fails where nothing was."""
    from inspect_ai.model import ChatMessageAssistant, ModelOutput, get_model

    model = get_model("none/none", memoize=False)

    async def generate(input: Any, **_: Any) -> Any:
        case, epoch, turn = place_of(input)
        if turn_limit is not None and turn >= turn_limit:
            return ModelOutput.model_validate(NOTHING)
        recorded = answers.get((case, epoch), ())
        if turn >= len(recorded):
            raise LookupError("the recorded case has no further answer")
        return ModelOutput.from_message(ChatMessageAssistant.model_validate(recorded[turn]))

    model.api.generate = generate
    return model


def _turn_limit(trace: Trace) -> int | None:
    config = trace.spec.get("config")
    limit = config.get("turn_limit") if isinstance(config, dict) else None
    return limit if isinstance(limit, int) else None


def _verdicts(path: Path) -> dict[Key, tuple[bool | None, ...]]:
    """Return the verdicts of logs by case, of the cases that have one."""
    (evidence,) = inspect_logs.read(path, {})
    if not isinstance(evidence, Evidence):
        raise TypeError("an importer of outcomes gives evidence")
    return {
        (
            row["suite"] or "",
            row["user_task"] or "",
            row["injection_task"] or "",
            row["epoch"],
        ): tuple(row[name] for name in VERDICTS)
        for row in evidence.tables[OUTCOMES].to_pylist()
        if row["missing_reason"] is None
    }


def _engine_of(trace: Trace) -> str:
    packages = trace.spec.get("packages")
    told = packages if isinstance(packages, dict) else {}
    return ", ".join(f"{k} {v}" for k, v in sorted(told.items())) or "unstated"
