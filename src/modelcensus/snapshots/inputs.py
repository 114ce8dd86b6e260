"""The files an import reads: their names, their sums, and whether they stayed as they were."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from modelcensus.errors import SourceError
from modelcensus.files import sha256_of


@dataclass(frozen=True)
class Inputs:
    """All regular files of an import.

    Attributes:
        path: the file or folder that was named.
        sums: hex SHA-256 by name (of a file) or relative name (of the files of a folder).
        states: size and modification time of each, in the same order.
    """

    path: Path
    sums: dict[str, str]
    states: tuple[tuple[int, int], ...]

    def refuse_changes(self) -> None:
        """Raise when a file changed since the sums were taken.

        Raises:
            SourceError: what was read is not what was summed.
        """
        if tuple(_state(file) for file in _files(self.path).values()) != self.states:
            raise SourceError(
                "an input file changed while it was read",
                where=str(self.path),
                next_step="import again when nothing writes there any more",
            )


def sum_inputs(path: Path) -> Inputs:
    """Return the input files of `path`, a file or a folder, with their sums.

    Links to files are followed, links to folders are not; devices and pipes are no input.

    Raises:
        SourceError: there is nothing, or it cannot be read.
    """
    path = path.absolute()
    files = _files(path)
    if not files:
        raise SourceError(
            "nothing to import: no file is there",
            where=str(path),
            next_step="name the file or the folder that the source's page tells to download",
        )
    try:
        states = tuple(_state(file) for file in files.values())
        return Inputs(path, {name: sha256_of(file) for name, file in files.items()}, states)
    except OSError as error:
        raise SourceError(
            f"an input file cannot be read: {(error.strerror or str(error)).lower()}",
            where=str(error.filename or path),
            next_step="check that you may read it",
        ) from error


def _files(path: Path) -> dict[str, Path]:
    """Return the regular files by name, sorted by name."""
    if path.is_file():
        return {_printable(path.name): path}
    found = {_printable(file.relative_to(path).as_posix()): file for file in _walk(path)}
    return dict(sorted(found.items()))


def _walk(folder: Path) -> Iterator[Path]:
    for here, _, names in os.walk(folder):
        for name in names:
            file = Path(here, name)
            if file.is_file():
                yield file


def _state(file: Path) -> tuple[int, int]:
    status = file.stat()
    return status.st_size, status.st_mtime_ns


def _printable(name: str) -> str:
    """Return a file name as text even where its bytes are not UTF-8."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
