from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelcensus.errors import SettingsError, SourceError
from modelcensus.sources import hub_json

LABEL = {"label": "2025-11-24"}
TODAY = {
    "_id": "65",
    "id": "microsoft/phi-2",
    "author": "microsoft",
    "gated": False,
    "lastModified": "2024-04-29T16:25:56.000Z",
    "createdAt": "2023-12-13T21:19:59.000Z",
    "likes": 3410,
    "trendingScore": None,
    "private": False,
    "sha": "ef",
    "downloads": 906288,
    "tags": ["license:mit", "base_model:adapter:x/y"],
    "pipeline_tag": "text-generation",
    "library_name": "transformers",
    "modelId": "microsoft/phi-2",
    "siblings": "many",
    "cardData": {"license": "mit", "language": ["en"]},
    "safetensors": {"parameters": {"BF16": 7}, "total": 7},
    "baseModels": {"relation": "adapter", "models": [{"_id": "1", "id": "x/y"}]},
}
OF_2022 = {"modelId": "gpt2", "tags": ["pytorch"], "private": False}


@pytest.fixture
def read_json(tmp_path: Path, read_states: Callable[..., Any]) -> Callable[..., Any]:
    def read(content: Any, name: str = "x.json") -> Any:
        path = tmp_path / name
        if not isinstance(content, str | bytes):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        (state,) = read_states("hub-api", path, LABEL)
        assert state.input_rows == len(state.records) + len(state.rejects)
        return state

    return read


ABSENT_OF_2022 = ("downloads_30d", "downloads_all_time", "likes", "trending_score")


def test_the_shape_of_today_and_of_2022(read_json: Callable[..., Any]) -> None:
    state = read_json([TODAY, OF_2022])
    today, old = state.records
    assert (state.state.label, state.state.frame) == (date(2025, 11, 24), "sample:hub-api")
    assert (state.state.hub, state.state.is_complete_frame) == ("huggingface", False)
    assert (today["downloads_30d"], today["parameters"], today["gated"]) == (906288, 7, "false")
    assert today["number_types"] == ["BF16"]
    assert (today["licence_tag"], today["languages"]) == ("mit", ["en"])
    assert [tuple(base.values()) for base in today["base_models"]] == [
        ("adapter", "x/y", "base_models"),
        ("adapter", "x/y", "tag"),
    ]
    assert today["absent"] == ["downloads_all_time", "spaces", "inference_providers"]
    assert old["model_id"] == "gpt2"
    assert old["absent"] == [*ABSENT_OF_2022, "spaces", "inference_providers"]
    assert "pulls" in state.state.absent_columns


def test_absent_null_and_zero_are_three_things(read_json: Callable[..., Any]) -> None:
    rows = [{"id": "o/a"}, {"id": "o/b", "downloads": None}, {"id": "o/c", "downloads": 0}]
    records = read_json(rows).records
    assert [r["downloads_30d"] for r in records] == [None, None, 0]
    assert ["downloads_30d" in r["absent"] for r in records] == [True, False, False]


def test_what_a_record_lists_is_counted_and_absent_is_not_none(
    read_json: Callable[..., Any],
) -> None:
    live = {"status": "live", "task": "conversational"}
    twice = [{"provider": "p", **live}, {"provider": "p", **live, "task": "other"}]
    staging = {"provider": "q", "status": "staging"}
    rows = [
        {"id": "o/a"},
        {"id": "o/b", "spaces": None, "inferenceProviderMapping": None},
        {"id": "o/c", "spaces": [], "inferenceProviderMapping": []},
        {"id": "o/d", "spaces": ["x/y", "x/z"], "inferenceProviderMapping": [*twice, staging]},
        {"id": "o/e", "spaces": ["x/y"], "inferenceProviderMapping": {"p": live, "q": staging}},
    ]
    records = read_json(rows).records
    assert [r["spaces"] for r in records] == [None, None, 0, 2, 1]
    assert [r["inference_providers"] for r in records] == [None, None, 0, 1, 1]
    assert ["spaces" in r["absent"] for r in records] == [True, False, False, False, False]
    assert ["inference_providers" in r["absent"] for r in records] == [True, *[False] * 4]


