"""Processes that draw charts: kept, bounded, ended when they take too long, started anew."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest
from tests.publish.charts.figures import series

from modelcensus.contracts.figure import Figure
from modelcensus.errors import (
    CensusError,
    ContractError,
    HubUnavailable,
    LimitExceeded,
    UnknownName,
)
from modelcensus.publish.charts import chart_of
from modelcensus.publish.charts.pool import ChartPool
from modelcensus.publish.charts.pool_worker import Drawn, Job, packed, unpacked
from modelcensus.settings import Settings


@pytest.fixture(scope="module")
def pool() -> Iterator[ChartPool]:
    with ChartPool(Settings(chart_workers=1, chart_queue=4)) as opened:
        yield opened


@pytest.fixture(scope="module")
def figure() -> Figure:
    return series({"IS": [0.5, 0.4, 0.3], "PT": [0.5, 0.6, 0.7]})


def test_a_chart_is_the_one_that_is_drawn_here(pool: ChartPool, figure: Figure) -> None:
    drawn = pool.draw(figure, "lines", width=390, scheme="dark", events=[("2031-02-01", "rain")])
    here = chart_of(figure, "lines", width=390, scheme="dark", events=[("2031-02-01", "rain")])
    assert drawn.content.decode() == here.svg()
    assert (drawn.kind, drawn.title, drawn.subtitle, drawn.alt) == (
        *(here.kind, here.title, here.subtitle),
        here.alt,
    )


def test_forms(pool: ChartPool, figure: Figure) -> None:
    assert pool.draw(figure, format="png").content[1:4] == b"PNG"
    assert pool.draw(figure, format="pdf").content[:5] == b"%PDF-"
    assert b'"$schema"' in pool.draw(figure, format="spec").content
    with pytest.raises(CensusError, match="no format 'gif'"):
        pool.draw(figure, format="gif")


def test_what_was_drawn_is_kept(pool: ChartPool, figure: Figure) -> None:
    first = pool.draw(figure, "slope")
    assert pool.draw(figure, "slope") is first
    assert pool.draw(figure, "slope", width=500) is not first


def test_errors_come_through_whole(pool: ChartPool, figure: Figure) -> None:
    with pytest.raises(ContractError, match="does not fit") as refused:
        pool.draw(figure, "matrix")
    assert refused.value.next_step.startswith("one of: ")
    with pytest.raises(UnknownName) as unknown:
        pool.draw(figure, "pie")
    assert unknown.value.name == "pie"


@pytest.mark.parametrize(
    "error",
    [
        CensusError("a", where="b", next_step="c"),
        UnknownName("chart", "pie", ["bars"]),
        HubUnavailable("down", status=503, wait_s=2.0),
    ],
)
def test_an_error_is_the_same_after_the_pipe(error: CensusError) -> None:
    found = unpacked(packed(error))
    assert type(found) is type(error)
    assert vars(found) == vars(error)
    assert str(found) == str(error)


def test_a_process_that_died_is_started_anew(pool: ChartPool, figure: Figure) -> None:
    worker = pool._workers[0]
    assert worker.process is not None
    assert worker.process.pid is not None
    os.kill(worker.process.pid, signal.SIGKILL)
    worker.process.join(10)
    assert pool.draw(figure, "area", width=444).content.startswith(b"<svg ")


def test_a_chart_that_takes_too_long_is_given_up_and_the_next_one_drawn(figure: Figure) -> None:
    with ChartPool(Settings(chart_workers=1, chart_seconds=0.0001)) as hasty:
        with pytest.raises(LimitExceeded, match="took longer than"):
            hasty.draw(figure)
        hasty.settings = Settings(chart_workers=1)
        assert hasty.draw(figure).content.startswith(b"<svg ")


def test_what_finds_no_place_in_the_queue_is_refused(figure: Figure) -> None:
    with ChartPool(Settings(chart_workers=1, chart_queue=1)) as narrow:
        # the process is still loading: one chart is taken up, one waits
        refused = []
        for number in range(4):
            try:
                narrow.submit((number,), Job(figure, "lines", "svg", 2, {"width": 400 + number}))
            except LimitExceeded as error:
                refused.append(error)
        assert len(refused) in (2, 3)
        assert "are waiting to be drawn" in refused[0].what
        assert "ask again" in refused[0].next_step


def test_the_same_question_asked_twice_at_once_is_drawn_once(
    pool: ChartPool, figure: Figure
) -> None:
    found: list[Drawn] = []
    threads = [
        threading.Thread(target=lambda: found.append(pool.draw(figure, "bars", width=777)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 4
    assert all(one is found[0] for one in found)


def test_what_was_asked_for_longest_ago_is_let_go(figure: Figure) -> None:
    with ChartPool(Settings(chart_workers=1)) as small:
        first = small.draw(figure, "bars", width=600)
        small.settings = Settings(chart_workers=1, chart_cache=2.5 * first.size)
        second = small.draw(figure, "bars", width=610)
        assert small.draw(figure, "bars", width=600) is first
        small.draw(figure, "bars", width=620)
        assert small.draw(figure, "bars", width=600) is first
        assert small.draw(figure, "bars", width=610) is not second
        assert small._kept_bytes <= 2.5 * first.size
        # what is larger than the whole room is drawn and not kept
        small.settings = Settings(chart_workers=1, chart_cache=10)
        assert small.draw(figure, "area") is not small.draw(figure, "area")


def test_closing_ends_the_processes_and_refuses_what_comes(figure: Figure) -> None:
    opened = ChartPool(Settings(chart_workers=2))
    opened.draw(figure)
    processes = [w.process.pid for w in opened._workers if w.process is not None]
    opened.close()
    opened.close()
    for number in processes:
        assert number is not None
        assert _is_gone(number)
    with pytest.raises(CensusError, match="is closed"):
        opened.draw(figure)


def _is_gone(number: int) -> bool:
    for _ in range(100):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
