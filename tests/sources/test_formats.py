from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.sources.formats import (
    FILES,
    NAMES,
    TAGS,
    file_names,
    formats_of,
    names_of_files,
    sorted_names,
)
from modelcensus.sources.texts import LIST_OF_TEXT


def of_files(*names: str) -> Any:
    return formats_of(1, files=pa.array([list(names)], LIST_OF_TEXT)).to_pylist()[0]


@pytest.mark.parametrize(
    ("file", "formats"),
    [
        ("model.safetensors", ["safetensors"]),
        ("unet/diffusion_pytorch_model.fp16.safetensors", ["safetensors"]),
        ("Q4/Model-Q4_K_M.GGUF", ["gguf"]),
        ("pytorch_model-00001-of-00002.bin", ["pytorch"]),
        ("unet/diffusion_pytorch_model.bin", ["pytorch"]),
        ("adapter_model.bin", ["pytorch"]),
        ("onnx/decoder_model.onnx", ["onnx"]),
        ("tf_model.h5", ["tensorflow"]),
        ("flax_model.msgpack", ["jax"]),
        ("openvino_model.bin", ["openvino"]),
        ("Model.mlpackage/Data/weights.bin", ["coreml"]),
        ("training_args.bin", []),
        ("optimizer.pt", []),
        ("model.safetensors.index.json", []),
        ("gguf", []),
        ("notes-on-safetensors.md", []),
    ],
)
def test_the_name_of_a_file_tells_its_format(file: str, formats: list[str]) -> None:
    assert of_files(file) == formats


def test_nothing_known_is_null_and_no_format_is_an_empty_list() -> None:
    tags = pa.array([None, [], ["en"], ["tf", "onnx", "tf"]], LIST_OF_TEXT)
    assert formats_of(4, tags=tags).to_pylist() == [None, [], [], ["onnx", "tensorflow"]]
    read = pa.array([True, False, False, True])
    found = formats_of(4, tags=tags, read=[("gguf", read)]).to_pylist()
    assert found == [["gguf"], [], [], ["gguf", "onnx", "tensorflow"]]
    assert formats_of(0).to_pylist() == []


def test_a_slice_reads_like_a_table() -> None:
    tags = pa.array([["gguf"], None, ["a", "jax"], [], ["mlx"]], LIST_OF_TEXT)
    assert formats_of(3, tags=tags.slice(2)).to_pylist() == [["jax"], [], ["mlx"]]


ANY = st.none() | st.lists(st.sampled_from([*TAGS, "x", "license:mit"]) | st.none(), max_size=6)


@given(st.lists(ANY, max_size=12))
def test_tags_read_as_one_by_one(rows: list[list[str | None] | None]) -> None:
    found = formats_of(len(rows), tags=pa.array(rows, LIST_OF_TEXT)).to_pylist()
    assert found == [
        None if tags is None else sorted({TAGS[t] for t in tags if t in TAGS}) for tags in rows
    ]


def test_every_format_has_a_bit_of_its_own() -> None:
    assert set(NAMES) == {*TAGS.values(), *FILES}
    assert len(NAMES) < np.iinfo(np.int64).bits


def test_file_lists_in_their_many_forms() -> None:
    assert file_names(pa.array([[{"rfilename": "a"}, None], None])).to_pylist() == [["a"], None]
    assert file_names(pa.array(['["a", "b"]', None])).to_pylist() == [["a", "b"], None]
    assert file_names(pa.nulls(2)).to_pylist() == [None, None]
    with pytest.raises(TypeError, match="files"):
        file_names(pa.array([[{"size": 1}]]))
    assert names_of_files([{"rfilename": "a"}, {"rfilename": 1}, {}, "b", 7]) == ["a", "b"]
    assert names_of_files({"rfilename": "a"}) is None


def test_a_sources_own_names_are_small_sorted_and_once() -> None:
    lists = pa.array([["GGUF", "mlx", "gguf", None, ""], [], None], LIST_OF_TEXT)
    assert sorted_names(lists).to_pylist() == [["gguf", "mlx"], [], None]
