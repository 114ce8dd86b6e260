"""Who stands behind an account or a name that a list writes: our registers, asked by others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from modelcensus.catalogue.ownership import END, START, instant, ownership_intervals
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.registers.check import plain
from modelcensus.registers.load import Registers


@dataclass(frozen=True)
class Maker:
    """A developer as of a day, and how it was found.

    Attributes:
        rule: `account`, `name`, or why nobody is known.
    """

    developer: str = UNKNOWN
    developer_type: str = UNKNOWN
    country: str = UNKNOWN
    rule: str = "not in the registers"


@dataclass(frozen=True)
class Makers:
    """The registers' owners of accounts and names of developers."""

    accounts: dict[tuple[str, str], list[dict[str, Any]]]
    names: dict[str, str]
    homes: dict[str, list[dict[str, Any]]]

    @classmethod
    def of(cls, registers: Registers) -> Makers:
        """Read the registers; rows without seen evidence are left out."""
        accounts: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in ownership_intervals(registers).to_pylist():
            accounts.setdefault((row["hub"], row["namespace"]), []).append(row)
        homes: dict[str, list[dict[str, Any]]] = {}
        for row in registers.usable("developers"):
            homes.setdefault(row["developer"], []).append(
                {
                    "valid_from": instant(row["valid_from"], START),
                    "valid_to": instant(row["valid_to"], END),
                    "developer_type": row["developer_type"],
                    "country": row["country"],
                }
            )
        return cls(accounts, dict(_names(registers)), homes)

    def of_account(self, hub: str, model_id: str | None, at: datetime) -> Maker | None:
        """Return who trained what an account held at an instant; None where nobody says."""
        account = (model_id or "").partition("/")[0]
        for row in self.accounts.get((hub, account), ()):
            if row["valid_from"] <= at < row["valid_to"] and row["role"] != "redistributor":
                return Maker(row["developer"], row["developer_type"], row["country"], "account")
        return None

    def of_name(self, name: str | None, at: datetime) -> Maker | None:
        """Return the developer of a name as written; None where no row has it."""
        developer = self.names.get(plain(name or ""))
        for row in self.homes.get(developer or "", ()):
            if developer and row["valid_from"] <= at < row["valid_to"]:
                return Maker(developer, row["developer_type"], row["country"], "name")
        return None


def _names(registers: Registers) -> Iterator[tuple[str, str]]:
    """Yield plain names and their developers, the registers' own names last, so that they win."""
    for row in registers.rows["coding_aliases"]:
        yield plain(row["name"]), row["developer"]
    for row in registers.usable("developers"):
        yield plain(row["developer"]), row["developer"]
        yield plain(row["name"]), row["developer"]
