"""Which frame is asked where a question names none."""

from __future__ import annotations

from pathlib import Path

from tests.small_store import put, state

from modelcensus.releases.build import build_release
from modelcensus.releases.frame_order import frames_in_order
from modelcensus.releases.release import open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

DAYS = ("2031-01-05", "2031-02-05")


def test_a_course_of_time_is_asked_of_what_was_watched(tmp_path: Path) -> None:
    rows = [{"id": f"ash/m{n}", "downloads_30d": n} for n in range(4)]
    store = put(
        Store(tmp_path),
        *(state(day, rows, frame="sample:chosen", complete=True) for day in DAYS),
        *(state(day, rows[:2], frame="panel:watched") for day in DAYS),
        *(state(day, rows[:3], frame="panel:larger") for day in DAYS),
        state(DAYS[1], rows, frame="hub", complete=True),
        *(state(day, rows, frame="made", simulated=True) for day in DAYS),
    )
    build_release(store, Settings())
    release = open_release(store)
    # one snapshot of everything sees most, and says nothing of a course
    assert frames_in_order(release) == [
        "hub", "sample:chosen", "panel:larger", "panel:watched", "simulated:made",
    ]  # fmt: skip
    assert frames_in_order(release, over_time=True) == [
        "panel:larger", "panel:watched", "hub", "sample:chosen", "simulated:made",
    ]  # fmt: skip
    release.close()
