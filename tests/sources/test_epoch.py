from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from modelcensus.errors import SchemaChanged

HEADER = (
    "Model,Organization,Organization categorization,Publication date,Parameters,"
    "Model accessibility,Country (from Organization),Base model,Domain\n"
)


def write(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "epoch.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_texts_are_kept_as_given(tmp_path: Path, read_evidence: Callable[..., Any]) -> None:
    text = (
        'M,"A,B","Industry,Academia",2025-03-14,243000000.00000003,Unreleased,"France,France",,x\n'
        ",,,1950-07-02,,,Multinational,,\n"
    )
    found = read_evidence("epoch", write(tmp_path, HEADER + text))
    assert found.as_of == date(2025, 3, 14)
    assert found.tables["organizations"].to_pylist() == [
        {
            "model": "M",
            "organization": "A,B",
            "categorization": "Industry,Academia",
            "country": "France,France",
            "accessibility": "Unreleased",
            "base_model": None,
            "parameters": 243000000.00000003,
            "published_on": date(2025, 3, 14),
            "training_compute": None,
            "hardware": None,
        },
        {
            "model": None,
            "organization": None,
            "categorization": None,
            "country": "Multinational",
            "accessibility": None,
            "base_model": None,
            "parameters": None,
            "published_on": date(1950, 7, 2),
            "training_compute": None,
            "hardware": None,
        },
    ]


def test_lost_rows(tmp_path: Path, read_evidence: Callable[..., Any]) -> None:
    rows = "M,,,soon,,,,,\nM,,,,many,,,,\nM,,,,nan,,,,\nM\n"
    found = read_evidence("epoch", write(tmp_path, (HEADER + rows).encode() + b"\xff,,,,,,,,\n"))
    assert [(r.reason, r.locator) for r in found.rejects] == [
        ("bad_text", "row 5"),
        ("bad_date", "row 1"),
        ("bad_number", "row 2"),
        ("bad_number", "row 3"),
        ("wrong_number_of_cells", "row 4"),
    ]


def test_a_missing_column_is_named(tmp_path: Path, read_evidence: Callable[..., Any]) -> None:
    with pytest.raises(SchemaChanged, match="Organization"):
        read_evidence("epoch", write(tmp_path, "Model\nM\n"))


def test_compute_and_hardware_are_read_where_the_file_has_them(
    tmp_path: Path, read_evidence: Callable[..., Any]
) -> None:
    head = HEADER.replace("Domain", "Training compute (FLOP),Training hardware")
    text = "M,A,,2025-03-14,,,France,,2.1e+25,NVIDIA H100\nN,A,,,,,,,much,\n"
    found = read_evidence("epoch", write(tmp_path, head + text))
    (row,) = found.tables["organizations"].to_pylist()
    assert (row["training_compute"], row["hardware"]) == (2.1e25, "NVIDIA H100")
    assert [r.reason for r in found.rejects] == ["bad_number"]
