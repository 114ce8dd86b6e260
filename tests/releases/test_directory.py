"""The directory: filters, orders, pages and search over the models of a release."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from modelcensus.errors import SettingsError, UnknownName
from modelcensus.releases.directory import Directory, open_directory
from modelcensus.releases.directory_tables import FACETS
from modelcensus.snapshots.store import Store

FRAME = "panel:osir"


@pytest.fixture(scope="module")
def directory(sample_store: Store) -> Iterator[Directory]:
    opened = open_directory(sample_store)
    yield opened
    opened.close()


def test_pages_together_are_the_whole_list_once(directory: Directory) -> None:
    filters = {"country": "AE"}
    total = directory.listing(FRAME, filters).total
    seen = [
        row["model_id"]
        for offset in range(0, total, 25)
        for row in directory.listing(FRAME, filters, offset=offset, limit=25).rows
    ]
    assert len(seen) == len(set(seen)) == total > 50
    values = [r["value"] for r in directory.listing(FRAME, filters, limit=500).rows]
    assert values == sorted(values, reverse=True)


def test_facets_count_every_model_and_unknown_is_a_value(directory: Directory) -> None:
    total = directory.listing(FRAME, {}).total
    facets = directory.facets(FRAME, {})
    assert set(facets) == set(FACETS)
    for name in ("country", "developer_type", "licence_class", "size_class", "is_removed"):
        assert sum(count for _, count in facets[name]) == total
    assert "unknown" in dict(facets["licence_class"])
    for value, count in facets["country"]:
        assert directory.listing(FRAME, {"country": value}).total == count


def test_natural_persons_have_no_name_here(directory: Directory) -> None:
    for frame in directory.frames:
        rows = directory.listing(frame, {"developer_type": "individual"}, limit=500).rows
        assert {row["developer"] for row in rows} <= {"unknown"}
        assert {row["country"] for row in rows} <= {"unknown"}


def test_search_finds_beginnings_of_words_largest_first(directory: Directory) -> None:
    found = directory.search("qwen coder", 50)
    assert found
    assert all("qwen" in r["model_id"].lower() for r in found)
    values = [r["value"] or 0 for r in found]
    assert values == sorted(values, reverse=True)
    whole = directory.search("Qwen/Qwen2.5-7B-Instruct", 5)
    assert whole[0]["model_id"] == "Qwen/Qwen2.5-7B-Instruct"
    for nothing in ("", "%", "'; drop table words", "wen2.5"):
        assert directory.search(nothing) == []


def test_short_beginnings_find_the_same_as_a_walk_over_all_names(directory: Directory) -> None:
    """What is looked up for one or two signs, and what is searched, both against plain Python."""
    rows = [row for f in directory.frames for row in directory.listing(f, {}, limit=20_000).rows]
    largest: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (row["hub"], row["model_id"])
        largest[key] = max(largest.get(key, -1), -1 if row["value"] is None else row["value"])
    for text in ("q", "qw", "qwen", "7b", "qwen 7b", "in", "z"):
        wanted = [
            (hub, name)
            for (hub, name), value in largest.items()
            if all(
                any(word.startswith(part) for word in re.split(r"[^a-z0-9.]+", name.lower()))
                for part in text.split()
            )
        ]
        wanted.sort(key=lambda key: (-largest[key], key[1], key[0]))
        found = [(r["hub"], r["model_id"]) for r in directory.search(text, 100)]
        assert found == wanted[:100]


def test_order_and_depth_agree_with_a_plain_sort(directory: Directory) -> None:
    whole = directory.listing(FRAME, {}, limit=20_000).rows
    by_country = sorted(whole, key=lambda r: r["country"], reverse=True)  # ties stay by count
    found = directory.listing(FRAME, {}, sort="country", offset=700, limit=40).rows
    assert found == by_country[700:740]
    by_name = directory.listing(FRAME, {}, sort="model_id", is_rising=True, limit=60).rows
    assert [r["model_id"] for r in by_name] == sorted(r["model_id"] for r in whole)[:60]


def test_columns_are_chosen_from_a_list(directory: Directory) -> None:
    with pytest.raises(SettingsError, match="order"):
        directory.listing(FRAME, {}, sort="value; DROP TABLE listed")
    with pytest.raises(SettingsError, match="facet"):
        directory.listing(FRAME, {"1=1 --": "x"})
    with pytest.raises(UnknownName):
        directory.listing("panel:nobody", {})
    assert directory.listing(FRAME, {"country": "' OR 1=1 --"}).total == 0


def test_damaged_file_is_written_anew(sample_store: Store, directory: Directory) -> None:
    path = sample_store.path / "directories" / f"{directory.release}.duckdb"
    directory.close()
    path.write_bytes(b"no database")
    again = open_directory(sample_store)
    assert again.listing(FRAME, {}).total > 9000
    again.close()
