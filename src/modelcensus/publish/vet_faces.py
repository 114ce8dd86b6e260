"""A question about security tests on every face: command, Python, query of an address."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from modelcensus.contracts.vet_contract import MEASURES, VetContract

FLAGS = ("allow_version_mix", "allow_partial")
"""Fields that a command gives without a value."""

_OPTIONS = {"models": "model", "engine": "test-engine"}
_OWN = ("measure", "measure_version")


def word_of(measure: str) -> str:
    """Return the word for a measure in commands and addresses: `vet_rates` is `rates`."""
    return measure.removeprefix("vet_")


WORDS = {word_of(name): name for name in MEASURES}
"""Measures by their word."""


def _given(contract: VetContract) -> Mapping[str, Any]:
    return {name: value for name, value in contract.stated().items() if name not in _OWN}


def vet_command(contract: VetContract, release: str = "") -> str:
    """Return the command that asks for a figure, ready to be pasted into a shell."""
    words = ["census", "vet", word_of(contract.measure)]
    for name, value in _given(contract).items():
        option = f"--{_OPTIONS.get(name, name).replace('_', '-')}"
        if name in FLAGS:
            words.append(option)
        else:
            for text in value if isinstance(value, list) else [value]:
                words += [option, text]
    words += ["--release", release] if release else []
    return shlex.join(words)


def vet_python(contract: VetContract, release: str = "") -> str:
    """Return the lines of Python that ask for a figure."""
    given = dict(_given(contract))
    words = [repr(model) for model in given.pop("models", [])]
    words += [f"{name}={value!r}" for name, value in given.items()]
    opened = f"open_vet(release={release!r})" if release else "open_vet()"
    return (
        "from modelcensus.vet.vet import open_vet\n"
        f"{opened}.{word_of(contract.measure)}({', '.join(words)})"
    )


def vet_query(contract: VetContract) -> str:
    """Return the query of an address; the same definition gives the same text."""
    return urlencode(list(_given(contract).items()), doseq=True)
