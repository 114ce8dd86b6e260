"""Hostile and harmless files of weights, made for tests: what they would do is make a marker.

Nothing here is of use to anybody: each payload would write one empty file at a place the test
looks at. The pickles are written with the standard library and are never loaded, here or anywhere.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import Any


class Touch:
    """Unpickled, it would call a function; pickled, it is only its name and arguments."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.call


def payloads(marker: Path) -> dict[str, bytes]:
    """Return pickles that would make the marker, by how they would do it."""
    import builtins
    import os
    import subprocess

    code = f"open({str(marker)!r}, 'w').close()"
    made = {
        "os.system": Touch(os.system, f"touch {marker}"),
        "eval": Touch(eval, code),
        "exec": Touch(exec, code),
        "subprocess": Touch(subprocess.call, ["touch", str(marker)]),
        "open": Touch(builtins.open, str(marker), "w"),
    }
    found = {
        f"{name}, protocol {protocol}": pickle.dumps(value, protocol=protocol)
        for name, value in made.items()
        for protocol in (0, 2, 4)
    }
    # the call stands behind a harmless pickle, and in one that breaks off after it
    evil = pickle.dumps(made["eval"], protocol=4)
    found["behind a harmless one"] = pickle.dumps({"a": 1}, protocol=4) + evil
    found["broken off after the call"] = evil[:-1]
    # names that are put together on the stack, and one by an opcode of old
    found["by name of old"] = b"(S'touch " + str(marker).encode() + b"'\nios\nsystem\n."
    return found


def harmless_pickles() -> dict[str, bytes]:
    """Return pickles of plain data and of what tensors are made of."""
    plain = OrderedDict(layer=[1.0, 2.0], name="elm")
    return {f"protocol {p}": pickle.dumps(plain, protocol=p) for p in range(6)}


def torch_zip(pickled: bytes, *, name: str = "archive/data.pkl") -> bytes:
    """Return an archive in the shape that torch.save writes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, pickled)
        archive.writestr("archive/data/0", b"\x00" * 4096)
        archive.writestr("archive/version", b"3\n")
    return out.getvalue()


def tar_of(name: str, content: bytes) -> bytes:
    """Return a tar with one file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def disguises(pickled: bytes) -> dict[str, bytes]:
    """Return files that hold a pickle, by name."""
    nested = io.BytesIO()
    with zipfile.ZipFile(nested, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.pt", torch_zip(pickled))
    array = b"\x93NUMPY\x01\x00"
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n"
    return {
        "plain.pkl": pickled,
        "weights.bin": pickled,
        "no_ending": pickled,
        "picture.png": pickled,
        "model.pt": torch_zip(pickled),
        "odd_member.pth": torch_zip(pickled, name="archive/readme.txt"),
        "nested.zip": nested.getvalue(),
        "old.tar": tar_of("pickle", pickled),
        "packed.joblib": zlib.compress(pickled),
        "packed.pkl.gz": gzip.compress(pickled, mtime=0),
        "packed.pkl.bz2": bz2.compress(pickled),
        "packed.pkl.xz": lzma.compress(pickled),
        "objects.npy": array + struct.pack("<H", len(header)) + header + pickled,
        "before_archive.pt": pickled + torch_zip(pickle.dumps({}, protocol=4)),
        "renamed.safetensors": pickled,
    }


def safetensors(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    """Return a safetensors file of a header (any JSON value, or bytes) and its data."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(dtype: str, shape: list[int], begin: int, end: int) -> dict[str, Any]:
    """Return a header's entry."""
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


SOUND = {
    "empty.safetensors": safetensors({}),
    "metadata.safetensors": safetensors({"__metadata__": {"format": "pt"}}),
    "two.safetensors": safetensors(
        {"a": tensor("F32", [2, 2], 0, 16), "b": tensor("BF16", [4], 16, 24)}, b"\x00" * 24
    ),
    "scalar.safetensors": safetensors({"a": tensor("I64", [], 0, 8)}, b"\x00" * 8),
    "nothing_in_it.safetensors": safetensors({"a": tensor("F16", [0, 7], 0, 0)}),
    "half_bytes.safetensors": safetensors({"a": tensor("F4", [3, 2], 0, 3)}, b"\x00" * 3),
}

CORRUPT = {
    "cut.safetensors": (b"\x08\x00", "shorter than"),
    "long_header.safetensors": (safetensors({}, length=1 << 20), "claims 1,048,576 bytes"),
    "huge_header.safetensors": (safetensors({}, length=1 << 62), "the format allows"),
    "no_json.safetensors": (safetensors(b"{'a': 1}"), "no JSON"),
    "deep.safetensors": (safetensors(b"[" * 200_000), "nested too deeply"),
    "list.safetensors": (safetensors([]), "no JSON object"),
    "twice.safetensors": (
        safetensors(b'{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":1}'),
        "twice",
    ),
    "overlap.safetensors": (
        safetensors({"a": tensor("U8", [8], 0, 8), "b": tensor("U8", [8], 4, 12)}, b"\x00" * 12),
        "overlap",
    ),
    "hole.safetensors": (
        safetensors({"a": tensor("U8", [4], 0, 4), "b": tensor("U8", [4], 8, 12)}, b"\x00" * 12),
        "no tensor covers bytes from 4",
    ),
    "behind.safetensors": (
        safetensors({"a": tensor("U8", [4], 0, 4)}, b"\x00" * 100),
        "96 bytes stand behind",
    ),
    "missing.safetensors": (safetensors({"a": tensor("U8", [400], 0, 400)}), "need 400 bytes"),
    "size.safetensors": (safetensors({"a": tensor("F32", [2], 0, 4)}, b"\x00" * 4), "another size"),
    "dtype.safetensors": (safetensors({"a": tensor("X9", [1], 0, 1)}, b"\x00"), "does not know"),
    "negative.safetensors": (safetensors({"a": tensor("U8", [-1], 0, -1)}), "no whole numbers"),
    "product.safetensors": (safetensors({"a": tensor("U8", [1 << 62, 4], 0, 0)}), "another size"),
    "entry.safetensors": (safetensors({"a": {"dtype": "U8"}}), "lacks dtype"),
    "metadata.safetensors": (safetensors({"__metadata__": {"a": 1}}), "not texts"),
}
"""File -> (bytes, words of what is said of it)."""
