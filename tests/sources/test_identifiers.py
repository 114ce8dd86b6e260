from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.sources.identifiers import MAX_ID_BYTES, well_formed


def is_well_formed(text: str) -> bool:
    return bool(well_formed(pa.array([text]))[0].as_py())


@pytest.mark.parametrize("text", ["gpt2", "a/b", "Qwen/Qwen2.5-7B", "unslothai/1", "..a/b.."])
def test_ids(text: str) -> None:
    assert is_well_formed(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "/",
            "a/",
            "/b",
            "a/b/c",
            "a b",
            "a/b\n",
            "a\x00/b",
            "a\u200bb",
            "a/\u202eb",
            "../b",
            ".",
        ),
        "x" * (MAX_ID_BYTES + 1),
    ],
)
def test_texts_that_are_no_ids(text: str) -> None:
    assert not is_well_formed(text)


@given(st.text())
def test_an_id_holds_at_most_one_slash_and_nothing_invisible(text: str) -> None:
    if is_well_formed(text):
        assert text.count("/") <= 1
        assert not any(unicodedata.category(c)[0] == "Z" for c in text)
        assert not any(unicodedata.category(c) in {"Cc", "Cf"} for c in text)
