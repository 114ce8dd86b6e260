"""Answers that are kept, and a gate: few compute at once, some wait, the others are sent away."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Generic, TypeVar

from modelcensus.errors import MAY_PASS, Busy, CensusError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

RETRY_SECONDS = 5


class Gate:
    """Bounds how many requests compute or wait, so that light pages always find a thread."""

    def __init__(self, most: int, seconds: float) -> None:
        """Let in `most` at once; each waits up to `seconds` for what another one computes."""
        self.most, self.seconds = most, seconds
        self._lock = threading.Lock()
        self._inside = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place.

        Raises:
            Busy: all are taken.
        """
        with self._lock:
            if self._inside >= self.most:
                raise Busy(
                    f"{self.most} requests are being computed already", retry_s=RETRY_SECONDS
                )
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1


class Kept(Generic[K, V]):
    """The last answers of a slow question; asked twice at once it is answered once.

    A refusal (CensusError) is an answer, too, unless it may pass (`MAY_PASS`).
    """

    def __init__(self, most: int, gate: Gate) -> None:
        """Keep `most` answers."""
        self._most, self._gate = most, gate
        self._lock = threading.Lock()
        self._kept: OrderedDict[K, Future[V]] = OrderedDict()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """Return the answer to a question, made now unless it is kept or being made.

        Raises:
            Busy: too many compute or wait, or the wait took too long.
            CensusError: whatever making it raised.
        """
        with self._lock:
            future = self._kept.get(key)
            if future is not None:
                self._kept.move_to_end(key)
        if future is not None and future.done():
            return _answer(future)
        with self._gate.place():
            mine = self._claim(key)
            if mine is None:
                return self._wait(key)
            return self._make(key, mine, make)

    def peek(self, key: K) -> V | None:
        """Return an answer if it is there already."""
        with self._lock:
            future = self._kept.get(key)
        if future is None or not future.done() or future.exception() is not None:
            return None
        return future.result()

    def _claim(self, key: K) -> Future[V] | None:
        """Return a new future for who makes the answer; None where another one does."""
        with self._lock:
            if key in self._kept:
                return None
            future: Future[V] = Future()
            self._kept[key] = future
            finished = [k for k, f in self._kept.items() if f.done()]
            for old in finished[: max(0, len(self._kept) - self._most)]:
                del self._kept[old]
            return future

    def _make(self, key: K, future: Future[V], make: Callable[[], V]) -> V:
        try:
            future.set_result(make())
        except BaseException as error:
            if isinstance(error, MAY_PASS) or not isinstance(error, CensusError):
                with self._lock:
                    self._kept.pop(key, None)
            future.set_exception(error)
        return _answer(future)

    def _wait(self, key: K) -> V:
        with self._lock:
            future = self._kept.get(key)
        if future is None:
            raise Busy("what was being computed was given up", retry_s=RETRY_SECONDS)
        try:
            future.exception(timeout=self._gate.seconds)
        except TimeoutError:
            raise Busy("this is still being computed", retry_s=RETRY_SECONDS) from None
        return _answer(future)


class Turns:
    """Lets one thread compute at a time; what nobody waits for yet stands back behind readers."""

    def __init__(self) -> None:
        """Nobody has a turn."""
        self._free = threading.Condition()
        self._is_taken = False
        self._readers = 0
        self._is_over = False
        self._of_thread = threading.local()

    @contextmanager
    def background(self) -> Iterator[None]:
        """Stand back behind everybody else with all that this thread computes."""
        self._of_thread.is_patient = True
        try:
            yield
        finally:
            self._of_thread.is_patient = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the turn.

        Raises:
            Busy: there are no more turns.
        """
        is_patient = getattr(self._of_thread, "is_patient", False)
        with self._free:
            self._readers += not is_patient
            self._free.wait_for(
                lambda: self._is_over or (not self._is_taken and not (is_patient and self._readers))
            )
            self._readers -= not is_patient
            if self._is_over:
                raise Busy("the service is ending", retry_s=RETRY_SECONDS)
            self._is_taken = True
        try:
            yield
        finally:
            with self._free:
                self._is_taken = False
                self._free.notify_all()

    def end(self, interrupt: Callable[[], None]) -> None:
        """Give no more turns; return when the one that is held was given back.

        Args:
            interrupt: makes whoever holds it give up; called until that happens.
        """
        with self._free:
            self._is_over = True
            self._free.notify_all()
            while self._is_taken:
                interrupt()
                self._free.wait(0.1)


def _answer(future: Future[V]) -> V:
    error = future.exception()
    if error is None:
        return future.result()
    # one error is raised for many: what an earlier one left on it goes
    raise error.with_traceback(None)
