"""The engine of live runs, Inspect with its port of AgentDojo: present or not, cases, tasks.

Only this module, `live` and `replay` know it; each imports it when it is first needed. Versions
are pinned exactly, because figures of two versions are not compared.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from modelcensus.errors import SettingsError
from modelcensus.vet.run_config import RunConfig
from modelcensus.vet.run_plan import Case

NO_ATTACK = "none"
"""Attack of a run that tries the users' tasks alone."""

PACKAGES = {"inspect-ai": "inspect_ai", "inspect-evals": "inspect_evals", "openai": "openai"}


def engine_versions() -> dict[str, str]:
    """Return the versions of what runs the tests.

    Raises:
        SettingsError: it is not installed.
    """
    absent = [name for name, module in PACKAGES.items() if find_spec(module) is None]
    if absent:
        raise SettingsError(
            f"what runs security tests is not installed ({', '.join(absent)})",
            next_step="pip install 'modelcensus[vet]' (in a checkout: make .venv/.vet)",
        )
    return {name: version(name) for name in PACKAGES}


def engine_cases(config: RunConfig) -> list[Case]:
    """Return all cases of a run.

    Raises:
        SettingsError: the engine has no such attack.
    """
    from inspect_evals.agentdojo.attacks.attack import ATTACK_DICT

    if config.attack not in (NO_ATTACK, *ATTACK_DICT):
        raise SettingsError(
            f"no published attack {config.attack!r} in this engine",
            where="[test] attack",
            next_step=f"one of: {', '.join([*ATTACK_DICT, NO_ATTACK])}",
        )
    kinds = [True] * (config.attack != NO_ATTACK) + [False] * config.utility
    return [case for suite in config.suites for kind in kinds for case in _cases(suite, kind)]


def _cases(suite: str, is_attacked: bool) -> Iterator[Case]:
    from inspect_evals.agentdojo.dataset import TASK_SUITES, load_dataset

    known = TASK_SUITES[suite]
    environment = known.load_and_inject_default_environment({})
    requests = {
        str(task.ID): len(task.ground_truth(environment)) + 1 for task in known.user_tasks.values()
    }
    for sample in load_dataset(
        with_sandbox_tasks="no", task_suite=suite, with_injections=is_attacked
    ):
        yield Case(str(sample.id), suite, requests[str(sample.metadata["task_id"])], is_attacked)


def engine_task(names: Sequence[str], arguments: Mapping[str, Any]) -> Any:
    """Return the engine's task over the named cases, in their order."""
    from inspect_ai import task_with
    from inspect_ai.dataset import MemoryDataset
    from inspect_evals.agentdojo import agentdojo

    task = agentdojo(**arguments)
    samples = {str(sample.id): sample for sample in task.dataset}
    wanted = [samples[name] for name in names if name in samples]
    return task_with(task, dataset=MemoryDataset(wanted, name=task.dataset.name))


def evaluate(task: Any, model: Any, logs: Path, **options: Any) -> Any:
    """Run a task and return its log; call it within `engine_environment`.

    A case that fails is a case without a verdict: it does not end the run.

    Raises:
        KeyboardInterrupt: the user interrupted it, which the engine takes for an end of its own.
    """
    import inspect_ai

    found = inspect_ai.eval(
        task,
        model=model,
        log_dir=str(logs),
        log_format="eval",
        log_realtime=False,
        log_model_api=False,
        log_level="critical",
        display="none",
        score_display=False,
        fail_on_error=False,
        ctl_server=False,
        acp_server=False,
        **options,
    )
    if not found or found[0].status == "cancelled":
        raise KeyboardInterrupt
    return found[0]


@contextmanager
def engine_environment(folder: Path, *, is_loopback: bool = True) -> Iterator[None]:
    """Let the engine write its traces to a folder instead of the user's home.

    What is asked of this machine is sent through no proxy.
    """
    values = {
        "XDG_DATA_HOME": str((folder / "data").absolute()),
        "XDG_CACHE_HOME": str((folder / "cache").absolute()),
    }
    if is_loopback:
        values |= dict.fromkeys(("NO_PROXY", "no_proxy"), "*")
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
