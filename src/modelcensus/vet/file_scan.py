"""Looks at files of models without loading any of them: pickles, archives, safetensors headers.

This runs in a child process (see scan_child.py). Archives are walked in memory, member by member,
each within limits; nothing is written, and no link is followed.
"""

from __future__ import annotations

import bz2
import io
import json
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from modelcensus.vet import safetensors_header
from modelcensus.vet.pickles import (
    DAMAGED,
    DANGEROUS,
    NOTHING_FOUND,
    UNKNOWN_IMPORT,
    Judged,
    judge_pickle,
)

OWN_CODE, NOT_EXAMINED = "runs own code", "not examined"
STATES = (DANGEROUS, DAMAGED, OWN_CODE, UNKNOWN_IMPORT, NOT_EXAMINED, NOTHING_FOUND)
"""What can be said of a file, the gravest first. None of them is "harmless"."""

PICKLES = (
    *(".bin", ".ckpt", ".dat", ".data", ".joblib", ".npy", ".pickle", ".pkl", ".pt", ".pth"),
    *(".sav", ".th"),
)
"""Endings of files that loaders unpickle; others are looked at where they begin like a pickle."""

_OLD_MEMBERS = ("pickle", "storages", "sys_info", "tensors")
"""Members of the tar that early versions of PyTorch wrote; each is a pickle."""

_ZIP, _NPY, _SEVEN_ZIP = b"PK\x03\x04", b"\x93NUMPY", b"7z\xbc\xaf\x27\x1c"
_GZIP, _BZ2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_HEAD = 512
_CONFIG_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """How much is looked at: bytes of one member unpacked, files in all, archives in archives."""

    member_bytes: int
    files: int
    depth: int


@dataclass(frozen=True)
class Found:
    """What is said of one file, or of one member of an archive (`archive.pt:data.pkl`)."""

    path: str
    state: str
    why: str
    size_bytes: int


class TooManyFiles(Exception):
    """More files than the limit allows."""


