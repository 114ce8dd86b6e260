"""Weight formats of models: from tags, from the names of files, and from what the Hub read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.sources.texts import LIST_OF_TEXT, is_text, list_of_texts

TAGS = {
    "coreml": "coreml",
    "gguf": "gguf",
    "jax": "jax",
    "keras": "keras",
    "mlx": "mlx",
    "onnx": "onnx",
    "openvino": "openvino",
    "paddlepaddle": "paddlepaddle",
    "pytorch": "pytorch",
    "safetensors": "safetensors",
    "tensorflow": "tensorflow",
    "tf": "tensorflow",
    "tflite": "tflite",
}
"""Tags that name a format of weights, and what the format is called here."""

FILES = {
    "coreml": r"\.(mlmodel|mlpackage)(/|$)",
    "gguf": r"\.gguf$",
    "jax": r"(^|/)flax_model[^/]*\.msgpack$",
    "keras": r"\.keras$",
    "onnx": r"\.onnx$",
    "openvino": r"(^|/)openvino_[^/]*\.(bin|xml)$",
    "paddlepaddle": r"\.pdparams$",
    "pytorch": r"(^|/)[^/]*pytorch_(model|lora_weights)[^/]*\.bin$|(^|/)adapter_model\.bin$",
    "safetensors": r"\.safetensors$",
    "tensorflow": r"(^|/)tf_model[^/]*\.h5$",
    "tflite": r"\.tflite$",
}
"""Names of files that hold weights of a format. A bare `.bin`, `.pt` or `.h5` tells nothing: it
may as well be the state of a training run."""

NAMES = tuple(sorted({*TAGS.values(), *FILES}))
_BIT = {name: 1 << number for number, name in enumerate(NAMES)}
_TAGS = pa.array(list(TAGS))
_TAG_BITS = np.array([_BIT[name] for name in TAGS.values()], dtype=np.int64)


def formats_of(
    rows: int,
    *,
    tags: pa.Array | None = None,
    files: pa.Array | None = None,
    read: Iterable[tuple[str, pa.Array]] = (),
) -> pa.Array:
    """Return the formats of each row in order of their names; null where nothing tells.

    Args:
        rows: how many.
        tags: lists of text.
        files: lists of file names.
        read: a format, and whether the Hub read weights of it in each row.
    """
    found = _Formats(rows)
    for name, is_there in read:
        found.add_flags(name, is_there)
    if tags is not None:
        found.add_tags(tags)
    if files is not None:
        found.add_files(files)
    return found.lists()


def file_names(column: pa.Array) -> pa.Array:
    """Return the names in a column of file lists: texts, or structures with `rfilename`.

    Raises:
        TypeError: the column holds something else.
    """
    if pa.types.is_null(column.type):
        return column.cast(LIST_OF_TEXT)
    kind = getattr(column.type, "value_type", None)
    if kind is None or not pa.types.is_struct(kind):
        return list_of_texts(column)
    if kind.get_field_index("rfilename") < 0 or not is_text(kind.field("rfilename").type):
        raise TypeError(f"a list of files is needed, not {column.type}")
    names = [
        None if files is None else [f["rfilename"] for f in files if f and f["rfilename"]]
        for files in column.to_pylist()
    ]
    return pa.array(names, LIST_OF_TEXT)


def sorted_names(lists: pa.Array) -> pa.Array:
    """Return lists of formats as a source names them: in small letters, sorted, each once."""
    found = [
        None if names is None else sorted({name.lower() for name in names if name})
        for names in lists.to_pylist()
    ]
    return pa.array(found, LIST_OF_TEXT)


def names_of_files(value: Any) -> list[str] | None:
    """Return the file names in a record's `siblings`; null when it holds no list."""
    if not isinstance(value, list):
        return None
    names = [item.get("rfilename") if isinstance(item, dict) else item for item in value]
    # only the end of a name is looked at, so a lone surrogate in it is no loss
    return [name.encode("utf-8", "replace").decode() for name in names if isinstance(name, str)]


class _Formats:
    """Which formats each row has, as bits, and whether anything tells of them."""

    def __init__(self, rows: int) -> None:
        self._bits = np.zeros(rows, dtype=np.int64)
        self._known = np.zeros(rows, dtype=bool)

    def add_flags(self, name: str, is_there: pa.Array) -> None:
        mask = np.asarray(is_there)
        self._bits[mask] |= _BIT[name]
        self._known |= mask

    def add_tags(self, tags: pa.Array) -> None:
        self._known |= np.asarray(pc.is_valid(tags))
        codes = pc.index_in(pc.list_flatten(tags), _TAGS)
        at = np.flatnonzero(np.asarray(pc.is_valid(codes)))
        found = np.asarray(codes.take(pa.array(at)), dtype=np.int64)
        np.bitwise_or.at(self._bits, _rows_of(tags, at), _TAG_BITS[found])

    def add_files(self, files: pa.Array) -> None:
        self._known |= np.asarray(pc.is_valid(files))
        names = pc.list_flatten(files)
        if not len(names):
            return
        for name, pattern in FILES.items():
            is_one = pc.match_substring_regex(names, pattern, ignore_case=True)
            at = np.flatnonzero(np.asarray(pc.fill_null(is_one, False)))
            self._bits[_rows_of(files, at)] |= _BIT[name]

    def lists(self) -> pa.Array:
        """Return the names; Python runs over distinct sets only."""
        sets = pa.array(self._bits, mask=~self._known).dictionary_encode()
        lists = [_names(bits) for bits in sets.dictionary.to_pylist()]
        return pa.array(lists, LIST_OF_TEXT).take(sets.indices)


def _rows_of(lists: pa.Array, at: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the rows of items from their places in the flattened lists."""
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    ends = np.cumsum(lengths, dtype=np.int64)
    found: npt.NDArray[np.int64] = np.searchsorted(ends, at, side="right")
    return found


def _names(bits: int) -> Sequence[str]:
    return [name for name in NAMES if bits & _BIT[name]]
