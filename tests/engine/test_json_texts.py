from __future__ import annotations

import threading

import pyarrow as pa
import pytest

from modelcensus.engine import json_texts
from modelcensus.engine.json_texts import json_fields
from modelcensus.errors import LimitExceeded


def read(*texts: str | None) -> list[str | None]:
    found = json_fields(pa.array(texts, pa.string()), ["license", "other"])
    assert set(found) == {"license", "other"}
    values: list[str | None] = found["license"].to_pylist()
    return values


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('{"license": "mit"}', '"mit"'),
        ('{"license": ["mit", 1.5]}', '["mit",1.5]'),
        ('{"license": {"a": null}}', '{"a":null}'),
        ('{"license": null}', None),
        ('{"License": "mit"}', None),
        ('{"license": "a", "license": "b"}', '"a"'),
        ('{"license": "a",}', '"a"'),
        ("[1]", None),
        ("7", None),
        ("null", None),
        ("", None),
        ("no json", None),
        ('{"license": "\\ud800"}', None),
        (None, None),
    ],
)
def test_a_field_keeps_its_json_form(text: str | None, field: str | None) -> None:
    assert read(text) == [field]


def test_a_text_that_is_no_json_costs_the_others_nothing() -> None:
    assert read('{"license": "mit"}', "{", None, '{"license": 1}') == ['"mit"', None, None, "1"]


def test_no_texts_give_empty_columns() -> None:
    assert read() == []


def test_each_thread_has_its_own() -> None:
    found: list[list[str | None]] = []
    threads = [
        threading.Thread(target=lambda n=n: found.append(read(f'{{"license":{n}}}')))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=str) == [["0"], ["1"], ["2"], ["3"]]


def test_too_much_at_once_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_texts, "MEMORY", "1MiB")
    monkeypatch.setattr(json_texts, "_open", threading.local())
    with pytest.raises(LimitExceeded, match="JSON texts"):
        read('{"license": "' + "x" * 4_000_000 + '"}')
