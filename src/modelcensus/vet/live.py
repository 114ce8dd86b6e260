"""Live runs: the cases of a plan put to an endpoint, taken up again wherever they were ended.

The answers of the endpoint are kept one by one (`turns`). A call runs all cases of its shard
through the engine from the start, and each kept answer stands in for its request; so the log at
the end is one whole log, whatever happened on the way, and holds each case once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from modelcensus.clock import Timer
from modelcensus.errors import SourceError
from modelcensus.settings import Settings
from modelcensus.sources.hub.token import Secret
from modelcensus.sources.inspect_logs import SIMULATED
from modelcensus.vet.engine import (
    engine_cases,
    engine_environment,
    engine_task,
    engine_versions,
    evaluate,
)
from modelcensus.vet.gate import Gate
from modelcensus.vet.run_config import RunConfig, RunLimits
from modelcensus.vet.run_folder import RunFolder, RunReport, definition_of
from modelcensus.vet.run_plan import Case, Measured, Plan, Shard, cases_of, estimate
from modelcensus.vet.turns import Place, Turns

CONNECT_S = 5.0

Show = Callable[[int, int, int], None]
"""Is told after each answer: cases with a last word, all cases, requests."""


def plan_run(config: RunConfig, shard: Shard, settings: Settings) -> Plan:
    """Return what a run is going to do; nothing is asked and nothing written.

    Raises:
        SettingsError: the engine is not installed or has no such attack.
        SnapshotError: a kept answer is damaged.
    """
    engine = engine_versions()
    whole = engine_cases(config)
    cases = cases_of(whole, shard, most=config.limits.max_cases)
    turns = _max_turns(config, settings)
    path = RunFolder(config.folder, shard).answers
    measured, asked = Measured(), 0
    if path.exists():
        found = Turns(path, is_added_to=False)
        measured, asked = found.measured(turns), found.asked
    return Plan(
        config=config,
        shard=shard,
        cases=cases,
        whole=len(whole),
        engine=engine,
        done=measured.cases,
        asked=asked,
        estimate=estimate(cases, config.epochs, turns, measured, config.prices),
    )


def run(
    config: RunConfig,
    shard: Shard,
    key: Secret | None,
    settings: Settings,
    timer: Timer,
    show: Show = lambda *_: None,
) -> RunReport:
    """Put the cases of a shard to the endpoint and return what came of it.

    The same call after an end of any kind goes on from the last answer that was kept. What is
    complete is not asked about again; cases without a verdict are tried again.

    Raises:
        SettingsError: the engine is not installed, or the folder holds another run.
        SourceError: the endpoint does not answer at all.
        VetError: the endpoint refuses tools or calls none; nothing of the run is kept.
        StoreBusy: another process runs the same shard.
    """
    folder = RunFolder(config.folder, shard)
    engine = engine_versions()
    cases = cases_of(engine_cases(config), shard, most=config.limits.max_cases)
    limits = _with_defaults(config.limits, settings)
    with folder.lock():
        folder.claim(definition_of(config, shard, engine, limits.max_turns))
        result = folder.found_result(cases)
        if result is not None and not result["missing"]:
            return RunReport(result["cases"], 0, result["asked"], 0, 0, folder.logs)
        is_simulated = _says_simulated(config)
        folder.claim({"simulated": is_simulated})
        folder.clear_logs()
        turns = Turns(folder.answers)
        try:
            gate = _gate(turns, limits, key, settings, timer)
            call = _Call(config, limits, settings, folder, gate, is_simulated)
            with engine_environment(folder.engine, is_loopback=config.target.is_loopback):
                report = _run(call, cases, show)
        finally:
            turns.close()
        if report.stopped is None:
            folder.write_result(cases, report)
        return report


@dataclass(frozen=True)
class _Call:
    """One call of a run: what is run, within what, where, and what stands before the endpoint."""

    config: RunConfig
    limits: RunLimits
    settings: Settings
    folder: RunFolder
    gate: Gate
    is_simulated: bool


def _gate(
    turns: Turns, limits: RunLimits, key: Secret | None, settings: Settings, timer: Timer
) -> Gate:
    from inspect_ai.model import ModelOutput

    return Gate(
        turns,
        limits,
        probe=int(settings.vet_probe_cases),
        now=timer.monotonic,
        restore=ModelOutput.model_validate,
        deadline=timer.monotonic() + limits.max_seconds if limits.max_seconds else None,
        key=key,
    )


def _run(call: _Call, cases: Sequence[Case], show: Show) -> RunReport:
    """Run cases and return what came of it; of an endpoint that cannot be tested nothing stays."""
    gate, total = call.gate, len(cases) * call.config.epochs
    before = gate.turns.asked
    gate.show = lambda: show(gate.finished, total, gate.turns.asked)
    verdicts = 0
    for is_attacked in (True, False):
        names = [case.name for case in cases if case.is_attacked is is_attacked]
        if names and not gate.is_unusable:
            verdicts += _evaluated(call, names, is_attacked=is_attacked)
    if gate.is_unusable and gate.stopped is not None:
        call.folder.clear_logs()
        call.folder.clear_answers()
        raise gate.stopped
    return RunReport(
        cases=total,
        missing=total - verdicts,
        asked=gate.turns.asked,
        asked_now=gate.turns.asked - before,
        kept=gate.repeated,
        logs=call.folder.logs,
        stopped=gate.stopped,
    )


def _evaluated(call: _Call, names: Sequence[str], *, is_attacked: bool) -> int:
    """Run cases of one kind and return how many have a verdict."""
    arguments: dict[str, Any] = {
        "workspace": list(call.config.suites),
        "with_sandbox_tasks": "no",
        "with_injections": is_attacked,
    }
    if is_attacked:
        arguments["attack"] = call.config.attack
    log = evaluate(
        engine_task(names, arguments),
        _model(call),
        call.folder.logs,
        epochs=call.config.epochs,
        max_samples=call.limits.connections,
        turn_limit=call.limits.max_turns,
        metadata={SIMULATED: True} if call.is_simulated else None,
    )
    return sum(1 for sample in log.samples or () if sample.scores and not sample.error)


def _model(call: _Call) -> Any:
    """Return the engine's model of the endpoint, with the gate before it."""
    from inspect_ai.model import GenerateConfig, get_model

    target, gate = call.config.target, call.gate
    model = get_model(
        f"openai-api/endpoint/{target.model}",
        base_url=target.url,
        api_key=gate.key.reveal() if gate.key else "none",
        config=GenerateConfig(
            max_connections=call.limits.connections,
            max_retries=int(call.settings.vet_retries),
            attempt_timeout=int(call.settings.vet_answer_seconds),
            **call.config.generation,
        ),
        memoize=False,
        # of the client alone: the engine repeats a request itself, so that each passes the gate
        max_retries=0,
    )
    # an address that was agreed to must not lead to another one
    model.api.http_client.follow_redirects = False
    ask = model.api.generate

    async def generate(input: Any, **asked: Any) -> Any:
        return await gate.answer(place_of(input), lambda: ask(input=input, **asked))

    model.api.generate = generate
    return model


