"""Labels keep their order and their distance, and move no further than they must."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from modelcensus.publish.charts.labels import spread

PLACES = st.lists(st.floats(-50, 450), min_size=1, max_size=12)


@given(PLACES)
def test_labels_never_overlap_and_stay_within(wanted: list[float]) -> None:
    step, low, high = 14.0, 0.0, 400.0
    found = spread(wanted, [step] * len(wanted), low, high)
    placed = sorted(found)
    assert all(b - a >= step - 1e-6 for a, b in pairwise(placed))
    assert placed[0] >= low + step / 2 - 1e-6
    assert placed[-1] <= high - step / 2 + 1e-6


@given(PLACES)
def test_the_order_is_kept(wanted: list[float]) -> None:
    found = spread(wanted, [14.0] * len(wanted), 0.0, 400.0)
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    assert order == sorted(range(len(found)), key=lambda i: (found[i], order.index(i)))


def test_labels_with_room_stay_where_they_belong() -> None:
    assert spread([10.0, 100.0, 50.0], [14.0] * 3, 0.0, 400.0) == [10.0, 100.0, 50.0]


def test_labels_that_touch_move_apart_evenly() -> None:
    assert spread([100.0, 100.0], [14.0, 14.0], 0.0, 400.0) == [93.0, 107.0]
    assert spread([100.0, 102.0, 104.0], [10.0] * 3, 0.0, 400.0) == [92.0, 102.0, 112.0]


def test_too_many_labels_begin_at_the_upper_end() -> None:
    assert spread([5.0] * 3, [10.0] * 3, 0.0, 20.0) == [5.0, 15.0, 25.0]
