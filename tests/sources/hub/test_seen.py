from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.sources.hub import seen
from modelcensus.sources.hub.seen import SeenKeys


@given(st.lists(st.lists(st.text(max_size=3), max_size=20), max_size=20))
def test_it_is_a_set(pages: list[list[str]]) -> None:
    keys = SeenKeys()
    truth: set[str] = set()
    for page in pages:
        expected = []
        for number, key in enumerate(page):
            if key in truth:
                expected.append(number)
            truth.add(key)
        assert keys.add(page) == expected
    assert keys.count == len(truth)
    assert all(keys.has(key) for key in truth)
    assert not keys.has("never there")


def test_it_stays_small_and_its_runs_few() -> None:
    keys = SeenKeys()
    for page in range(200):
        assert keys.add([f"{page}-{row}" for row in range(100)]) == []
    assert len(keys._runs) <= 12
    assert sum(run.high.nbytes + run.low.nbytes for run in keys._runs) == 12 * keys.count
    for page in range(300):
        keys.add([f"more {page}-{row}" for row in range(1000)])
    largest = max(len(run.high) for run in keys._runs)
    assert seen.LARGEST_RUN < largest <= 3 * seen.LARGEST_RUN


def test_keys_whose_first_half_is_the_same_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def digest(key: str) -> bytes:
        return b"12345678" + key.encode().ljust(4)[:4]

    monkeypatch.setattr(seen, "_digest", digest)
    keys = SeenKeys()
    assert keys.add(["a", "b", "a"]) == [2]
    assert keys.add(["c", "b"]) == [1]
    assert keys.add(["a", "c", "d"]) == [0, 1]
    assert keys.count == 4
