"""The same question on every face: as a command, as Python, and as the query of an address."""

from __future__ import annotations

import shlex
from typing import Any
from urllib.parse import urlencode

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.registry import get_measure


def given_values(contract: Contract) -> dict[str, str]:
    """Return the parameters of a definition that differ from what its measure takes by itself."""
    measure = get_measure(contract.measure)
    standard = {name: getattr(Contract, name) for name in measure.parameters} | measure.defaults
    values = {name: getattr(contract, name) for name in measure.parameters}
    return {name: value for name, value in values.items() if value != standard[name]}


def as_command(contract: Contract, release: str = "") -> str:
    """Return the command that asks for a figure, ready to be pasted into a shell."""
    words = ["census", contract.measure, *contract.subjects]
    for name, value in given_values(contract).items():
        words += [f"--{name.replace('_', '-')}", value]
    words += ["--release", release] if release else []
    return shlex.join(words)


def as_python(contract: Contract, release: str = "") -> str:
    """Return the two lines of Python that ask for a figure."""
    values = ", ".join(f"{name}={value!r}" for name, value in given_values(contract).items())
    words = [", ".join(repr(s) for s in contract.subjects), values]
    opened = f"modelcensus.open(release={release!r})" if release else "modelcensus.open()"
    return f"census = {opened}\ncensus.{contract.measure}({', '.join(w for w in words if w)})"


def query_pairs(contract: Contract) -> list[tuple[str, str]]:
    """Return the query of an address as pairs: named groups first, then what is not standard."""
    pairs = [("subjects", subject) for subject in contract.subjects]
    return pairs + list(given_values(contract).items())


def as_query(contract: Contract, **more: Any) -> str:
    """Return the query of an address, with further parameters behind it; empty ones are left out.

    The same definition gives the same text.
    """
    extra = [(name, str(value)) for name, value in more.items() if value not in ("", None)]
    return urlencode(query_pairs(contract) + extra)
