from __future__ import annotations

import gc

import pytest

from modelcensus.errors import HubUnavailable
from modelcensus.sources.hub.pages import Place, decode_page, places, row_keys


def test_a_page_is_a_list_of_rows() -> None:
    assert decode_page(b'[{"_id": "a"}, 1]') == [{"_id": "a"}, 1]
    assert decode_page(b"[]") == []


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"null", b'[{"_id": "a"}', b"<html>", b"[" * 100_000, b"\xff\xfe[1"]
)
def test_anything_else_may_be_asked_for_again(body: bytes) -> None:
    with pytest.raises(HubUnavailable):
        decode_page(body)
    assert gc.isenabled()


def test_a_row_of_bad_text_or_numbers_costs_no_other_row() -> None:
    body = b'[{"id": "caf\xe9"}, {"n": ' + b"9" * 5000 + b'}, {"n": NaN}, {"n": 12}]'
    rows = decode_page(body)
    assert rows[0] == {"id": "caf\udce9"}
    assert rows[1] == {"n": float("inf")}
    assert rows[3] == {"n": 12}


def test_rows_are_known_by_id_then_name_then_all_they_hold() -> None:
    rows = [{"_id": "a", "id": "x/y"}, {"id": "x/y"}, {"_id": 7}, 7, {"_id": ""}, {"_id": 7}]
    keys = row_keys(rows)
    assert keys[:2] == ["a", "id x/y"]
    assert keys[2] == keys[5]
    assert len(set(keys)) == 5
    assert row_keys(["\ud800"])


def test_a_page_stands_between_its_first_and_last_row() -> None:
    rows = [
        "odd",
        {"createdAt": "2024-01-01T00:00:00.000Z", "_id": "a"},
        {"createdAt": None, "_id": "b"},
        {"createdAt": "2024-01-02T00:00:00.000Z", "_id": "c"},
        {"_id": "d"},
    ]
    first, last = Place("2024-01-01T00:00:00.000Z", "a"), Place("2024-01-02T00:00:00.000Z", "c")
    assert places(rows) == (first, last)
    assert first < last
    assert places([{"_id": "x"}, 5]) is None
    assert places([]) is None
