"""The directory of a release: lists of models by facet, sorted and paged, and a search by name.

It is a cut file (`cut_file`) in the store's folder `directories`: it may be deleted at any time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from modelcensus.engine.database_file import DatabaseFile
from modelcensus.errors import SettingsError, UnknownName
from modelcensus.releases.cut_file import CutFile
from modelcensus.releases.directory_tables import FACETS, LAYOUT, SHORT, STARTS, fill
from modelcensus.settings import Settings, load_settings
from modelcensus.snapshots.store import Store

Row = dict[str, Any]

DIRECTORY_FILE = CutFile("directories", "directory", LAYOUT, fill)
"""The kind of file."""

SORTS = ("value", "model_id", "created_on", *FACETS)
"""Columns that lists are sorted by."""

KEPT_FACETS = 128
"""Selections whose facets are kept: pages of one list all show the same ones."""

FACET_VALUES = 40
"""Values of a facet that are offered, most models first."""


@dataclass(frozen=True)
class Listing:
    """Some rows of a list, and how many there are.

    Attributes:
        total: models that the filters leave.
        frame_total: models of the frame without filters.
    """

    rows: list[Row]
    total: int
    frame_total: int


class Directory:
    """An open directory file. Its questions take foreign texts as bound values only."""

    def __init__(self, file: DatabaseFile, release: str) -> None:
        """Take over an open file of a release."""
        self.release = release
        self._file = file
        self._counted = lru_cache(KEPT_FACETS)(self._count_facets)

    @cached_property
    def frames(self) -> dict[str, Row]:
        """Return each frame with hub, last label, the counter that lists go by, and its models."""
        rows = self._file.rows(
            "SELECT f.*, n.models FROM frames f JOIN (SELECT frame, count(*) AS models FROM listed "
            "GROUP BY frame) n USING (frame) ORDER BY frame"
        )
        return {row["frame"]: row for row in rows}

    def frame(self, name: str) -> Row:
        """Return one frame.

        Raises:
            UnknownName: there is none of that name.
        """
        if name not in self.frames:
            raise UnknownName("frame", name, list(self.frames), where=f"release {self.release}")
        return self.frames[name]

    def listing(
        self,
        frame: str,
        filters: Mapping[str, str],
        *,
        sort: str = "value",
        is_rising: bool = False,
        offset: int = 0,
        limit: int = 50,
    ) -> Listing:
        """Return some models of a frame at its last snapshot.

        Args:
            frame: one of `frames`.
            filters: facet -> value; `unknown` is a value.
            sort: one of SORTS; what has no value comes last.
            is_rising: from the smallest on.
            offset: rows to pass over.
            limit: most rows.

        Raises:
            SettingsError: there is no such facet or order.
            UnknownName: there is no such frame.
        """
        total = int(self.frame(frame)["models"])
        if sort not in SORTS:
            raise SettingsError(f"no order {sort!r}", next_step=f"one of: {', '.join(SORTS)}")
        where, values = _conditions(frame, filters)
        # rows are numbered by falling value: that order needs no more than their numbers
        by_value = sort == "value" and not is_rising
        order = f"{sort} {'ASC' if is_rising else 'DESC'} NULLS LAST, "
        rows = self._file.rows(
            "SELECT * EXCLUDE (place, nth) FROM listed JOIN (SELECT place, row_number() OVER () "  # noqa: S608  # nosec B608
            f"AS nth FROM (SELECT place FROM listed WHERE {where} ORDER BY "
            f"{'' if by_value else order}place LIMIT ? OFFSET ?)) USING (place) "
            "WHERE frame = ? ORDER BY nth",
            [*values, limit, offset, frame],
        )
        found = total if not filters else self._count(where, values)
        return Listing(rows, found, total)

    def facets(self, frame: str, filters: Mapping[str, str]) -> dict[str, list[tuple[str, int]]]:
        """Return the values of each facet with their models, under the filters of the others."""
        return dict(self._counted(frame, tuple(sorted(filters.items()))))

    def _count_facets(
        self, frame: str, filters: tuple[tuple[str, str], ...]
    ) -> dict[str, list[tuple[str, int]]]:
        found = {}
        for facet in FACETS:
            others = {k: v for k, v in filters if k != facet}
            where, values = _conditions(frame, others)
            rows = self._file.rows(
                f"SELECT {facet} AS value, count(*) AS models FROM listed WHERE {where} "  # noqa: S608  # nosec B608
                "GROUP BY 1 ORDER BY models DESC, value LIMIT ?",
                [*values, FACET_VALUES],
            )
            found[facet] = [(row["value"], row["models"]) for row in rows]
        return found

    def search(self, text: str, limit: int = 20) -> list[Row]:
        """Return the models in whose names all words of a text begin a word, largest first.

        The whole name counts as a word. An empty text finds nothing.
        """
        words = [w for w in re.split(r"[^a-z0-9.]+", text.lower()) if w][:6]
        whole = text.strip().lower()
        if "/" in whole:
            words = [whole]
        if not words:
            return []
        if len(words) == 1 and len(whole) <= SHORT and limit <= STARTS:
            places, values = "SELECT place FROM starts WHERE start = ?", words
        else:
            places = " INTERSECT ".join(
                ["SELECT place FROM words WHERE word >= ? AND word < ?"] * len(words)
            )
            values = [bound for word in words for bound in (word, f"{word}\U0010ffff")]
        return self._file.rows(
            "SELECT s.hub, s.model_id, s.developer, s.country, s.value FROM searched s JOIN "  # noqa: S608  # nosec B608
            f"(SELECT DISTINCT place FROM ({places}) ORDER BY place LIMIT ?) USING (place) "
            "ORDER BY place",
            [*values, limit],
        )

    def _count(self, where: str, values: list[str]) -> int:
        rows = self._file.rows(
            f"SELECT count(*) AS models FROM listed WHERE {where}",  # noqa: S608  # nosec B608
            values,
        )
        return int(rows[0]["models"])

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _conditions(frame: str, filters: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return the text of a condition, of columns named here alone, and the values bound to it."""
    unknown = sorted(set(filters) - set(FACETS))
    if unknown:
        raise SettingsError(f"no facet {unknown[0]!r}", next_step=f"one of: {', '.join(FACETS)}")
    chosen = [facet for facet in FACETS if facet in filters]
    return " AND ".join(["frame = ?", *(f"{c} = ?" for c in chosen)]), [
        frame,
        *(filters[c] for c in chosen),
    ]


def open_directory(
    store: Store, release: str = "", *, settings: Settings | None = None
) -> Directory:
    """Open the directory of a release, the newest by default; write it first where needed.

    Raises:
        StoreError: the store holds no release, or the file cannot be written.
        UnknownName: it holds none of that name.
        ChecksumMismatch: a file of the release is not the one its manifest names.
    """
    return Directory(*DIRECTORY_FILE.open(store, release, settings or load_settings()))
