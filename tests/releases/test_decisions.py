"""Decisions about incidents: what blocks, what lifts a block, and what is written down."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from modelcensus.errors import QualityError, SettingsError, StoreError, UnknownName
from modelcensus.releases.decisions import (
    Decision,
    accept_incident,
    pass_gates,
    read_decisions,
    read_pending,
)
from modelcensus.snapshots.store import Store

TODAY = date(2025, 4, 1)


def incident(name: str, severity: str = "block") -> dict[str, Any]:
    return {
        "incident_id": name, "severity": severity, "kind": "global_drop", "frame": "hub",
        "subject": "", "metric": "downloads_30d", "label_before": "2025-03-01",
        "label_after": "2025-04-01", "value_before": 5000, "value_after": 1000,
        "note": "the frame's total fell",
    }  # fmt: skip


def test_a_block_stops_until_it_is_accepted_with_a_reason(tmp_path: Path) -> None:
    store = Store(tmp_path)
    found = [incident("first"), incident("second"), incident("third", "warn")]
    with pytest.raises(QualityError, match=r"2 incident\(s\) block") as caught:
        pass_gates(store, found, read_decisions(store))
    assert caught.value.exit_code == 4
    assert "5,000 -> 1,000" in caught.value.where
    assert "status accept first" in caught.value.next_step
    assert [p["incident_id"] for p in read_pending(store)] == ["first", "second"]
    why = 'a recount, announced\n as "planned", on the page'
    made = accept_incident(store, "second", why, TODAY)
    assert made == Decision(
        "second", "2025-04-01", 'a recount, announced as "planned", on the page'
    )
    with pytest.raises(QualityError, match=r"1 incident\(s\) block"):
        pass_gates(store, found, read_decisions(store))
    accept_incident(store, "first", "the same", TODAY)
    assert [d.incident_id for d in read_decisions(store)] == ["first", "second"]
    assert read_decisions(store)[1] == made
    pass_gates(store, found, read_decisions(store))
    assert read_pending(store) == []


def test_warnings_stop_nothing_and_write_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    pass_gates(store, [incident("third", "warn")], ())
    assert not store.path.exists()


def test_a_decision_needs_an_open_incident_and_a_reason(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(QualityError):
        pass_gates(store, [incident("abcdef")], ())
    with pytest.raises(SettingsError, match="needs its reason"):
        accept_incident(store, "abcdef", "  ", TODAY)
    with pytest.raises(UnknownName, match="no blocking incident named 'abcdeg'") as caught:
        accept_incident(store, "abcdeg", "why not", TODAY)
    assert caught.value.nearest == ["abcdef"]
    assert read_decisions(store) == ()
    accept_incident(store, "abcdef", "once", TODAY)
    accept_incident(store, "abcdef", "twice", TODAY)
    assert [d.why for d in read_decisions(store)] == ["twice"]


@pytest.mark.parametrize("text", ["", "id,why\n", "incident_id,decided_on,why\na,b\n"])
def test_a_file_that_is_no_list_of_decisions_is_refused(tmp_path: Path, text: str) -> None:
    store = Store(tmp_path)
    store.overlay_path.mkdir()
    (store.overlay_path / "decisions.csv").write_text(text)
    with pytest.raises(StoreError, match="decisions is not readable") as caught:
        read_decisions(store)
    assert "incident_id,decided_on,why" in caught.value.next_step
