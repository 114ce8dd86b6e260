"""Logs of Inspect, `.eval` or `.json`, read without Inspect: the verdict on each sample."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from modelcensus.errors import SourceError
from modelcensus.settings import Settings, load_settings
from modelcensus.sources.eval_archive import Archive, open_archive
from modelcensus.sources.instants import option_day, parse_instant
from modelcensus.sources.outcome_record import (
    ATTACK,
    BY_ERROR,
    NAME_OPTION,
    NO_ATTACK,
    NO_VERDICT,
    NOT_RUN,
    OPEN_OPTION,
    UNSTATED,
    OutcomeLog,
    error_class,
    listed,
    logs_under,
    sum_of,
    weights_of,
)
from modelcensus.sources.record import Evidence, SourceInfo, State
from modelcensus.sources.source import Option, fill_options
from modelcensus.sources.tables import readable

INFO = SourceInfo(
    name="inspect",
    title="Logs of Inspect",
    url="https://inspect.aisi.org.uk/eval-logs.html",
    licence="of the logs' owner",
    attribution="who ran the evaluation",
)
OPTIONS = (
    Option("as-of", "the day of the runs, YYYY-MM-DD; default: the newest that a log states"),
    Option("model", "name of the model; default: as each log states"),
    Option("revision", "revision of the model, where it is known"),
    Option("attack", "name of the attack; default: the task's argument `attack`"),
    Option("defense", "name of the defence; default: none"),
    Option(
        "success",
        "SCORE=VALUE that says that the attack succeeded",
        default="security=C",
    ),
    Option("utility", "SCORE=VALUE that says that the user's task was done", default="utility=C"),
    NAME_OPTION,
    OPEN_OPTION,
)

_HEADER, _START, _SUMMARIES = "header.json", "_journal/start.json", "summaries.json"
_JOURNAL = "_journal/summaries/"
_SAMPLES = "samples/"
SIMULATED = "modelcensus.simulated"
"""Metadata of a log whose endpoint said that it only simulates a model."""

_GRADES = ("C", "I", "P", "N")
"""Grades of Inspect: correct, incorrect, partly correct, no answer."""
_SAMPLE_ID = re.compile(r"(?P<suite>.+)-u(?P<user>[0-9]+)(?:-i(?P<injection>[0-9]+))?")
"""Ids of samples in Inspect's port of AgentDojo, such as `banking-u3-i1`."""


