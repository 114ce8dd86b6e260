"""Charts drawn by a few processes of their own: a bounded queue, a time limit, and a cache.

Drawing is work for a processor: threads of one process would wait for each other, and a chart
that never ends would take the whole service with it.
"""

from __future__ import annotations

import queue
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from modelcensus.contracts.figure import Figure
from modelcensus.errors import CensusError, LimitExceeded
from modelcensus.publish.charts.chart import DEFAULT_WIDTH
from modelcensus.publish.charts.pool_worker import Drawn, Job, Worker
from modelcensus.settings import Settings, load_settings

LOOK_SECONDS = 1.0
"""How often it is looked whether an idle process still lives."""

Key = tuple[Any, ...]


@dataclass(frozen=True)
class _Task:
    """A job in the queue, with whoever waits for it."""

    key: Key
    job: Job
    future: Future[Drawn]


class ChartPool:
    """Draws charts in processes; use it in a `with` block or close it.

    A chart that was drawn is kept as long as the setting `chart_cache` allows; the same question
    asked twice at once is drawn once. Settings: `chart_workers`, `chart_queue`,
    `chart_seconds`, `chart_cache`.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        """Start the processes; they load what they need while nobody waits yet."""
        self.settings = settings or load_settings()
        self._lock = threading.Lock()
        self._queue: queue.Queue[_Task | None] = queue.Queue(int(self.settings.chart_queue))
        self._waiting: dict[Key, Future[Drawn]] = {}
        self._kept: OrderedDict[Key, Drawn] = OrderedDict()
        self._kept_bytes = 0
        self._is_closed = False
        self._workers = [Worker() for _ in range(int(self.settings.chart_workers))]
        self._threads = [
            threading.Thread(target=self._serve, args=(worker,), daemon=True)
            for worker in self._workers
        ]
        for thread in self._threads:
            thread.start()

    def draw(
        self,
        figure: Figure,
        kind: str = "",
        *,
        format: str = "svg",
        width: int = DEFAULT_WIDTH,
        scheme: str = "light",
        events: Iterable[Sequence[str]] | None = None,
        public_url: str = "",
        is_titled: bool = True,
        scale: float = 2,
    ) -> Drawn:
        """Return a figure's chart as svg, png, pdf or spec (Vega-Lite, JSON), drawn or kept.

        Raises:
            ContractError, UnknownName, SettingsError: as `chart_of`.
            LimitExceeded: the queue is full, or drawing took longer than `chart_seconds`.
            CensusError: the process that drew it died, twice.
        """
        options = {
            "width": width,
            "scheme": scheme,
            "events": None if events is None else tuple(tuple(map(str, e)) for e in events),
            "public_url": public_url,
            "is_titled": is_titled,
        }
        job = Job(figure, kind, format, scale, options)
        key = (figure.release, figure.contract.id, kind, format, scale, *options.values())
        return self.submit(key, job).result()

    def submit(self, key: Key, job: Job) -> Future[Drawn]:
        """Return what will hold the drawn chart; see `draw`.

        Raises:
            LimitExceeded: the queue is full.
            CensusError: the pool is closed.
        """
        with self._lock:
            if self._is_closed:
                raise CensusError("the pool that draws charts is closed")
            future: Future[Drawn] = Future()
            if key in self._kept:
                self._kept.move_to_end(key)
                future.set_result(self._kept[key])
                return future
            if key in self._waiting:
                return self._waiting[key]
            try:
                self._queue.put_nowait(_Task(key, job, future))
            except queue.Full:
                raise LimitExceeded(
                    f"{self.settings.chart_queue:,.0f} charts are waiting to be drawn already",
                    next_step="ask again in a few seconds, or raise CENSUS_CHART_QUEUE",
                ) from None
            self._waiting[key] = future
            return future

    def close(self, seconds: float = 10.0) -> None:
        """Let what is being drawn end, refuse what waits, and end the processes."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
        self._refuse_waiting()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(seconds)
        for worker in self._workers:
            worker.end()

    def _refuse_waiting(self) -> None:
        while True:
            try:
                task = self._queue.get_nowait()
            except queue.Empty:
                return
            if task is not None:
                self._done(task, CensusError("the service is shutting down; ask again later"))

    def _serve(self, worker: Worker) -> None:
        """Take tasks from the queue and give them to one process, one after the other."""
        worker.start()
        while True:
            try:
                task = self._queue.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                worker.revive()
                continue
            if task is None:
                return
            try:
                self._done(task, worker.draw(task.job, self.settings.chart_seconds))
            except CensusError as error:
                self._done(task, error)

    def _done(self, task: _Task, outcome: Drawn | CensusError) -> None:
        with self._lock:
            self._waiting.pop(task.key, None)
            if isinstance(outcome, Drawn):
                self._keep(task.key, outcome)
        if isinstance(outcome, Drawn):
            task.future.set_result(outcome)
        else:
            task.future.set_exception(outcome)

    def _keep(self, key: Key, drawn: Drawn) -> None:
        """Keep a chart, and let go of those that were asked for longest ago."""
        if drawn.size > self.settings.chart_cache or key in self._kept:
            return
        self._kept[key] = drawn
        self._kept_bytes += drawn.size
        while self._kept_bytes > self.settings.chart_cache:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= oldest.size

    def __enter__(self) -> ChartPool:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()
