"""JailbreakBench's artifacts: whether an attack drew each of a hundred behaviours from a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from modelcensus.files import sha256_of
from modelcensus.sources.instants import option_day
from modelcensus.sources.outcome_record import (
    CLOSED,
    NAME_OPTION,
    NO_VERDICT,
    OPEN,
    UNKNOWN_WEIGHTS,
    OutcomeLog,
    verdict,
)
from modelcensus.sources.record import Evidence, SourceInfo, State
from modelcensus.sources.source import Option, fill_options
from modelcensus.sources.tables import read_parquet

ENGINE = "jailbreakbench"

INFO = SourceInfo(
    name="jailbreakbench",
    title="JailbreakBench: artifacts of jailbreak attacks",
    url="https://github.com/JailbreakBench/artifacts",
    licence="MIT",
    attribution="JailbreakBench Team and artifacts authors",
)
OPTIONS = (
    Option("as-of", "the day the artifacts were published, YYYY-MM-DD", default="2024-11-06"),
    NAME_OPTION,
)

_COLUMNS = ("method", "threat_model", "model", "index", "category", "jailbroken")

_MODELS = {
    "vicuna-13b-v1.5": OPEN,
    "llama-2-7b-chat-hf": OPEN,
    "gpt-3.5-turbo-1106": CLOSED,
    "gpt-4-0125-preview": CLOSED,
}
"""The four models of the benchmark; of others it is not known whether their weights can be had."""


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one evidence list with the table `outcomes`.

    A behaviour is named by its number; neither its text nor a prompt nor an answer is read. The
    threat model (white box, black box, transfer, manual) is the `setting`.

    Args:
        path: the Parquet table of verdicts.
        options: `as-of`, `name`.

    Raises:
        SourceError: the file is not readable Parquet.
        SchemaChanged: a column is missing.
    """
    values = fill_options(INFO.name, OPTIONS, options)
    as_of = option_day("as-of", values["as-of"])
    log = OutcomeLog({"engine": ENGINE, "file": path.name})
    rows = read_parquet(path, _COLUMNS).to_pylist()
    summed = sha256_of(path)
    for number, row in enumerate(rows, start=1):
        try:
            log.add(**_outcome(row), file_sha256=summed)
        except ValueError as error:
            shown = {k: row[k] for k in ("method", "model", "index")}
            log.lost.add(str(error), f"row {number}", shown)
    yield log.evidence(values["name"] or INFO.name, as_of, INFO)


def _outcome(row: Mapping[str, Any]) -> dict[str, Any]:
    for name in ("method", "model", "index"):
        if row[name] in (None, ""):
            raise ValueError(f"missing_{name}")
    completed = verdict(row["jailbroken"])
    return {
        "attack": row["method"],
        "setting": row["threat_model"] or None,
        "model": row["model"],
        "weights": _MODELS.get(row["model"], UNKNOWN_WEIGHTS),
        "suite": row["category"] or None,
        "injection_task": f"behaviour_{int(row['index']):03d}",
        "completed": completed,
        "missing_reason": NO_VERDICT if completed is None else None,
    }
