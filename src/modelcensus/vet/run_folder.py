"""The folder of a live run: what it is a run of, its kept answers, its logs, its result.

    FOLDER/run.json                 what is run; a call that would run something else is refused
    FOLDER/state/1-of-1/answers     kept answers and noted requests (conversations: yours alone)
    FOLDER/state/1-of-1/result.json what came of it, once the shard is at its end
    FOLDER/logs/1-of-1/*.eval       logs of the engine (conversations), for `census import inspect`
    FOLDER/engine                   what the engine writes besides

No key of an endpoint is in any of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelcensus.contracts.canonical import canonical_json, sha256_text
from modelcensus.errors import CensusError, SettingsError
from modelcensus.files import discard_file, discard_folder, exclusive_lock, sha256_of, write_json
from modelcensus.vet.run_config import RunConfig
from modelcensus.vet.run_plan import Case, Shard


@dataclass(frozen=True)
class RunReport:
    """What one call of a run did.

    Attributes:
        cases: planned cases of the shard, repetitions included.
        missing: of these, cases without a verdict.
        asked: requests of all calls.
        asked_now: requests of this call.
        kept: answers that earlier calls had kept and this one used.
        logs: folder to import.
        stopped: why it ended early; None where it did not.
    """

    cases: int
    missing: int
    asked: int
    asked_now: int
    kept: int
    logs: Path
    stopped: CensusError | None = None


@dataclass(frozen=True)
class RunFolder:
    """Places of one shard within the folder of its run."""

    root: Path
    shard: Shard

    @property
    def answers(self) -> Path:
        """Return the file of kept answers."""
        return self._state / "answers"

    @property
    def logs(self) -> Path:
        """Return the folder of the shard's logs."""
        return self.root / "logs" / self.shard.name

    @property
    def engine(self) -> Path:
        """Return the folder for whatever else the engine writes."""
        return self.root / "engine"

    @property
    def _state(self) -> Path:
        return self.root / "state" / self.shard.name

    @property
    def _result(self) -> Path:
        return self._state / "result.json"

    def lock(self) -> AbstractContextManager[None]:
        """Return a lock that keeps a second call off the same shard."""
        return exclusive_lock(self._state / "lock")

    def claim(self, definition: Mapping[str, Any]) -> None:
        """Note something of what is run here, for every later call to agree with.

        Raises:
            SettingsError: something else is run in this folder; what differs is named.
            StoreError: the folder cannot be written.
        """
        path = self.root / "run.json"
        wanted = json.loads(json.dumps(definition))
        found = _json(path) if path.exists() else {}
        differing = sorted(k for k in {*found} & {*wanted} if found[k] != wanted[k])
        if differing:
            told = "; ".join(
                f"{k}: {found.get(k)!r} there, {wanted.get(k)!r} now" for k in differing
            )
            raise SettingsError(
                f"this folder holds another run ({told})",
                where=str(path),
                next_step="name another folder ([output] folder), or remove this one",
            )
        if not {*wanted} <= {*found}:
            write_json(path, found | wanted)

    def found_result(self, cases: Sequence[Case]) -> Mapping[str, Any] | None:
        """Return the result over the same cases; None without one, or where a log was changed."""
        if not self._result.exists():
            return None
        result = _json(self._result)
        is_whole = result.get("cases_sha256") == _sum_of(cases) and all(
            (self.logs / name).exists() and sha256_of(self.logs / name) == sha256
            for name, sha256 in result.get("logs", {}).items()
        )
        return result if is_whole else None

    def write_result(self, cases: Sequence[Case], report: RunReport) -> None:
        """Write what came of a shard that is at its end.

        Raises:
            StoreError: the folder cannot be written.
        """
        logs = {path.name: sha256_of(path) for path in sorted(self.logs.glob("*.eval"))}
        told = {"cases": report.cases, "missing": report.missing, "asked": report.asked}
        write_json(self._result, {**told, "cases_sha256": _sum_of(cases), "logs": logs})

    def clear_logs(self) -> None:
        """Remove the shard's logs and result; both are made again from the kept answers."""
        discard_file(self._result)
        discard_folder(self.logs)

    def clear_answers(self) -> None:
        """Remove the kept answers."""
        discard_file(self.answers)


def definition_of(
    config: RunConfig, shard: Shard, engine: Mapping[str, str], max_turns: int
) -> Any:
    """Return what two calls must have in common to be calls of one run.

    Addresses, limits and prices may change between them.
    """
    return {
        "attack": config.attack,
        "endpoint_model": config.target.model,
        "engine": dict(engine),
        "epochs": config.epochs,
        "generation": dict(config.generation),
        "max_turns": max_turns,
        "model": config.model,
        "revision": config.revision,
        "shards": shard.of,
        "suites": list(config.suites),
        "utility": config.utility,
    }


def _json(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_bytes())
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise SettingsError(
            "not the file that a run writes there",
            where=str(path),
            next_step="name another folder ([output] folder), or remove this one",
        )
    return told


def _sum_of(cases: Sequence[Case]) -> str:
    return sha256_text(canonical_json([case.name for case in cases]))