@dataclass(frozen=True)
class _Log:
    """One log: what it says of the run, its samples, and whether its end is missing."""

    file: str
    sha256: str
    spec: Mapping[str, Any]
    samples: Sequence[Mapping[str, Any]]
    is_cut: bool


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one evidence list with the table `outcomes`.

    The engine is `inspect:TASK`, never that of the benchmark which the task was ported from.
    Which score means that an attack succeeded is not guessed: it is the option `success`. A
    planned sample without a verdict is an outcome that is missing. From a log that was cut
    short what is whole is taken, and the loss is a reject that names the file.

    Args:
        path: a log, or a folder of logs.
        options: see OPTIONS.

    Raises:
        SourceError: no log is there, one is not readable at all, or two disagree about a case.
        LimitExceeded: a member of a log is larger than the settings allow.
    """
    values = fill_options(INFO.name, OPTIONS, options)
    for name in ("success", "utility"):
        _score_and_value(values[name], name)
    settings = load_settings()
    log, days = OutcomeLog(), []
    for file in logs_under(path, (".eval", ".json")):
        name = file.name if file == path else str(file.relative_to(path))
        found = _open_log(file, name, settings)
        days.append(_day(found))
        if found.is_cut:
            log.lost.add("cut_short", name, "the end of the log is missing")
        _keep(found, values, log)
    as_of = option_day("as-of", values["as-of"]) if values["as-of"] else max(days)
    yield log.evidence(values["name"] or INFO.name, as_of, INFO)


def _open_log(file: Path, name: str, settings: Settings) -> _Log:
    content = file.read_bytes()
    if file.suffix == ".eval":
        archive = open_archive(file)
        spec, samples = spec_of(archive, settings), list(_samples(archive, settings))
        return _Log(name, sum_of(content), spec, samples, archive.is_cut)
    with readable(file, "JSON"):
        try:
            whole = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise SourceError(
                f"not a readable JSON log: {str(error)[:200]}",
                where=name,
                next_step="it may be cut short: fetch it again, or take the .eval log of the run",
            ) from error
    told = whole.get("eval") if isinstance(whole, dict) else None
    if not isinstance(told, dict):
        raise _no_log(name)
    return _Log(name, sum_of(content), told, _dicts(whole.get("samples")), False)


def spec_of(archive: Archive, settings: Settings) -> Mapping[str, Any]:
    """Return what a log says of its run.

    Raises:
        SourceError: it says nothing of it.
    """
    for name in (_HEADER, _START):
        if name in archive.members:
            head = archive.json(name, settings)
            if isinstance(head, dict) and isinstance(head.get("eval"), dict):
                spec: dict[str, Any] = head["eval"]
                return spec
    raise _no_log(archive.path.name)


def _no_log(name: str) -> SourceError:
    return SourceError(
        "the file does not say which evaluation it is the log of",
        where=name,
        next_step="name logs of Inspect only: .eval, or .json with `eval` and `samples`",
    )


def _samples(archive: Archive, settings: Settings) -> Iterator[Mapping[str, Any]]:
    """Yield the summaries of samples, and the samples that no summary was written of."""
    if _SUMMARIES in archive.members:
        yield from _dicts(archive.json(_SUMMARIES, settings))
        return
    told = set()
    for name in sorted((n for n in archive.members if n.startswith(_JOURNAL)), key=_number):
        for summary in _dicts(archive.json(name, settings)):
            told.add(f"{_SAMPLES}{summary.get('id')}_epoch_{_epoch(summary)}.json")
            yield summary
    for name in sorted(n for n in archive.members if n.startswith(_SAMPLES)):
        if name not in told:
            yield from _dicts([archive.json(name, settings)])


def _number(name: str) -> int:
    digits = re.sub(r"\D", "", name)
    return int(digits or 0)


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _day(log: _Log) -> date:
    moment = parse_instant(str(log.spec.get("created")))
    if moment is None:
        raise SourceError(
            "the log does not say when it was made",
            where=log.file,
            next_step="--option as-of=YYYY-MM-DD",
        )
    return moment.date()


def _keep(log: _Log, values: Mapping[str, str], outcomes: OutcomeLog) -> None:
    """Keep an outcome per sample of a log, the planned ones without a verdict included."""
    run = _run(log, values)
    # a sample that was run again stands twice: the last one counts
    last = {(str(s.get("id")), _epoch(s)): s for s in log.samples}
    planned = _planned(log.spec)
    for sample_id, epoch in sorted({*last, *planned}):
        sample = last.get((sample_id, epoch))
        case = _case(sample_id, sample)
        told: dict[str, Any] = {"missing_reason": NOT_RUN}
        if sample:
            told = _told(sample, values)
        kind = ATTACK if case["injection_task"] else NO_ATTACK
        if kind == NO_ATTACK:
            told["completed"] = None
        attack = run["attack"] if kind == ATTACK else None
        outcomes.add(**run | case | told | {"kind": kind, "attack": attack, "epoch": epoch})


def _run(log: _Log, values: Mapping[str, str]) -> dict[str, Any]:
    spec = log.spec
    task = str(spec.get("task") or "").rpartition("/")[2]
    model = values["model"] or str(spec.get("model") or "")
    if not task or not model:
        raise _no_log(log.file)
    packages = spec.get("packages") if isinstance(spec.get("packages"), dict) else {}
    used = ", ".join(f"{k} {v}" for k, v in sorted((packages or {}).items()))
    arguments = spec.get("task_args") if isinstance(spec.get("task_args"), dict) else {}
    return {
        "engine": f"inspect:{task}",
        "engine_version": used or UNSTATED,
        "benchmark_version": str(spec.get("task_version") or UNSTATED),
        "attack": values["attack"] or (arguments or {}).get("attack") or UNSTATED,
        "model": model,
        "revision": values["revision"] or None,
        "weights": weights_of(model, listed(values["open"])),
        "defense": values["defense"] or None,
        "file": log.file,
        "file_sha256": log.sha256,
        "is_simulated": isinstance(told := spec.get("metadata"), dict)
        and bool(told.get(SIMULATED)),
    }


def _planned(spec: Mapping[str, Any]) -> set[tuple[str, int]]:
    dataset, config = spec.get("dataset"), spec.get("config")
    ids = dataset.get("sample_ids") if isinstance(dataset, dict) else None
    epochs = config.get("epochs") if isinstance(config, dict) else None
    count = epochs if isinstance(epochs, int) and 0 < epochs <= 1000 else 1
    return {(str(i), e) for i in ids or [] for e in range(1, count + 1)}


def _epoch(sample: Mapping[str, Any]) -> int:
    epoch = sample.get("epoch")
    return epoch if isinstance(epoch, int) and 0 < epoch < 2**31 else 1


def _case(sample_id: str, sample: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return suite and tasks of a sample, from its id or its metadata."""
    if found := _SAMPLE_ID.fullmatch(sample_id):
        injection = found["injection"]
        return {
            "suite": found["suite"],
            "user_task": f"user_task_{found['user']}",
            "injection_task": f"injection_task_{injection}" if injection else None,
        }
    known = sample.get("metadata") if sample else None
    told = known if isinstance(known, dict) else {}
    suite = told.get("suite") or told.get("task_suite_name") or told.get("category")
    return {
        "suite": str(suite) if suite else None,
        "user_task": None,
        "injection_task": sample_id,
    }


