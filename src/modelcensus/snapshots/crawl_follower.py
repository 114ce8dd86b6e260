"""The child that reads a crawl's pages behind it, and the pipe that tells it of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import NoReturn

from modelcensus.errors import CensusError, SnapshotError
from modelcensus.files import writing
from modelcensus.settings import Settings
from modelcensus.snapshots.reader import ReadRequest, Staged, read_source
from modelcensus.sources.hub.journal import END, STOP, Head, Journal

_NEVER = 10 * 365 * 86_400.0
_POLL = 1.0
_PIPE_BYTES = 65_536


class Follower:
    """The child that reads the pages behind the crawl, and the pipe that tells it of them."""

    def __init__(self, journal: Journal, staging: Path, settings: Settings) -> None:
        """Make the pipe and start the child; it stages into `staging`."""
        self._pipe = staging / "pages"
        with writing(self._pipe):
            os.mkfifo(self._pipe, 0o600)
            # read and write: opening waits for nobody, and a pipe without reader is no signal
            self._descriptor = os.open(self._pipe, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._request = ReadRequest(
            "hub-pages",
            journal.folder,
            {"follow": str(self._pipe)},
            staging,
            # a crawl takes as long as its quota wants; memory and rows stay bounded
            replace(settings, reader_seconds=_NEVER),
        )
        self._staged: Staged | None = None
        self._error: CensusError | None = None
        self._is_stopped = False
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    def tell(self, head: Head) -> None:
        """Tell the child of a page; raise what ended it, if it has ended."""
        if not self._thread.is_alive():
            self._raise()
        self._write(b"%d\n" % head.number)

    def finish(self) -> Staged:
        """Return what the child staged after the last page."""
        while self._thread.is_alive() and not self._write(END):
            self._thread.join(_POLL)
        self._thread.join()
        return self._staged or self._raise()

    def stop(self) -> None:
        """Tell the child to end, whatever it has not read yet, and wait until it is gone."""
        self._is_stopped = True
        with suppress(BlockingIOError):
            while os.read(self._descriptor, _PIPE_BYTES):
                pass
        self._write(STOP)
        self._thread.join()
        os.close(self._descriptor)

    def _read(self) -> None:
        try:
            self._staged = read_source(self._request, self._report)
        except CensusError as error:
            self._error = error

    def _report(self, rows: int, what: str) -> None:
        if self._is_stopped:
            raise SnapshotError("the crawl was stopped")

    def _write(self, line: bytes) -> bool:
        """Write a line unless the pipe is full: a later one tells the same and more."""
        try:
            return os.write(self._descriptor, line) == len(line)
        except BlockingIOError:
            return False

    def _raise(self) -> NoReturn:
        if self._error is not None:
            raise self._error
        raise SnapshotError("reading the pages ended before the crawl did")


@contextmanager
def following(journal: Journal, staging: Path, settings: Settings) -> Iterator[Follower]:
    """Hold a follower for the time of a crawl; it is gone afterwards."""
    follower = Follower(journal, staging, settings)
    try:
        yield follower
    finally:
        follower.stop()
