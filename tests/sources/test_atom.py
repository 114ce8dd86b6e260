from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from modelcensus.errors import SchemaChanged, SettingsError, SourceError
from modelcensus.sources.atom import read

FILES = {
    "models.csv": "org,model,modelId\nQwen,Q,Qwen/Q\n",
    "extra_models.csv": "org,model,modelId\nX,Y,X/Y\n",
    "organization_regions.csv": "hf_org,region,notes\nQwen,china,\nX,us,was Y\n",
    "model_parameters.csv": (
        "model_id,total_params_b,active_params_b,is_moe,notes\n"
        'Qwen/Q,140.6,39,true,"a, b"\nX/Y,0.1,,false,\nX/Z,,,,\n'
    ),
    "release_date_corrections.csv": (
        "# by hand\nmodel_id,hf_created_at,actual_release_date,notes\n"
        "Qwen/Q,2024-11-27,2024-11-28,1 day early\n"
    ),
}


@pytest.fixture
def atom(tmp_path: Path, read_evidence: Callable[..., Any]) -> Callable[..., Any]:
    def read(options: dict[str, str] | None = None, **changed: str) -> Any:
        for name, text in FILES.items():
            stem = name.removesuffix(".csv")
            (tmp_path / name).write_text(changed.get(stem, text), encoding="utf-8")
        return read_evidence("atom", tmp_path, options)

    return read


def test_the_tables_of_the_list(atom: Callable[..., Any]) -> None:
    found = atom()
    tables = {name: table.to_pylist() for name, table in found.tables.items()}
    assert (found.name, found.as_of, found.input_rows) == ("atom", date(2026, 8, 17), 8)
    assert tables["population"] == [
        {"list": "atom", "model_id": "Qwen/Q", "org": "Qwen"},
        {"list": "atom-extra", "model_id": "X/Y", "org": "X"},
    ]
    assert tables["regions"][0] == {"namespace": "Qwen", "region": "china", "notes": None}
    assert tables["parameters"] == [
        {
            "model_id": "Qwen/Q",
            "total_parameters": 140_600_000_000,
            "active_parameters": 39_000_000_000,
            "is_moe": True,
            "notes": "a, b",
        },
        {
            "model_id": "X/Y",
            "total_parameters": 100_000_000,
            "active_parameters": None,
            "is_moe": False,
            "notes": None,
        },
        dict.fromkeys(tables["parameters"][0]) | {"model_id": "X/Z"},
    ]
    assert tables["release_dates"] == [
        {
            "model_id": "Qwen/Q",
            "hub_created_on": date(2024, 11, 27),
            "released_on": date(2024, 11, 28),
            "notes": "1 day early",
        }
    ]


def test_lost_rows(atom: Callable[..., Any]) -> None:
    found = atom(
        models="org,modelId\nQ,\nQ,a b\nQ\nQ,a/b,more\n",
        model_parameters=(
            "model_id,total_params_b,active_params_b,is_moe,notes\n"
            "a/b,many,,,\na/b,-1,,,\na/b,NaN,,,\na/b,0.0000000001,,,\na/b,1e30,,,\n"
        ),
        release_date_corrections=(
            "model_id,hf_created_at,actual_release_date,notes\na/b,yesterday,,\na/b,,,\n"
        ),
    )
    assert [r.reason for r in found.rejects] == [
        "missing_id",
        "bad_id",
        "wrong_number_of_cells",
        "wrong_number_of_cells",
        *["count_not_integer"] * 5,
        "bad_date",
    ]
    assert found.rejects[1].locator == "models.csv row 2"


def test_the_day_can_be_given(atom: Callable[..., Any]) -> None:
    assert atom({"as-of": "2026-09-01"}).as_of == date(2026, 9, 1)
    with pytest.raises(SettingsError, match="is not a day"):
        atom({"as-of": "soon"})


def test_what_cannot_be_read_at_all(atom: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(SchemaChanged, match="modelId"):
        atom(models="org,model\nQ,q\n")
    with pytest.raises(SourceError, match="empty"):
        atom(models="")
    with pytest.raises(SourceError, match="CSV"):
        atom(models="org,modelId\nQ," + "x" * 200_000 + "\n")
    atom()
    (tmp_path / "models.csv").write_bytes(b"org,modelId\nQ,\xff\n")
    with pytest.raises(SourceError, match="CSV"):
        list(read(tmp_path, {}))
    (tmp_path / "models.csv").unlink()
    with pytest.raises(SourceError, match="no such file"):
        list(read(tmp_path, {}))
    with pytest.raises(SourceError, match="folder"):
        list(read(tmp_path / "x", {}))
