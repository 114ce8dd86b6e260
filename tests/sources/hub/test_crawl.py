"""The walk with a scripted hub: what FakeHub's faults do not reach."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.crawls import record

from modelcensus.errors import CursorExpired, IncompleteSnapshot, SourceError
from modelcensus.settings import Settings
from modelcensus.sources.hub.client import Answer
from modelcensus.sources.hub.crawl import END_CHECKS, Crawl
from modelcensus.sources.hub.cursor import cursor_of
from modelcensus.sources.hub.journal import CrawlState, Journal
from modelcensus.sources.hub.pages import decode_page
from modelcensus.sources.hub.retry import Retry
from modelcensus.testing import FixedClock

AT = datetime(2026, 1, 1, tzinfo=UTC)
START = "/api/models?limit=2"
STATE = CrawlState("crawl", "http://127.0.0.1:1", START, 0, date(2026, 1, 1), AT)


def page(*rows: Any, following: str = "", **more: Any) -> Answer:
    place = f"{START}&cursor={following}" if following else ""
    body = json.dumps(list(rows)).encode()
    return Answer(body, len(body), place, AT, is_simulated=more.pop("is_simulated", True), **more)


class Script:
    """Answers a place by its cursor; `by_date` stands for every cursor it did not give itself."""

    def __init__(
        self, pages: dict[str, Answer | Exception], by_date: Callable[[], Any] | None = None
    ) -> None:
        self.pages = pages
        self.by_date = by_date
        self.asked: list[str] = []

    def fetch(self, place: str) -> Answer:
        cursor = cursor_of(place)
        self.asked.append(cursor if cursor in self.pages else "by date")
        found = self.pages.get(cursor)
        if found is None:
            found = self.by_date() if self.by_date else CursorExpired("unknown")
        if isinstance(found, Exception):
            raise found
        return found


def crawl(folder: Path, script: Script, **limits: float) -> Crawl:
    settings = Settings(**limits)  # type: ignore[arg-type]
    folder = folder / "crawl"
    is_there = (folder / "crawl.json").exists()
    journal = Journal.open(folder) if is_there else Journal.create(folder, STATE)
    retry = Retry(settings, FixedClock(), lambda seconds, why: None)
    return Crawl(script, journal, retry, settings, lambda head, answer: None)


def numbers(made: Crawl) -> list[int]:
    """Return the numbers of the rows that count."""
    found = []
    for head, body in made._journal.heads_and_pages():
        rows = [r for n, r in enumerate(decode_page(body)) if n not in head.left_out]
        found += [int(row["id"].rpartition("-")[2]) for row in rows]
    return found


def test_a_hub_that_tells_no_dates_is_walked_by_its_own_cursors(tmp_path: Path) -> None:
    bare = [{"id": f"grove/tree-{n}"} for n in range(5)]
    script = Script(
        {
            "": page(bare[0], bare[1], following="a"),
            "a": page(bare[2], bare[3], following="b"),
            "b": page(bare[4]),
        }
    )
    made = crawl(tmp_path, script)
    made.run()
    assert numbers(made) == [0, 1, 2, 3, 4]
    # no place by date is known: the end is taken as it is
    assert script.asked == ["", "a", "b"]


def test_without_dates_a_bad_cursor_means_the_whole_way_again(tmp_path: Path) -> None:
    bare = [{"id": f"grove/tree-{n}"} for n in range(6)]
    expired: list[Answer | Exception] = [CursorExpired("gone"), page(bare[4], bare[5])]

    class Once(Script):
        def fetch(self, place: str) -> Answer:
            if cursor_of(place) == "b":
                self.pages["b"] = expired.pop(0)
            return super().fetch(place)

    script = Once(
        {
            "": page(bare[0], bare[1], following="a"),
            "a": page(bare[2], bare[3], following="b"),
            "b": page(),
        }
    )
    made = crawl(tmp_path, script)
    made.run()
    assert script.asked == ["", "a", "b", "", "a", "b"]
    assert numbers(made) == list(range(6))
    assert made.restarts == 1
    assert made.duplicates == 4


def test_pages_that_repeat_under_new_cursors_lead_nowhere(tmp_path: Path) -> None:
    class Endless(Script):
        count = 0

        def fetch(self, place: str) -> Answer:
            self.count += 1
            return page(record(0), record(1), following=f"c{self.count}")

    script = Endless({})
    made = crawl(tmp_path, script, hub_restarts=3)
    with pytest.raises(IncompleteSnapshot, match="led nowhere 3 times"):
        made.run()
    assert numbers(made) == [0, 1]
    assert script.count < 60


def test_models_that_keep_coming_do_not_keep_it_for_ever(tmp_path: Path) -> None:
    born = iter(range(2, 1000))

    def newest() -> Answer:
        number = next(born)
        return page(record(number - 1), record(number))

    script = Script({"": page(record(0), record(1))}, newest)
    made = crawl(tmp_path, script)
    made.run()
    assert script.asked == ["", *["by date"] * END_CHECKS]
    assert numbers(made) == [0, 1, 2, 3, 4]


def test_a_lost_next_link_is_found_out_by_date(tmp_path: Path) -> None:
    rest = iter(
        [
            page(record(1), record(2), following="x"),
            page(record(4), record(5)),
            page(record(4), record(5)),
        ]
    )
    script = Script(
        {"": page(record(0), record(1)), "x": page(record(3), record(4))}, lambda: next(rest)
    )
    made = crawl(tmp_path, script)
    made.run()
    assert numbers(made) == [0, 1, 2, 3, 4, 5]
    assert made.restarts == 0


def test_a_page_by_date_that_joins_nothing_is_not_trusted(tmp_path: Path) -> None:
    """Rows beyond a gap: between them and what is known others may stand."""
    script = Script(
        {
            "": page(record(0), record(1), following="a"),
            "a": CursorExpired("gone"),
        },
        lambda: page(record(7), record(8)),
    )
    made = crawl(tmp_path, script, hub_restarts=2)
    with pytest.raises(IncompleteSnapshot):
        made.run()
    assert numbers(made) == [0, 1]


def test_a_hub_cannot_be_half_simulated(tmp_path: Path) -> None:
    script = Script(
        {
            "": page(record(0), record(1), following="a"),
            "a": page(record(2), is_simulated=False),
        }
    )
    with pytest.raises(IncompleteSnapshot, match="simulated"):
        crawl(tmp_path, script).run()


def test_it_goes_on_from_what_is_in_the_journal(tmp_path: Path) -> None:
    script = Script(
        {"": page(record(0), record(1), following="a"), "a": SourceError("refused for good")}
    )
    with pytest.raises(SourceError, match="refused"):
        crawl(tmp_path, script).run()
    script.pages["a"] = page(record(1), record(2))
    made = crawl(tmp_path, script)
    made.run()
    # the last one looks behind the end
    assert script.asked == ["", "a", "a", "by date"]
    assert numbers(made) == [0, 1, 2]
    script.asked.clear()
    crawl(tmp_path, script).run()
    # complete: nothing is asked
    assert not script.asked


def test_an_end_that_was_seen_is_looked_behind_after_a_death(tmp_path: Path) -> None:
    script = Script({"": page(record(0), record(1))}, lambda: SourceError("dead"))
    with pytest.raises(SourceError):
        crawl(tmp_path, script).run()
    script.by_date = lambda: page(record(1))
    made = crawl(tmp_path, script)
    made.run()
    assert script.asked == ["", "by date", "by date"]
    assert replace(made._journal.state).is_complete