class Scan:
    """One look at a file or folder, within limits."""

    def __init__(self, limits: Limits, on_file: Callable[[str], None] = lambda _: None) -> None:
        """Take the limits, and whom to tell the name of each file before it is looked at."""
        self.limits = limits
        self._on_file = on_file
        self._seen = 0

    def look(self, path: Path) -> Iterator[Found]:
        """Yield what is said of a file, or of every file in a folder, in order of names.

        Raises:
            TooManyFiles: more files and members than the limit.
        """
        for file, name in _files(path):
            self._count()
            self._on_file(name)
            if file.is_symlink():
                yield Found(name, NOT_EXAMINED, "a link, which is not followed", 0)
                continue
            size = file.stat().st_size
            try:
                with file.open("rb") as stream:
                    yield from self._judge(stream, name, size, depth=0)
            except MemoryError:
                yield Found(name, NOT_EXAMINED, "it needs more memory than is allowed", size)
            except OSError as error:
                yield Found(name, NOT_EXAMINED, f"cannot be read: {error.strerror}", size)

    def _count(self) -> None:
        self._seen += 1
        if self._seen > self.limits.files:
            raise TooManyFiles

    def _judge(self, stream: IO[bytes], name: str, size: int, depth: int) -> Iterator[Found]:
        head = stream.read(_HEAD)
        is_archive = head.startswith(_ZIP) or (depth == 0 and zipfile.is_zipfile(stream))
        stream.seek(0)
        ending = os.path.splitext(name)[1].lower()
        if not head:
            yield Found(name, DAMAGED, "an empty file", size)
        elif ending == ".safetensors":
            yield from self._safetensors(stream, name, size, head)
        elif is_archive:
            yield from self._zip(stream, name, size, head, depth)
        elif _is_tar(head):
            yield from self._tar(stream, name, size, depth)
        elif head.startswith(_SEVEN_ZIP):
            yield Found(name, NOT_EXAMINED, "a 7z archive, which model loaders do not write", size)
        elif unpack := _unpacker(head, ending):
            yield from self._packed(stream, name, size, depth, unpack)
        elif head.startswith(_NPY):
            yield self._numpy(stream, name, size)
        elif ending in PICKLES or _begins_like_pickle(head) or _is_old_member(name, depth):
            yield self._pickle(stream, name, size)
        else:
            yield self._other(stream, name, size, ending)

    def _safetensors(self, stream: IO[bytes], name: str, size: int, head: bytes) -> Iterator[Found]:
        problem = safetensors_header.problem_of(stream, size)
        if not problem:
            yield Found(name, NOTHING_FOUND, "the header is sound and accounts for all bytes", size)
            return
        yield Found(name, DAMAGED, problem, size)
        if _begins_like_pickle(head):
            stream.seek(0)
            yield self._pickle(stream, f"{name} (as a pickle)", size)

    def _pickle(self, stream: IO[bytes], name: str, size: int) -> Found:
        try:
            judged = judge_pickle(stream, name)
        except (ValueError, RecursionError) as error:
            judged = Judged(DAMAGED, f"cannot be disassembled: {str(error)[:100]}")
        return Found(name, judged.state, judged.why, size)

    def _numpy(self, stream: IO[bytes], name: str, size: int) -> Found:
        """Return what is said of a NumPy array: only those of objects hold a pickle."""
        from numpy.lib import format as numpy_format

        try:
            version = numpy_format.read_magic(stream)
            read = numpy_format.read_array_header_1_0
            if version != (1, 0):
                read = numpy_format.read_array_header_2_0
            _, _, dtype = read(stream)
        except (ValueError, SyntaxError) as error:
            return Found(name, DAMAGED, f"not a NumPy array: {str(error)[:100]}", size)
        if not dtype.hasobject:
            return Found(name, NOTHING_FOUND, "an array of numbers or texts", size)
        return self._pickle(stream, name, size)

    def _zip(
        self, stream: IO[bytes], name: str, size: int, head: bytes, depth: int
    ) -> Iterator[Found]:
        from picklescan.relaxed_zipfile import RelaxedZipFile  # nosec B403 - reads zip files

        if not head.startswith(_ZIP):
            # an archive behind something else: whoever unpickles the file reads what stands first
            stream.seek(0)
            yield self._pickle(stream, f"{name} (before the archive in it)", size)
        if depth >= self.limits.depth:
            yield Found(name, NOT_EXAMINED, "an archive nested too deeply", size)
            return
        try:
            with RelaxedZipFile(stream) as archive:
                for info in archive.infolist():
                    if not info.is_dir():
                        yield from self._zip_member(archive, info, name, depth)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error) as error:
            yield Found(name, DAMAGED, f"a broken archive: {str(error)[:100]}", size)

    def _zip_member(
        self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, depth: int
    ) -> Iterator[Found]:
        self._count()
        inner = f"{name}:{_printable(info.filename)}"
        try:
            with archive.open(info) as member:
                head = member.read(_HEAD)
            if not _is_looked_into(inner, head):
                return
            if info.file_size > self.limits.member_bytes:
                yield Found(inner, NOT_EXAMINED, _too_large(self.limits), info.file_size)
                return
            with archive.open(info) as member:
                content = member.read(self.limits.member_bytes + 1)
        except (RuntimeError, zipfile.BadZipFile, EOFError, zlib.error, ValueError) as error:
            yield Found(inner, DAMAGED, f"cannot be unpacked: {str(error)[:100]}", info.file_size)
            return
        yield from self._judge(io.BytesIO(content), inner, len(content), depth + 1)

    def _tar(self, stream: IO[bytes], name: str, size: int, depth: int) -> Iterator[Found]:
        if depth >= self.limits.depth:
            yield Found(name, NOT_EXAMINED, "an archive nested too deeply", size)
            return
        try:
            with tarfile.open(fileobj=stream, mode="r:") as archive:
                for info in archive:
                    self._count()
                    if not info.isfile():
                        continue
                    inner = f"{name}:{_printable(info.name)}"
                    if info.size > self.limits.member_bytes:
                        yield Found(inner, NOT_EXAMINED, _too_large(self.limits), info.size)
                    elif (member := archive.extractfile(info)) is not None:
                        content = io.BytesIO(member.read())
                        yield from self._judge(content, inner, info.size, depth + 1)
        except (tarfile.TarError, EOFError, ValueError) as error:
            yield Found(name, DAMAGED, f"a broken archive: {str(error)[:100]}", size)

    def _packed(
        self,
        stream: IO[bytes],
        name: str,
        size: int,
        depth: int,
        unpack: Callable[[bytes, int], bytes],
    ) -> Iterator[Found]:
        """Yield what is said of a packed file: of what it unpacks to."""
        limit = self.limits.member_bytes
        if depth >= self.limits.depth:
            yield Found(name, NOT_EXAMINED, "an archive nested too deeply", size)
            return
        if size > limit:
            yield Found(name, NOT_EXAMINED, _too_large(self.limits), size)
            return
        try:
            content = unpack(stream.read(), limit + 1)
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            yield Found(name, DAMAGED, f"cannot be unpacked: {str(error)[:100]}", size)
            return
        if len(content) > limit:
            yield Found(name, NOT_EXAMINED, _too_large(self.limits), size)
            return
        yield from self._judge(io.BytesIO(content), f"{name}:unpacked.pkl", len(content), depth + 1)

    def _other(self, stream: IO[bytes], name: str, size: int, ending: str) -> Found:
        if os.path.basename(name) == "config.json" and size <= _CONFIG_BYTES:
            return _config(stream, name, size)
        if ending == ".py":
            return Found(name, OWN_CODE, "Python source; it is not read", size)
        return Found(name, NOT_EXAMINED, "a kind of file that is not looked into", size)


