"""A small set of registers to break in one place at a time."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from modelcensus.registers.schema import REGISTERS

SEEN = {
    "evidence_url": "https://example.org/page",
    "seen": "primary",
    "seen_on": "2026-11-01",
    "paraphrase": "The page says so.",
    "confidence": "high",
}

ROWS: dict[str, list[dict[str, str]]] = {
    "countries": [
        {"country": "CN", "name": "China"},
        {"country": "DE", "name": "Germany"},
        {"country": "HK", "name": "Hong Kong"},
        {"country": "US", "name": "United States"},
    ],
    "developers": [
        {"developer": "acme", "name": "Acme", "country": "US", "developer_type": "industry"},
        {"developer": "bo-lab", "name": "Bo Lab", "country": "CN", "developer_type": "academia"},
    ],
    "namespaces": [
        {"hub": "huggingface", "namespace": "acme", "developer": "acme", "role": "official"},
        {"hub": "huggingface", "namespace": "Bo", "developer": "bo-lab", "role": "team"},
    ],
    "families": [
        {
            "family": "axe",
            "family_name": "Axe",
            "developer": "acme",
            "hub": "huggingface",
            "namespace": "acme",
            "pattern": "^axe-",
            "priority": "50",
        },
        {
            "family": "bow",
            "family_name": "Bow",
            "developer": "bo-lab",
            "hub": "huggingface",
            "namespace": "Bo",
            "pattern": "^bow",
            "priority": "50",
        },
    ],
    "licences": [
        {
            "tag": "mit",
            "licence": "mit",
            "name": "MIT License",
            "licence_class": "L1",
            "commercial_use": "yes",
            "scale_threshold": "no",
            "field_of_use_limits": "no",
            "naming_duty": "no",
            "training_ban": "no",
            "share_alike": "no",
            "notice_duty": "yes",
            "passes_on": "notice_duty",
        }
    ],
}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the small set; `change(rows)` may alter it, `only` names the files to write."""

    def writer(
        change: Callable[[dict[str, list[dict[str, str]]]], None] | None = None,
        *,
        folder: str = "registers",
        only: tuple[str, ...] | None = None,
    ) -> Path:
        rows = {
            name: [_filled(name, row) for row in ROWS.get(name, ())]
            for name in REGISTERS
            if only is None or name in only
        }
        if change is not None:
            change(rows)
        target = tmp_path / folder
        target.mkdir(exist_ok=True)
        for name, found in rows.items():
            columns = REGISTERS[name].columns
            with (target / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, columns, lineterminator="\n")
                writer.writeheader()
                writer.writerows(found)
        return target

    return writer


def _filled(name: str, row: dict[str, str]) -> dict[str, str]:
    columns = REGISTERS[name].columns
    seen = SEEN if "evidence_url" in columns else {}
    return dict.fromkeys(columns, "") | seen | row
