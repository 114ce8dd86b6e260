from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.errors import SettingsError
from modelcensus.sources.instants import (
    days,
    instants,
    label_day,
    parse_day,
    parse_instant,
    window_of_days,
)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2023-12-13T21:19:59.000Z", datetime(2023, 12, 13, 21, 19, 59, tzinfo=UTC)),
        ("2024-01-01T00:00:00+02:00", datetime(2023, 12, 31, 22, tzinfo=UTC)),
        ("2024-01-01 06:00", datetime(2024, 1, 1, 6, tzinfo=UTC)),
        ("2024-01-01", datetime(2024, 1, 1, tzinfo=UTC)),
        ("0000-01-01T00:00:00Z", None),
        ("1970-01-01T00:00:00Z", None),
        ("2100-01-01", None),
        ("2024-02-30", None),
        ("20240101", None),
        ("14/11/2024", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("", None),
    ],
)
def test_instants_are_read_as_utc(text: str, moment: datetime | None) -> None:
    assert parse_instant(text) == moment
    found, bad = instants(pa.array([text, None]))
    assert found.to_pylist() == [moment, None]
    assert bad.to_pylist() == [moment is None, False]


@given(st.text())
def test_any_text_is_a_day_or_none(text: str) -> None:
    assert parse_day(text) is None or isinstance(parse_day(text), date)


def test_the_hubs_own_way_of_writing_is_read_without_python() -> None:
    found, bad = instants(pa.array(["2023-12-13T21:19:59.000Z", "0001-01-01T00:00:00.000Z"]))
    assert found.to_pylist() == [datetime(2023, 12, 13, 21, 19, 59, tzinfo=UTC), None]
    assert bad.to_pylist() == [False, True]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
def test_timestamps_of_any_unit(unit: str, zone: str | None) -> None:
    moment = datetime(2024, 5, 1, 12, tzinfo=UTC)
    value = moment if zone else moment.replace(tzinfo=None)
    column = pa.array([value, None], pa.timestamp(unit, zone))
    found, bad = instants(column)
    assert found.to_pylist() == [moment, None]
    assert bad.to_pylist() == [False, False]


def test_a_timestamp_that_would_wrap_around_is_bad() -> None:
    found, bad = instants(pa.array(np.array([2**62]), pa.timestamp("s")))
    assert found.to_pylist() == [None]
    assert bad.to_pylist() == [True]


def test_dates_and_nulls() -> None:
    day = date(2024, 5, 1)
    for kind in (pa.date32(), pa.date64()):
        assert days(pa.array([day, None], kind))[0].to_pylist() == [day, None]
    assert days(pa.nulls(1))[0].to_pylist() == [None]
    with pytest.raises(TypeError, match="int64"):
        days(pa.array([20240101]))


@pytest.mark.parametrize("name", ["hub_2025-11-24.json", "2025-11-24", "x-2025-11-24T00.parquet"])
def test_a_full_date_in_the_name_is_the_label(name: str) -> None:
    assert label_day(Path("somewhere") / name, "") == date(2025, 11, 24)


@pytest.mark.parametrize(
    "name", ["models_2025-11.json", "models.json", "2025-11-24_2025-11-25.json", "12025-11-24"]
)
def test_without_one_full_date_the_option_is_asked_for(name: str) -> None:
    with pytest.raises(SettingsError, match=r"label=YYYY-MM-DD"):
        label_day(Path(name), "")
    assert label_day(Path(name), "2025-11-24") == date(2025, 11, 24)


@pytest.mark.parametrize("text", ["2025-11", "2025-13-01", "yesterday", "2025-11-24T00:00"])
def test_a_label_that_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="is not a day"):
        label_day(Path("x.json"), text)


def test_a_window_covers_whole_days() -> None:
    first, last = window_of_days(date(2025, 9, 7), date(2025, 9, 8))
    assert first == datetime(2025, 9, 7, tzinfo=UTC)
    assert last.date() == date(2025, 9, 8)
    assert last.hour == 23
