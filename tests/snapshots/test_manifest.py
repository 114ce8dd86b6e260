from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcensus.errors import SnapshotError
from modelcensus.snapshots.manifest import EvidenceManifest, ImportReceipt, SnapshotManifest
from modelcensus.snapshots.manifest_fields import FileEntry
from modelcensus.sources.record import SourceInfo

INFO = SourceInfo("probe", "Probe", "https://example.org", "MIT", "Probe authors")
ENTRY = FileEntry("a" * 64, 1234, 2)


def snapshot(**changes: Any) -> SnapshotManifest:
    manifest = SnapshotManifest(
        id="",
        source=INFO,
        hub="huggingface",
        frame="panel:osir",
        label="2025-09-07",
        window=(datetime(2025, 9, 7, 1, tzinfo=UTC), datetime(2025, 9, 7, 2, tzinfo=UTC)),
        rows=2,
        input_rows=3,
        applied_rows=0,
        rejects={"no id": 1},
        files={"observations": ENTRY, "rejects": ENTRY},
        schema_fingerprint="b" * 64,
        absent_columns=("pulls",),
        is_complete_frame=False,
        is_simulated=False,
        tool_version="0.1.0",
    )
    manifest = replace(manifest, **changes)
    return replace(manifest, id=manifest.computed_id())


def evidence() -> EvidenceManifest:
    manifest = EvidenceManifest(
        id="", source=INFO, name="atom", as_of="2026-08-17", rows=2, input_rows=2, rejects={},
        files={"models": ENTRY}, schema_fingerprint="b" * 64, tool_version="0.1.0",
    )  # fmt: skip
    return replace(manifest, id=manifest.computed_id())


def receipt() -> ImportReceipt:
    empty = ImportReceipt(
        id="", source="probe", reader_version=1, options={"frame": "x"}, inputs={"a": "c" * 64},
        tool_version="0.1.0",
    )  # fmt: skip
    return replace(empty, id=empty.computed_id()).listing([snapshot(), evidence()])


ALL = [snapshot(), snapshot(window=None, label="2026-08-19T12:00:25Z"), evidence(), receipt()]


@pytest.mark.parametrize("manifest", ALL)
def test_manifests_survive_json(manifest: Any) -> None:
    raw = json.loads(json.dumps(manifest.to_json()))
    assert type(manifest).from_json(raw) == manifest
    assert type(manifest).from_json(manifest.to_json()) == manifest


def test_a_day_counts_from_its_start_in_utc() -> None:
    assert snapshot().instant == datetime(2025, 9, 7, tzinfo=UTC)
    instant = snapshot(label="2026-08-19T12:00:25Z").instant
    assert instant == datetime(2026, 8, 19, 12, 0, 25, tzinfo=UTC)


@pytest.mark.parametrize("manifest", ALL)
def test_a_missing_or_unknown_key_is_refused(manifest: Any) -> None:
    raw = manifest.to_json()
    for key in raw:
        with pytest.raises(SnapshotError, match=key):
            type(manifest).from_json({k: v for k, v in raw.items() if k != key}, "m.json")
    with pytest.raises(SnapshotError, match="surprise"):
        type(manifest).from_json(raw | {"surprise": 1}, "m.json")


WRONG = st.one_of(
    st.none(), st.booleans(), st.integers(max_value=-1), st.floats(), st.text(max_size=8),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)  # fmt: skip


@settings(deadline=None)
@given(st.sampled_from(ALL), st.data())
def test_a_wrong_value_is_a_snapshot_error_and_nothing_else(manifest: Any, data: Any) -> None:
    raw = manifest.to_json()
    key = data.draw(st.sampled_from(sorted(raw)))
    value = data.draw(WRONG)
    try:
        found = type(manifest).from_json(raw | {key: value}, "m.json")
    except SnapshotError:
        return
    assert getattr(found, key) == value or isinstance(value, list | dict)


@settings(deadline=None)
@given(WRONG)
def test_what_is_no_object_is_no_manifest(value: Any) -> None:
    with pytest.raises(SnapshotError):
        SnapshotManifest.from_json(value, "m.json")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("frame", "../../etc"),
        ("files", {"../x": {"sha256": "a" * 64, "bytes": 1, "rows": 1}}),
        ("files", {"observations": {"sha256": "A" * 64, "bytes": 1, "rows": 1}}),
        ("files", {"observations": {"sha256": "a" * 64, "bytes": True, "rows": 1}}),
        ("window", ["2025-09-07T01:00:00Z"]),
        ("window", ["2025-09-07", "2025-09-08"]),
        ("status", "published"),
        ("rejects", {"no id": -1}),
        ("label", "2025-9-7"),
    ],
)
def test_values_that_look_right_are_looked_at(key: str, value: object) -> None:
    with pytest.raises(SnapshotError, match="not a manifest of this version"):
        SnapshotManifest.from_json(snapshot().to_json() | {key: value}, "m.json")


@pytest.mark.parametrize(
    ("key", "value"), [("hub", "modelscope"), ("is_simulated", True), ("absent_columns", [])]
)
def test_an_edited_manifest_is_found_out(key: str, value: object) -> None:
    with pytest.raises(SnapshotError, match="was changed") as caught:
        SnapshotManifest.from_json(snapshot().to_json() | {key: value}, "m.json")
    assert "m.json" in caught.value.where


def test_rows_and_terms_are_not_part_of_the_identity() -> None:
    assert snapshot(rows=5, tool_version="9", source=replace(INFO, title="x")).id == snapshot().id


def test_a_manifest_holds_no_clock_time_and_no_path() -> None:
    assert set(snapshot(window=None).to_json()) == {
        "id", "source", "hub", "frame", "label", "window", "rows", "input_rows", "applied_rows",
        "rejects", "files", "schema_fingerprint", "absent_columns", "is_complete_frame",
        "is_simulated", "tool_version", "status",
    }  # fmt: skip
