from __future__ import annotations

import pytest

from modelcensus.errors import CursorExpired, HubUnavailable, RateLimited
from modelcensus.settings import Settings
from modelcensus.sources.hub.quota import Quota
from modelcensus.sources.hub.retry import LONGEST_BACKOFF, Retry
from modelcensus.testing import FixedClock


class Failing:
    """Fails with each error in turn, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def make(clock: FixedClock, **given: float) -> Retry:
    return Retry(Settings(**given), clock, lambda seconds, why: None)  # type: ignore[arg-type]


def test_what_may_pass_is_tried_again_with_longer_waits() -> None:
    clock = FixedClock()
    retry = make(clock)
    call = Failing(*[HubUnavailable("down")] * 9)
    assert retry.call(call) == "answer"
    assert call.calls == 10
    assert retry.repeats == 9
    for number, seconds in enumerate(clock.slept):
        longest = min(2.0**number, LONGEST_BACKOFF)
        assert longest / 2 <= seconds <= longest
    assert retry.waited == sum(clock.slept)


def test_waits_are_the_same_in_every_run() -> None:
    clocks = [FixedClock(), FixedClock()]
    for clock in clocks:
        make(clock).call(Failing(*[HubUnavailable("down")] * 5))
    assert clocks[0].slept == clocks[1].slept


def test_it_gives_up_after_so_many_attempts() -> None:
    call = Failing(*[HubUnavailable("down")] * 9)
    with pytest.raises(HubUnavailable):
        make(FixedClock(), hub_attempts=3).call(call)
    assert call.calls == 3


def test_what_cannot_pass_is_not_tried_again() -> None:
    call = Failing(CursorExpired("gone"))
    with pytest.raises(CursorExpired):
        make(FixedClock()).call(call)
    assert call.calls == 1


def test_a_wait_the_hub_asks_for_is_kept() -> None:
    clock = FixedClock()
    retry = make(clock)
    assert retry.call(Failing(RateLimited(40), HubUnavailable("busy", wait_s=30))) == "answer"
    assert clock.slept == [40.5, 30]


@pytest.mark.parametrize("error", [RateLimited(1000), HubUnavailable("busy", wait_s=1000)])
def test_a_wait_that_is_too_long_is_refused(error: Exception) -> None:
    clock = FixedClock()
    with pytest.raises(type(error)):
        make(clock).call(Failing(error))
    assert not clock.slept


def test_with_nothing_left_the_next_call_waits() -> None:
    clock = FixedClock()
    retry = make(clock)
    retry.heed(Quota(1, 50))
    retry.call(Failing())
    assert not clock.slept
    retry.heed(Quota(0, 50))
    clock.advance(20)
    retry.call(Failing())
    assert clock.slept == [30.5]
    retry.call(Failing())
    assert clock.slept == [30.5]
    retry.heed(Quota(0, 5000))
    with pytest.raises(RateLimited):
        retry.call(Failing())
