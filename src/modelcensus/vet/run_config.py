"""The file of a live run: which endpoint, whose, which cases, within which limits."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from modelcensus.errors import SettingsError
from modelcensus.sources.hub.endpoint import Endpoint, origin_parts
from modelcensus.sources.hub.token import Secret
from modelcensus.sources.outcome_record import WEIGHTS

KEYS: dict[str, dict[str, type]] = {
    "endpoint": {"url": str, "model": str, "key_variable": str, "owner": str, "consent": str},
    "model": {"name": str, "revision": str, "weights": str},
    "test": {"suites": list, "attack": str, "utility": bool, "epochs": int},
    "generation": {"temperature": float, "max_tokens": int, "seed": int},
    "limits": {
        **{"connections": int, "max_cases": int, "max_requests": int, "max_seconds": float},
        "max_turns": int,
    },
    "prices": {"input": float, "output": float, "currency": str},
    "output": {"folder": str},
}
"""Sections of the file, and the kind of value that each of their keys has."""

SUITES = ("banking", "slack", "travel", "workspace")
"""Suites that run without a container; the larger workspace of the engine needs one."""

_KINDS = {str: "a text", list: "a list of texts", bool: "true or false", int: "a whole number"}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_KEY_WORDS = re.compile(r"key|token|secret|password", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """The endpoint that is asked.

    Attributes:
        url: base address, up to and with `/v1`.
        model: its name there.
        key_variable: environment variable that holds the key; empty for none.
        owner, consent: whose it is, and how they agreed; needed beyond loopback.
    """

    url: str
    model: str
    key_variable: str = ""
    owner: str = ""
    consent: str = ""

    @property
    def is_loopback(self) -> bool:
        """Return whether it is this machine."""
        return Endpoint(*origin_parts(self.url)).is_loopback


@dataclass(frozen=True)
class RunLimits:
    """What a run may use; 0 means no limit of its own.

    Attributes:
        connections: most requests at once.
        max_cases: most cases of the whole run, over all shards.
        max_requests: most requests of a shard, those of earlier calls included.
        max_seconds: time of one call after which no request is begun.
        max_turns: most answers of one case; it is scored as it then stands.
    """

    connections: int = 0
    max_cases: int = 0
    max_requests: int = 0
    max_seconds: float = 0.0
    max_turns: int = 0


@dataclass(frozen=True)
class Prices:
    """Price of a million tokens read and written; None where the file states none."""

    input: float | None = None
    output: float | None = None
    currency: str = ""


@dataclass(frozen=True)
class RunConfig:
    """A live run, as its file says.

    Attributes:
        target: the endpoint.
        model: name of the model in the outcomes.
        revision: revision of its weights; empty where it is not known.
        weights: open, closed or unknown.
        suites: suites of the benchmark, in order of name.
        attack: a published attack of the engine, by name.
        utility: whether the users' tasks are also tried without an attack.
        epochs: how often each case is run.
        generation: what is asked of each answer, such as a temperature.
        folder: where everything lies that the run writes.
    """

    target: Target
    model: str
    folder: Path
    revision: str = ""
    weights: str = "unknown"
    suites: tuple[str, ...] = ("banking",)
    attack: str = "important_instructions"
    utility: bool = True
    epochs: int = 1
    generation: Mapping[str, float] = field(default_factory=dict)
    limits: RunLimits = field(default_factory=RunLimits)
    prices: Prices = field(default_factory=Prices)


def read_run_config(path: Path) -> RunConfig:
    """Return the run that a TOML file describes.

    Raises:
        SettingsError: the file is not there or no TOML, a section, key or value is not one, or
            the endpoint is neither on this machine nor named with its owner and consent.
    """
    told = _parsed(path)
    sections = {name: _section(path, name, told.get(name, {})) for name in KEYS}
    target = _target(path, sections["endpoint"])
    test, model = sections["test"], sections["model"]
    weights = model.get("weights", "unknown")
    if weights not in WEIGHTS:
        raise _wrong(path, "model", "weights", f"no weights {weights!r}", _one_of(WEIGHTS))
    return RunConfig(
        target=target,
        model=model.get("name") or target.model,
        folder=path.parent / (sections["output"].get("folder") or f"{path.stem}-run"),
        revision=model.get("revision", ""),
        weights=weights,
        suites=_suites(path, test.get("suites", ["banking"])),
        attack=test.get("attack", "important_instructions"),
        utility=test.get("utility", True),
        epochs=max(1, test.get("epochs", 1)),
        generation=sections["generation"],
        limits=RunLimits(**sections["limits"]),
        prices=Prices(**sections["prices"]),
    )


def find_key(target: Target, environment: Mapping[str, str]) -> Secret | None:
    """Return the endpoint's key from the environment; None where the file names no variable.

    Raises:
        SettingsError: the variable is not set, or the key would cross a network in the clear.
    """
    if not target.key_variable:
        return None
    text = environment.get(target.key_variable, "").strip()
    if not text:
        raise SettingsError(
            "the endpoint's key is not set",
            where=f"environment variable {target.key_variable}",
            next_step="export it, or leave key_variable out where the endpoint needs no key",
        )
    if not target.is_loopback and urlsplit(target.url).scheme != "https":
        raise SettingsError(
            "a key would cross the network in the clear",
            where="[endpoint] url",
            next_step="give an https address, or leave key_variable out",
        )
    return Secret(text)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"the file of the run cannot be read: {(error.strerror or str(error)).lower()}",
            where=str(path),
            next_step="name it with -c; docs/security.md shows one",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"not readable as TOML: {error}",
            where=str(path),
            next_step="mend the line that is named",
        ) from error
    for name in told:
        if name not in KEYS:
            raise SettingsError(
                f"no section {name!r}", where=str(path), next_step=_nearest(name, KEYS)
            )
    return told


def _section(path: Path, name: str, told: Any) -> dict[str, Any]:
    """Return the values of a section, each of its kind."""
    if not isinstance(told, dict):
        raise SettingsError(
            f"{name!r} is a value, not a section", where=str(path), next_step=f"write [{name}]"
        )
    found = {}
    for key, value in told.items():
        if key not in KEYS[name]:
            hint = _nearest(key, KEYS[name])
            if _KEY_WORDS.search(key):
                hint = "keys never stand in the file: name the environment variable that holds it"
                hint += " (key_variable in [endpoint])"
            raise _wrong(path, name, key, f"no key {key!r} in [{name}]", hint)
        found[key] = _of_kind(path, name, key, value)
    return found


def _of_kind(path: Path, section: str, key: str, value: Any) -> Any:
    kind = KEYS[section][key]
    if kind is float and type(value) in (int, float) and math.isfinite(value) and value >= 0:
        return float(value)
    if kind is int and type(value) is int and value >= 0:
        return value
    if kind in (str, bool) and type(value) is kind:
        return value
    if kind is list and isinstance(value, list) and all(isinstance(v, str) for v in value):
        return value
    wanted = _KINDS.get(kind, "a number")
    least = " from 0 up" if kind in (int, float) else ""
    raise _wrong(path, section, key, f"{key} is not {wanted}{least}", f"write {key} = {wanted}")


def _target(path: Path, told: Mapping[str, Any]) -> Target:
    for key in ("url", "model"):
        if not told.get(key):
            raise _wrong(path, "endpoint", key, f"no {key} of the endpoint", f"write {key} = ...")
    target = Target(**told)
    parts = urlsplit(target.url)
    try:
        origin_parts(target.url)
        is_plain = parts.username is None and not parts.query and not parts.fragment
    except ValueError:
        is_plain = False
    if not is_plain:
        raise _wrong(
            path,
            "endpoint",
            "url",
            "the address is none, or holds a user, a query or a fragment",
            "give it as http://127.0.0.1:8000/v1",
        )
    if target.key_variable and not _VARIABLE.fullmatch(target.key_variable):
        # what stands there may be the key itself: it is not repeated
        raise _wrong(
            path,
            "endpoint",
            "key_variable",
            "key_variable names no environment variable",
            "write the variable's name there and the key into the environment",
        )
    if not target.is_loopback and not (target.owner.strip() and target.consent.strip()):
        raise _wrong(
            path,
            "endpoint",
            "url",
            f"{parts.hostname} is not this machine, and neither owner nor consent is named",
            "test an endpoint of your own, or name owner and consent (who agreed, how, when)",
        )
    return target


def _suites(path: Path, names: list[str]) -> tuple[str, ...]:
    if unknown := [name for name in names if name not in SUITES]:
        raise _wrong(path, "test", "suites", f"no suite {unknown[0]!r}", _one_of(SUITES))
    if not names:
        raise _wrong(path, "test", "suites", "no suite is named", _one_of(SUITES))
    return tuple(sorted(set(names)))


def _wrong(path: Path, section: str, key: str, what: str, next_step: str) -> SettingsError:
    return SettingsError(what, where=f"{path}: [{section}] {key}", next_step=next_step)


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else _one_of(known)


def _one_of(names: Any) -> str:
    return f"one of: {', '.join(names)}"
