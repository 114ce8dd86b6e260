"""Invented words: syllables that belong to no language, put together by draws."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.testing.simulator.draws import Bits, Draws, Integers

_FIRST = [
    "bral",
    "cavu",
    "drost",
    "elvi",
    "fenqu",
    "gliv",
    "hoxa",
    "ibru",
    "jasto",
    "klem",
    "lurv",
    "mavo",
    "nirr",
    "ospu",
    "prav",
    "quil",
    "rusk",
    "selv",
    "tamo",
    "urve",
    "vosk",
    "wexi",
    "yilt",
    "zorb",
]
_SECOND = [
    "dane",
    "fil",
    "gorn",
    "hask",
    "imo",
    "jurr",
    "kevo",
    "lanth",
    "mirq",
    "nazu",
    "olt",
    "pevi",
    "quor",
    "rith",
    "suvo",
    "trell",
    "ulk",
    "vanx",
    "wimo",
    "xar",
    "yost",
    "zeph",
]
FIRST = pa.array(_FIRST)
SECOND = pa.array(_SECOND)


def invented_words(draws: Draws, stream: str) -> Iterator[str]:
    """Yield invented words without end, none twice."""
    generator = draws.generator(stream)
    seen: set[str] = set()
    while True:
        syllables = [str(generator.choice(_FIRST)), str(generator.choice(_SECOND))]
        if len(seen) > 200:
            syllables.append(str(generator.choice(_SECOND)))
        word = "".join(syllables)
        if word not in seen:
            seen.add(word)
            yield word


def word_array(draws: Draws, stream: str, at: Integers) -> pa.Array:
    """Return one invented word per position; the same word comes again."""
    return joined(
        FIRST.take(pa.array(draws.below(f"{stream}/1", at, len(FIRST)))),
        SECOND.take(pa.array(draws.below(f"{stream}/2", at, len(SECOND)))),
    )


def joined(*parts: pa.Array | str) -> pa.Array:
    """Return texts put together row by row; null where a part is null."""
    return pc.binary_join_element_wise(*parts, "")


def digits(values: Integers) -> pa.Array:
    """Return whole numbers as texts."""
    return pa.array(values).cast(pa.string())


def hexadecimal(values: Bits | Integers, length: int) -> pa.Array:
    """Return numbers as texts of `length` (up to 16) hexadecimal digits, the lowest ones."""
    raw = values.astype(">u8").view(np.uint8).reshape(-1, 8)
    nibbles = np.empty((len(values), 16), dtype=np.uint8)
    nibbles[:, 0::2], nibbles[:, 1::2] = raw >> 4, raw & 15
    letters = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)[nibbles[:, 16 - length :]]
    offsets = np.arange(len(values) + 1, dtype=np.int32) * length
    data = np.ascontiguousarray(letters).tobytes()
    return pa.StringArray.from_buffers(
        len(values), pa.py_buffer(offsets.tobytes()), pa.py_buffer(data)
    )