def _told(sample: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """Return the verdicts on a sample."""
    scores = _scores(sample.get("scores"))
    completed = _verdict(scores, values["success"], "success")
    utility = _verdict(scores, values["utility"], "utility")
    error = sample.get("error")
    missing = BY_ERROR if error else NO_VERDICT if completed is None and utility is None else None
    return {
        "attempted": _verdict(scores, "attempted=C", "attempted"),
        "completed": completed,
        "utility": utility,
        "error": error_class(_words_of(error)) if error else None,
        "missing_reason": missing,
    }


def _words_of(error: Any) -> str:
    """Return the words of an error; its trace names lines by numbers that look like a status."""
    told = error.get("message") if isinstance(error, dict) else None
    return told if isinstance(told, str) else json.dumps(error)


def _scores(value: Any) -> dict[str, Any]:
    """Return the values of all scores by name, those within a score of several included."""
    found: dict[str, Any] = {}
    for scorer, score in (value if isinstance(value, dict) else {}).items():
        given = score.get("value") if isinstance(score, dict) else score
        found |= given if isinstance(given, dict) else {scorer: given}
    return found


def _verdict(scores: Mapping[str, Any], rule: str, option: str) -> bool | None:
    name, wanted = _score_and_value(rule, option)
    given = scores.get(name)
    # NaN stands for a sample that could not be scored; where a grade is asked about, so does
    # whatever is none: a grader may have been led astray by the answer it graded
    if given is None or given != given or (wanted in _GRADES and given not in _GRADES):
        return None
    return str(given) == wanted


def _score_and_value(rule: str, option: str) -> tuple[str, str]:
    name, sign, wanted = rule.partition("=")
    if not (name and sign and wanted):
        raise SourceError(
            f"{rule!r} does not say which score and which value",
            where=f"--option {option}",
            next_step=f"write {option}=SCORE=VALUE, e.g. {option}=security=C",
        )
    return name, wanted
