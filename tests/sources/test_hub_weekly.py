from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from modelcensus.errors import SchemaChanged, SourceError
from modelcensus.sources.hub_weekly import INFO

CHANGED = datetime(2025, 9, 5, 6, tzinfo=UTC)


@pytest.fixture
def archive(parquet: Callable[..., Path], tmp_path: Path) -> Path:
    """Two weeks; the second is the first week's listing again."""
    rows = [
        {"id": "o/a", "downloads": 5, "lastModified": CHANGED},
        {"id": "o/b", "downloads": None, "lastModified": datetime(2099, 1, 1, tzinfo=UTC)},
        {"id": "bad id", "downloads": 1, "lastModified": None},
    ]
    for week in ("2025-09-01", "2025-09-08"):
        parquet(f"models/{week}/models.parquet", rows)
        parquet(f"spaces/{week}/spaces.parquet", [{"id": "o/space"}])
    parquet("models/readme/models.parquet", rows)
    return tmp_path


def test_each_folder_is_a_week(archive: Path, read_states: Callable[..., Any]) -> None:
    first, second = read_states("hub-weekly", archive)
    assert [s.state.label for s in (first, second)] == [date(2025, 9, 1), date(2025, 9, 8)]
    assert {(s.state.hub, s.state.frame, s.state.is_complete_frame) for s in (first, second)} == {
        ("huggingface", "hub", True)
    }
    assert [(r["model_id"], r["downloads_30d"]) for r in first.records] == [
        ("o/a", 5),
        ("o/b", None),
    ]
    assert first.reasons == {"bad_id": 1}
    assert "downloads_all_time" in first.state.absent_columns


def test_the_window_tells_a_listing_used_again(
    archive: Path, read_states: Callable[..., Any]
) -> None:
    windows = [state.state.window for state in read_states("hub-weekly", archive)]
    # a change after the week is a fault, and counts for nothing
    assert windows == [(CHANGED, CHANGED)] * 2
    assert windows[1][1].date() < date(2025, 9, 8)


@pytest.mark.parametrize(
    "part", ["models", "models/2025-09-08", "models/2025-09-08/models.parquet"]
)
def test_a_part_of_the_archive_is_enough(
    part: str, archive: Path, read_states: Callable[..., Any]
) -> None:
    states = read_states("hub-weekly", archive / part, {"frame": "hub:weekly"})
    assert {s.state.label for s in states} >= {date(2025, 9, 8)}
    assert {s.state.frame for s in states} == {"hub:weekly"}


@pytest.mark.parametrize(
    "column", [{}, {"lastModified": 7}, {"lastModified": None}, {"lastModified": "soon"}]
)
def test_without_changes_there_is_no_window(
    column: dict[str, Any], parquet: Callable[..., Path], read_states: Callable[..., Any]
) -> None:
    path = parquet("2025-09-01/models.parquet", [{"id": "o/a"} | column])
    if column.get("lastModified") == 7:
        with pytest.raises(SchemaChanged):
            read_states("hub-weekly", path)
        return
    (state,) = read_states("hub-weekly", path)
    assert state.state.window is None


def test_texts_are_dates_too(parquet: Callable[..., Path], read_states: Callable[..., Any]) -> None:
    rows = [{"id": "o/a", "lastModified": "2025-09-05T06:00:00.000Z"}]
    (state,) = read_states("hub-weekly", parquet("2025-09-01/models.parquet", rows))
    assert state.state.window == (CHANGED, CHANGED)


def test_what_cannot_be_read(parquet: Callable[..., Path], read_states: Callable[..., Any]) -> None:
    with pytest.raises(SourceError, match="named by a date"):
        read_states("hub-weekly", parquet("models.parquet", [{"id": "o/a"}]))
    with pytest.raises(SchemaChanged, match="modelId"):
        read_states("hub-weekly", parquet("2025-09-01/models.parquet", [{"name": "a"}]))


def test_the_duty_to_share_alike_is_said() -> None:
    assert "share-alike" in INFO.licence
