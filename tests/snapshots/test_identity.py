from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcensus.errors import SnapshotError, SourceError
from modelcensus.snapshots import identity


@settings(deadline=None)
@given(st.dates() | st.datetimes(timezones=st.timezones(), allow_imaginary=False))
def test_labels_can_be_read_back_as_the_moment_they_name(label: date | datetime) -> None:
    try:
        text = identity.label_text(label)
    except OverflowError:  # year 1 or 9999 moved over the edge by its time zone
        return
    moment = identity.label_instant(text)
    assert moment.tzinfo is UTC
    if isinstance(label, datetime):
        assert moment == label.astimezone(UTC)
    else:
        assert moment == datetime(label.year, label.month, label.day, tzinfo=UTC)


def test_labels_are_days_or_instants_in_utc() -> None:
    assert identity.label_text(date(2025, 9, 7)) == "2025-09-07"
    noon = datetime(2026, 8, 19, 20, 0, 25, tzinfo=timezone(timedelta(hours=8)))
    assert identity.label_text(noon) == "2026-08-19T12:00:25Z"
    assert identity.label_text(datetime(2025, 9, 7, tzinfo=UTC)) == "2025-09-07T00:00:00Z"


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(SourceError, match="time zone"):
        identity.label_text(datetime(2025, 9, 7))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    "text",
    ["", "2025-9-7", "20250907", "2025-W36-7", "yesterday", "2025-13-01", "2025-09-07T",
     "2025-09-07T12:00:00", "2025-09-07T12:00:00+00:00", "2025-09-07T12:00:00.500Z",
     "2025-09-07 12:00:00Z", "../2025-09-07"],
)  # fmt: skip
def test_other_texts_are_no_labels(text: str) -> None:
    with pytest.raises(SnapshotError):
        identity.label_instant(text)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_names_that_pass_make_plain_folder_names(text: str) -> None:
    try:
        identity.check_name("frame", text)
    except SourceError:
        return
    folder = identity.slug(text)
    assert folder not in ("", ".", "..")
    assert not folder.startswith(".")
    assert not set(folder) & set("/\\: \0")


@pytest.mark.parametrize("text", ["", "..", "../x", "a/b", ".hidden", "a b", "x" * 101, "é", "a\n"])
def test_names_that_could_leave_the_store_are_refused(text: str) -> None:
    with pytest.raises(SourceError, match="cannot be the name of a hub"):
        identity.check_name("hub", text)


@pytest.mark.parametrize("text", ["", "Models", "../x", "a-b", "a.b", "x" * 65])
def test_table_names_that_could_leave_the_folder_are_refused(text: str) -> None:
    with pytest.raises(SourceError, match="name of a table"):
        identity.check_table_name(text)


BASE = {
    "hub": "huggingface",
    "frame": "panel:osir",
    "label": "2025-09-07",
    "tables": {"observations": "0" * 64},
    "absent_columns": ("pulls", "likes"),
    "is_complete_frame": False,
    "is_simulated": False,
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hub", "modelscope"),
        ("frame", "panel:other"),
        ("label", "2025-09-08"),
        ("tables", {"observations": "1" * 64}),
        ("tables", {"observations": "0" * 64, "metadata": "0" * 64}),
        ("absent_columns", ("pulls",)),
        ("is_complete_frame", True),
        ("is_simulated", True),
    ],
)
def test_everything_that_matters_changes_the_identity(field: str, value: object) -> None:
    assert identity.snapshot_identity(**(BASE | {field: value})) != identity.snapshot_identity(
        **BASE
    )


def test_the_order_of_absent_columns_does_not_matter() -> None:
    other = BASE | {"absent_columns": ("likes", "pulls")}
    assert identity.snapshot_identity(**other) == identity.snapshot_identity(**BASE)


def test_kinds_of_identities_do_not_meet() -> None:
    receipt = identity.import_identity(
        source="x", reader_version=1, options={}, inputs={}, tool_version="1"
    )
    evidence = identity.evidence_identity(name="x", as_of="2025-01-01", tables={})
    assert len({receipt, evidence, identity.snapshot_identity(**BASE)}) == 3