def _config(stream: IO[bytes], name: str, size: int) -> Found:
    try:
        config: Any = json.loads(stream.read())
    except (ValueError, RecursionError):
        return Found(name, DAMAGED, "no JSON", size)
    if isinstance(config, dict) and config.get("auto_map"):
        return Found(
            name, OWN_CODE, "auto_map: loaders are asked to run the model's own code", size
        )
    return Found(name, NOTHING_FOUND, "no auto_map", size)


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file with its printable name, in order; folders behind links are not entered."""
    if not path.is_dir():
        yield path, _printable(path.name)
        return
    for here, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            file = Path(here, name)
            yield file, _printable(file.relative_to(path).as_posix())
        for folder in folders:
            if (link := Path(here, folder)).is_symlink():
                yield link, _printable(link.relative_to(path).as_posix())


def _printable(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")[:500]


def _begins_like_pickle(head: bytes) -> bool:
    return len(head) > 1 and head[0] == 0x80 and head[1] <= 5


def _is_old_member(name: str, depth: int) -> bool:
    return depth > 0 and name.rpartition(":")[2].rpartition("/")[2] in _OLD_MEMBERS


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def _is_looked_into(name: str, head: bytes) -> bool:
    """Return whether a member is unpacked: tensors, which are raw bytes, are not."""
    ending = os.path.splitext(name)[1].lower()
    starts = (_ZIP, _NPY, _SEVEN_ZIP, _GZIP, _BZ2, _XZ)
    return (
        ending in (*PICKLES, ".safetensors", ".zip", ".npz", ".py")
        or _begins_like_pickle(head)
        or _is_tar(head)
        or head.startswith(starts)
        or os.path.basename(name).endswith("config.json")
    )


def _unpacker(head: bytes, ending: str) -> Callable[[bytes, int], bytes] | None:
    """Return what unpacks a file up to a number of bytes, by how it begins; None if it is none."""
    if head.startswith(_GZIP):
        return lambda packed, limit: zlib.decompressobj(31).decompress(packed, limit)
    if head.startswith(_ZLIB) and ending in PICKLES:
        return lambda packed, limit: zlib.decompressobj().decompress(packed, limit)
    if head.startswith(_BZ2):
        return lambda packed, limit: bz2.BZ2Decompressor().decompress(packed, limit)
    if head.startswith(_XZ):
        return lambda packed, limit: lzma.LZMADecompressor().decompress(packed, limit)
    return None


def _too_large(limits: Limits) -> str:
    return f"unpacked it is larger than {limits.member_bytes:,} bytes"