def test_formats_come_from_keys_tags_and_files(read_json: Callable[..., Any]) -> None:
    rows = [
        {"id": "o/a"},
        {"id": "o/b", "tags": ["en"]},
        {"id": "o/c", "tags": ["mlx"], "safetensors": {"total": 1}},
        {
            "id": "o/d",
            "siblings": [{"rfilename": "q/M.Q4.gguf"}, {"rfilename": "training_args.bin"}],
        },
        {"id": "o/e", "siblings": [], "gguf": None, "disabled": False},
        {"id": "o/f", "siblings": "no list", "disabled": "no"},
    ]
    records = read_json(rows).records
    assert [r["formats"] for r in records] == [None, [], ["mlx", "safetensors"], ["gguf"], [], None]
    assert [r["is_disabled"] for r in records] == [None, None, None, None, False, None]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"author": "o"}', "missing_id"),
        ('{"id": ""}', "missing_id"),
        ('{"id": 5}', "bad_id"),
        ('{"id": "a b"}', "bad_id"),
        ('{"id": "a/b\\u0000"}', "bad_id"),
        ('{"id": "o/a", "downloads": "15,357"}', "count_not_integer"),
        ('{"id": "o/a", "downloads": "7"}', "count_not_integer"),
        ('{"id": "o/a", "downloads": -1}', "count_not_integer"),
        ('{"id": "o/a", "downloads": 1.5}', "count_not_integer"),
        ('{"id": "o/a", "likes": NaN}', "count_not_integer"),
        ('{"id": "o/a", "likes": Infinity}', "count_not_integer"),
        ('{"id": "o/a", "likes": true}', "count_not_integer"),
        ('{"id": "o/a", "likes": 9223372036854775808}', "count_not_integer"),
        ('{"id": "o/a", "likes": ' + "9" * 5000 + "}", "count_not_integer"),
        ('{"id": "o/a", "likes": []}', "count_not_integer"),
        ('{"id": "o/a", "createdAt": 5}', "bad_date"),
        ('{"id": "o/a", "createdAt": "0000-01-01"}', "bad_date"),
        ('{"id": "o/a", "id": "o/b"}', "duplicate_key"),
        ('{"id": "o/a", "config": {"x": 1, "x": 2}}', "duplicate_key"),
        ('{"id": "o/a", "author": "\\ud800"}', "bad_text"),
        ('"o/a"', "not_an_object"),
        ("5", "not_an_object"),
        ("null", "not_an_object"),
        ("[]", "not_an_object"),
    ],
)
def test_what_costs_a_record(read_json: Callable[..., Any], text: str, reason: str) -> None:
    for content, name in (
        (f'[{{"id": "o/z"}}, {text}]', "x.json"),
        (f'{{"id": "o/z"}}\n{text}\n', "x.jsonl"),
    ):
        state = read_json(content, name)
        assert state.reasons == {reason: 1}
        assert state.rejects[0].locator in {"record 2", "line 2"}
        assert [r["model_id"] for r in state.records] == ["o/z"]


def test_keys_equal_up_to_case_are_different_keys(read_json: Callable[..., Any]) -> None:
    state = read_json('[{"id": "o/a", "config": {"ALOT": 1, "Alot": 2}}]')
    assert len(state.records) == 1


@pytest.mark.parametrize(
    ("columns", "fact", "value"),
    [
        ({"author": ["o"]}, "author", '["o"]'),
        ({"tags": "x"}, "tags", ["x"]),
        ({"tags": [1, None, "x"]}, "tags", ["1", None, "x"]),
        ({"gated": "manual"}, "gated", "manual"),
        ({"gated": True}, "gated", "true"),
        ({"gated": 7}, "gated", None),
        ({"private": "yes"}, "is_private", None),
        ({"trendingScore": 0.5}, "trending_score", None),
        ({"downloads": 7.0}, "downloads_30d", 7),
        ({"safetensors": [1]}, "parameters", None),
        ({"safetensors": {"total": "7"}}, "parameters", None),
        ({"cardData": '{"license": "mit"}'}, "licence_tag", "mit"),
        ({"cardData": ["x"]}, "licence_tag", None),
        ({"baseModels": ["x"]}, "base_models", None),
        ({"baseModels": {"models": "x"}}, "base_models", None),
        ({"baseModels": {"models": [None, {}, {"id": None}]}}, "base_models", None),
    ],
)
def test_facts_in_odd_forms(
    read_json: Callable[..., Any], columns: dict[str, Any], fact: str, value: Any
) -> None:
    (record,) = read_json([{"id": "o/a"} | columns]).records
    assert record[fact] == value