def place_of(messages: Sequence[Any]) -> Place:
    """Return the place of the answer that the running case of the engine waits for."""
    from inspect_ai.log._samples import sample_active

    active = sample_active()
    if active is None:
        raise RuntimeError("an answer is asked for outside of a case")
    turn = sum(message.role == "assistant" for message in messages)
    return str(active.sample.id), active.epoch, turn


def _with_defaults(limits: RunLimits, settings: Settings) -> RunLimits:
    return RunLimits(
        connections=limits.connections or int(settings.vet_connections),
        max_cases=limits.max_cases,
        max_requests=limits.max_requests,
        max_seconds=limits.max_seconds,
        max_turns=limits.max_turns or int(settings.vet_turns),
    )


def _max_turns(config: RunConfig, settings: Settings) -> int:
    return _with_defaults(config.limits, settings).max_turns


def _says_simulated(config: RunConfig) -> bool:
    """Return whether the endpoint says that it only simulates a model.

    Raises:
        SourceError: nothing listens there; better said at once than after many repeated requests.
    """
    import httpx

    try:
        answer = httpx.get(
            f"{config.target.url}/models",
            timeout=CONNECT_S,
            trust_env=not config.target.is_loopback,
        )
    except httpx.HTTPError as error:
        raise SourceError(
            f"the endpoint does not answer: {str(error)[:200] or type(error).__name__}",
            where=f"[endpoint] url: {config.target.url}",
            next_step="start the server that serves the model, then run the same command",
        ) from error
    return "X-Simulated" in answer.headers
