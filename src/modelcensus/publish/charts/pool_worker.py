"""One process that draws charts, and its handle: asked by a pipe, ended when it takes too long."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from modelcensus import errors
from modelcensus.contracts.figure import Figure
from modelcensus.errors import CensusError, LimitExceeded, SettingsError

FORMATS = ("svg", "png", "pdf", "spec")
READY = "ready"
START_SECONDS = 120.0
"""Longest time for a process to load what it needs, on a machine that has much else to do."""

_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Job:
    """A chart to draw; options are those of `chart_of`."""

    figure: Figure
    kind: str
    format: str
    scale: float
    options: dict[str, Any]


@dataclass(frozen=True)
class Drawn:
    """A drawn chart: its words, and the picture or the spec as bytes."""

    kind: str
    title: str
    subtitle: str
    alt: str
    content: bytes

    @property
    def size(self) -> int:
        """Return how many bytes it takes."""
        words = len(self.title) + len(self.subtitle) + len(self.alt)
        return len(self.content) + 4 * words


class Worker:
    """The handle of one process; it is started anew when it dies or has to be ended."""

    def __init__(self) -> None:
        """Hold no process yet."""
        self.process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._is_ready = False
        self._is_ended = False
        self._ending = threading.Lock()

    def start(self) -> None:
        """Start the process, which loads what it needs.

        Raises:
            CensusError: the worker was ended for good.
        """
        if self._is_ended:
            raise CensusError("the pool that draws charts is closed")
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        self.process, self._pipe, self._is_ready = process, ours, False

    def revive(self) -> None:
        """Start the process anew if it died while nobody asked."""
        if self.process is None or not self.process.is_alive():
            self.stop()
            self.start()

    def draw(self, job: Job, seconds: float) -> Drawn:
        """Return a drawn chart; a process that died before is started anew, once.

        Raises:
            LimitExceeded: it took longer; the process was ended.
            CensusError: whatever drawing raised, or the process died twice.
        """
        for _ in range(2):
            try:
                return self._ask(job, seconds)
            except (EOFError, OSError):
                # it died, before the job or over it
                self.stop()
        raise CensusError(
            "the process that draws charts died twice over this one",
            where=f"definition {job.figure.contract.id}",
            next_step="ask the table; `census doctor` looks at the installation",
        )

    def _ask(self, job: Job, seconds: float) -> Drawn:
        pipe = self._ready_pipe()
        pipe.send(job)
        if not pipe.poll(seconds):
            self.stop()
            raise LimitExceeded(
                f"drawing the chart took longer than {seconds:g} s",
                where=f"definition {job.figure.contract.id}",
                next_step="name fewer groups, or raise CENSUS_CHART_SECONDS",
            )
        answer = pipe.recv()
        if isinstance(answer, Drawn):
            return answer
        raise unpacked(answer)

    def _ready_pipe(self) -> Connection:
        """Return the pipe to a process that has loaded what it needs."""
        if self._pipe is None:
            self.start()
        pipe = self._pipe
        if pipe is None or (not self._is_ready and not pipe.poll(START_SECONDS)):
            raise EOFError
        if not self._is_ready:
            self._is_ready = pipe.recv() == READY
        return pipe

    def end(self) -> None:
        """End the process for good."""
        self._is_ended = True
        self.stop()

    def stop(self) -> None:
        """End the process, whatever it does; two threads may ask for it at once."""
        with self._ending:
            process, pipe = self.process, self._pipe
            self.process = self._pipe = None
        if pipe is not None:
            pipe.close()
        if process is not None:
            process.kill()
            process.join()
            process.close()


def serve(pipe: Connection) -> None:
    """Draw what comes through a pipe until it is closed; the body of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(EOFError, OSError):
        _warm_up()
        pipe.send(READY)
        while True:
            job = pipe.recv()
            try:
                pipe.send(draw(job))
            except CensusError as error:
                pipe.send(packed(error))
            except Exception as error:
                # counted by whoever asked: the process goes on with the next chart
                kind = type(error).__name__
                pipe.send(packed(CensusError("a chart could not be drawn", where=kind)))


def draw(job: Job) -> Drawn:
    """Return a job's chart.

    Raises:
        CensusError: as `chart_of`; SettingsError for an unknown format.
    """
    import json

    from modelcensus.publish.charts.chart import chart_of

    if job.format not in FORMATS:
        raise SettingsError(f"no format {job.format!r}", next_step=f"one of: {', '.join(FORMATS)}")
    chart = chart_of(job.figure, job.kind, **job.options)
    if job.format == "spec":
        content = json.dumps(chart.spec, sort_keys=True, ensure_ascii=False).encode()
    elif job.format == "png":
        content = chart.png(job.scale)
    else:
        content = chart.pdf() if job.format == "pdf" else chart.svg().encode()
    return Drawn(chart.kind, chart.title, chart.subtitle, chart.alt, content)


def _warm_up() -> None:
    """Load the libraries and draw nothing, so that the first chart does not wait for it."""
    from modelcensus.publish.charts import drawing
    from modelcensus.publish.charts.render import svg_of

    picture = drawing.Drawing(10, 10)
    picture.text(1, 1, "a", "#000000", drawing.TextStyle(10))
    svg_of({"layer": list(picture.layers())})


def packed(error: CensusError) -> tuple[str, str, dict[str, Any]]:
    """Return an error as values that a pipe carries: errors take their fields by name."""
    return type(error).__name__, str(error.what), dict(vars(error))


def unpacked(values: tuple[str, str, dict[str, Any]]) -> CensusError:
    """Return the error that was packed."""
    name, what, state = values
    kind = getattr(errors, name, CensusError)
    error: CensusError = kind.__new__(kind, what)
    Exception.__init__(error, what)
    vars(error).update(state)
    return error