def test_files_of_every_layout(
    read_json: Callable[..., Any], read_states: Callable[..., Any], tmp_path: Path
) -> None:
    assert len(read_json("\ufeff" + json.dumps([TODAY])).records) == 1
    assert len(read_json(json.dumps(TODAY, indent=1)).records) == 1
    assert len(read_json(json.dumps(TODAY)).records) == 1
    assert len(read_json(json.dumps(TODAY) + "\n\n" + json.dumps(OF_2022)).records) == 2
    folder = tmp_path / "crawl_2025-11-24"
    folder.mkdir()
    for number, text in enumerate(
        [json.dumps(TODAY), json.dumps(OF_2022, indent=2), "{", "\udcff", "[]"]
    ):
        (folder / f"{number}.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    (folder / "README.md").write_text("no record", encoding="utf-8")
    (state,) = read_states("hub-api", folder)
    assert state.state.label == date(2025, 11, 24)
    assert [r["model_id"] for r in state.records] == ["microsoft/phi-2", "gpt2"]
    assert {r.locator: r.reason for r in state.rejects} == {
        "2.json": "bad_json",
        "3.json": "bad_text",
        "4.json": "not_an_object",
    }


def test_a_bad_line_costs_that_line(
    read_json: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CENSUS_CELL_BYTES", "1000")
    long = json.dumps({"id": "o/long", "author": "x" * 5000})
    deep = "[" * 900 + "]" * 90
    lines = ['{"id": "o/a"}', '{"id": "o/b"', long, '{"id": "o/c"} x', deep, '{"id": "o/d"}']
    state = read_json("\n".join(lines), "x.jsonl")
    assert {r.locator: r.reason for r in state.rejects} == {
        "line 2": "bad_json",
        "line 3": "too_large_cell",
        "line 4": "bad_json",
        "line 5": "bad_json",
    }
    assert [r["model_id"] for r in state.records] == ["o/a", "o/d"]
    state = read_json(b'{"id": "o/a"}\n{"id": "\xff"}\n', "x.jsonl")
    assert state.reasons == {"bad_text": 1}


def test_nesting_without_end_is_a_fault_not_a_crash(read_json: Callable[..., Any]) -> None:
    deep = "[" * 100_000
    assert read_json(deep + "\n" + '{"id": "o/a"}\n', "x.jsonl").reasons == {"bad_json": 1}
    with pytest.raises(SourceError, match="nested too deep"):
        read_json("[" + deep)


@pytest.mark.parametrize(
    ("content", "byte"),
    [
        (b"[", 1),
        (b'[{"id": "o/a"}', 14),
        (b'[{"id": "o/a"},', 15),
        (b'[{"id": "\xc3\xa9"}, {"id": "o/b', 22),
        (b'[{"id": "o/a"} {"id": "o/b"}]', 15),
        (b'[{"id": "o/a"}, oops]', 16),
        (b'[{"id": "o/a"}] []', 16),
        (b'[{"id": "o/a"}, {"id": "\xff"}]', 24),
    ],
)
def test_a_broken_array_names_the_byte(
    read_json: Callable[..., Any], content: bytes, byte: int
) -> None:
    with pytest.raises(SourceError, match=rf"byte {byte}\b") as caught:
        read_json(content)
    assert caught.value.where == "x.json"
    assert "again" in caught.value.next_step


def test_an_array_is_read_piece_by_piece(
    read_json: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_json, "_CHUNK_BYTES", 7)
    rows = [{"id": f"ö/a{n}", "downloads": n * 1000} for n in range(50)]
    text = json.dumps(rows, ensure_ascii=False, indent=1)
    assert [r["downloads_30d"] for r in read_json(text).records] == [r["downloads"] for r in rows]
    assert read_json("[12345678901234567890 , 1]").reasons == {"not_an_object": 2}
    with pytest.raises(SourceError, match=f"byte {len(text.encode()) - 1}"):
        read_json(text[:-1])


def test_a_record_longer_than_the_limit_ends_an_array(
    read_json: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CENSUS_CELL_BYTES", "100")
    monkeypatch.setattr(hub_json, "_CHUNK_BYTES", 64)
    with pytest.raises(SourceError, match="longer than 100 bytes"):
        read_json([{"id": "o/a", "author": "x" * 5000}])


def test_what_cannot_be_read_at_all(
    read_json: Callable[..., Any], read_states: Callable[..., Any], tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match="no records"):
        read_json("[]")
    with pytest.raises(SourceError, match="no records"):
        read_json("\n\n")
    with pytest.raises(SourceError, match="empty"):
        read_json("")
    with pytest.raises(SourceError, match="no such file"):
        read_states("hub-api", tmp_path / "absent.json", LABEL)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=r"no \.json file"):
        read_states("hub-api", tmp_path / "empty", LABEL)
    with pytest.raises(SettingsError, match="full date"):
        read_states("hub-api", tmp_path / "models_2025-11.json")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
HUB_OBJECTS = st.dictionaries(
    st.sampled_from([*TODAY, "gguf", "usedStorage", "downloadsAllTime"]), JSON_VALUES
) | st.fixed_dictionaries(
    {"id": st.sampled_from(["o/a", "gpt2"])},
    optional={name: JSON_VALUES for name in TODAY if name != "id"},
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(JSON_VALUES | HUB_OBJECTS, min_size=1, max_size=4))
def test_any_json_gives_a_record_or_a_reject(
    read_json: Callable[..., Any], values: list[Any]
) -> None:
    state = read_json(values)
    assert state.input_rows == len(values)
    lines = "\n".join(json.dumps(value) for value in values)
    again = read_json(lines, "x.jsonl")
    assert again.records == state.records
    assert again.reasons == state.reasons


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(min_size=1, max_size=60))
def test_any_bytes_are_read_or_refused(read_json: Callable[..., Any], content: bytes) -> None:
    for name in ("x.json", "x.jsonl"):
        try:
            read_json(content, name)
        except SourceError as error:
            assert error.next_step  # noqa: PT017
