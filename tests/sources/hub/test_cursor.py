from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from modelcensus.sources.hub.cursor import cursor_after, cursor_of, with_cursor
from modelcensus.sources.hub.pages import Place

OLD = Place("2024-01-02T00:00:00.000Z", "65900000aaaaaaaaaaaaaaaa")
NEW = Place("2024-01-01T00:00:00.000Z", "65800000aaaaaaaaaaaaaaaa")


def decoded(cursor: str) -> Any:
    return json.loads(base64.b64decode(cursor))


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_a_cursor_is_made_in_the_form_the_hub_uses() -> None:
    expected = [
        {"createdAt": NEW.created_at, "_id": {"$gt": NEW.key}},
        {"createdAt": {"$gt": NEW.created_at}},
    ]
    assert decoded(cursor_after(NEW)) == {"$or": expected}


def test_the_hubs_own_cursor_is_the_pattern() -> None:
    pattern = encoded(
        {
            "$or": [
                {"createdAt": {"$date": OLD.created_at}, "_id": {"$gt": {"$oid": OLD.key}}},
                {"createdAt": {"$gt": {"$date": OLD.created_at}}},
                {"createdAt": None},
            ],
            "searchSequenceToken": "CKf",
        }
    )
    assert decoded(cursor_after(NEW, pattern, OLD)) == {
        "$or": [
            {"createdAt": {"$date": NEW.created_at}, "_id": {"$gt": {"$oid": NEW.key}}},
            {"createdAt": {"$gt": {"$date": NEW.created_at}}},
            {"createdAt": None},
        ]
    }


@pytest.mark.parametrize(
    "pattern",
    ["", "opaque", "!!!", encoded([1]), encoded({"$or": {}}), encoded({"$or": [{"x": 1}]})],
)
def test_another_pattern_leaves_the_usual_form(pattern: str) -> None:
    assert cursor_after(NEW, pattern, OLD) == cursor_after(NEW)


def test_a_cursor_is_put_into_a_place_and_found_there() -> None:
    place = with_cursor("/api/models?limit=5&expand%5B%5D=tags&cursor=old", "a+/=")
    assert cursor_of(place) == "a+/="
    assert place.count("cursor=") == 1
    assert "expand%5B%5D=tags" in place
    assert cursor_of(with_cursor(place, "")) == ""
    assert cursor_of("") == ""
