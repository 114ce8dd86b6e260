"""What a model answered in recorded cases, out of logs of Inspect, also of one that was cut short.

This is the one reader of conversations. They are given to the engine, which scores them anew, and
go nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelcensus.errors import SourceError
from modelcensus.settings import Settings
from modelcensus.sources.eval_archive import open_archive
from modelcensus.sources.inspect_logs import spec_of

_SAMPLES, _ATTACHED = "samples/", "attachment://"


@dataclass(frozen=True)
class Trace:
    """A recorded log.

    Attributes:
        file: its path.
        spec: what was run.
        answers: messages of the model by case and epoch, in order.
        is_cut: whether the end of the log is missing.
    """

    file: Path
    spec: Mapping[str, Any]
    answers: Mapping[tuple[str, int], tuple[Mapping[str, Any], ...]]
    is_cut: bool


def read_trace(file: Path, settings: Settings) -> Trace:
    """Return the recorded answers of one log; what was cut off is not there.

    Raises:
        SourceError: it is not readable, or no log.
        LimitExceeded: a member of it is larger than the settings allow.
    """
    if file.suffix == ".eval":
        archive = open_archive(file)
        spec, is_cut = spec_of(archive, settings), archive.is_cut
        names = sorted(name for name in archive.members if name.startswith(_SAMPLES))
        samples = [archive.json(name, settings) for name in names]
    else:
        try:
            whole = json.loads(file.read_bytes())
            spec, samples, is_cut = whole["eval"], whole.get("samples") or [], False
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise SourceError(
                "not a readable log of Inspect",
                where=str(file),
                next_step="it may be cut short: take the .eval log of the run",
            ) from error
    answers = {
        (str(sample["id"]), int(sample.get("epoch") or 1)): tuple(_answers(sample))
        for sample in samples
        if isinstance(sample, dict) and "id" in sample and not sample.get("error")
    }
    return Trace(file, spec, answers, is_cut)


def _answers(sample: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    attached = sample.get("attachments")
    for message in sample.get("messages") or []:
        if isinstance(message, dict) and message.get("role") == "assistant":
            yield _resolved(message, attached if isinstance(attached, dict) else {})


def _resolved(value: Any, attached: Mapping[str, Any]) -> Any:
    """Return a value with the long texts that the log holds once put where they belong."""
    if isinstance(value, str) and value.startswith(_ATTACHED):
        return attached.get(value.removeprefix(_ATTACHED), value)
    if isinstance(value, dict):
        return {key: _resolved(item, attached) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, attached) for item in value]
    return value
