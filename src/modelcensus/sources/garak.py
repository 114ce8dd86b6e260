"""Reports of garak: what each detector said of each answer to each prompt of a probe."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from modelcensus.errors import SourceError
from modelcensus.files import sha256_of
from modelcensus.sources.instants import option_day, parse_day
from modelcensus.sources.outcome_record import (
    NAME_OPTION,
    NO_VERDICT,
    NOT_RUN,
    OPEN_OPTION,
    UNSTATED,
    OutcomeLog,
    listed,
    logs_under,
    weights_of,
)
from modelcensus.sources.record import Evidence, SourceInfo, State
from modelcensus.sources.source import Option, fill_options

ENGINE = "garak"

INFO = SourceInfo(
    name="garak",
    title="Reports of garak",
    url="https://github.com/NVIDIA/garak",
    licence="of the report's owner",
    attribution="garak, and who ran it",
)
OPTIONS = (
    Option("as-of", "the day of the run, YYYY-MM-DD; default: as the report states"),
    Option("model", "name of the model; default: as the report states"),
    NAME_OPTION,
    OPEN_OPTION,
)

_EVALUATED = 2
"""Status of an attempt whose answers the detectors have seen."""
_MODEL_KEYS = ("plugins.target_name", "plugins.model_name")
_THRESHOLD = 0.5


@dataclass
class _Report:
    """What the lines of one report have said so far.

    Attributes:
        open: attempts that were begun and not evaluated, by their id.
    """

    model: str
    version: str = UNSTATED
    threshold: float = _THRESHOLD
    day: date | None = None
    open: dict[str, dict[str, Any]] = field(default_factory=dict)


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one evidence list with the table `outcomes`.

    The attack is the probe, the setting the detector, the epoch the number of the answer. A
    detector's score at or above the run's threshold is `completed`. Prompts, answers and
    triggers are not read.

    Args:
        path: a `.report.jsonl`, or a folder of them.
        options: `as-of`, `model`, `name`, `open`.

    Raises:
        SourceError: there is no report, or it names neither model nor day and no option does.
    """
    values = fill_options(INFO.name, OPTIONS, options)
    log = OutcomeLog({"engine": ENGINE})
    days = []
    for file in logs_under(path, (".jsonl",)):
        report = _read_report(file, values, log)
        days.append(report.day)
    stated = [day for day in days if day is not None]
    if not values["as-of"] and not stated:
        raise SourceError(
            "no report says when it was made",
            where=str(path),
            next_step="--option as-of=YYYY-MM-DD",
        )
    as_of = option_day("as-of", values["as-of"]) if values["as-of"] else max(stated)
    yield log.evidence(values["name"] or INFO.name, as_of, INFO)


def _read_report(file: Path, values: Mapping[str, str], log: OutcomeLog) -> _Report:
    report = _Report(values["model"])
    known = {"file": file.name, "file_sha256": sha256_of(file)}
    open_models = listed(values["open"])
    with file.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            entry = _entry(line)
            if entry is None:
                # the last line of a report that was cut short is no JSON
                log.lost.add("not_json", f"{file.name} line {number}", "")
                continue
            _take(report, entry, known, open_models, log)
    for entry in report.open.values():
        _add(report, entry, known, open_models, log)
    return report


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _take(
    report: _Report,
    entry: dict[str, Any],
    known: Mapping[str, str],
    open_models: frozenset[str],
    log: OutcomeLog,
) -> None:
    kind = entry.get("entry_type")
    if kind == "start_run setup":
        stated = [entry.get(key) for key in _MODEL_KEYS]
        report.model = report.model or next((str(name) for name in stated if name), "")
        threshold = entry.get("run.eval_threshold")
        report.threshold = float(threshold) if isinstance(threshold, int | float) else _THRESHOLD
    elif kind == "init":
        report.version = str(entry.get("garak_version") or UNSTATED)
        report.day = parse_day(str(entry.get("start_time"))[:10])
    elif kind == "attempt":
        _require_model(report, known["file"])
        name = str(entry.get("uuid"))
        if entry.get("status") == _EVALUATED:
            report.open.pop(name, None)
            _add(report, entry, known, open_models, log)
        else:
            report.open[name] = entry


def _require_model(report: _Report, file: str) -> None:
    if not report.model:
        raise SourceError(
            "the report does not say which model was asked",
            where=file,
            next_step="--option model=NAME",
        )


def _add(
    report: _Report,
    entry: Mapping[str, Any],
    known: Mapping[str, str],
    open_models: frozenset[str],
    log: OutcomeLog,
) -> None:
    """Keep one outcome per detector and answer; one that is missing where none was judged."""
    probe = str(entry.get("probe_classname") or "")
    values = {
        "engine_version": report.version,
        "benchmark_version": report.version,
        "attack": probe,
        "model": report.model,
        "weights": weights_of(report.model, open_models),
        "suite": probe.partition(".")[0],
        "injection_task": f"{entry.get('seq')}",
        **known,
    }
    judged = entry.get("detector_results")
    if entry.get("status") != _EVALUATED or not isinstance(judged, dict) or not judged:
        log.add(**values, missing_reason=NOT_RUN)
        return
    for detector, scores in sorted(judged.items()):
        for number, score in enumerate(scores if isinstance(scores, list) else [], start=1):
            is_told = isinstance(score, int | float)
            log.add(
                **values,
                setting=str(detector),
                epoch=number,
                completed=score >= report.threshold if is_told else None,
                missing_reason=None if is_told else NO_VERDICT,
            )
