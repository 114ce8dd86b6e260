"""Openness by an index: counts of the file, unknown as a value, open licences with closed data."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from tests.indexed_world import CRITERIA
from tests.real.conftest import RADAR
from tests.worlds import import_counts

from modelcensus.errors import ContractError, SchemaChanged, UnknownName
from modelcensus.measures.census import Census, open_census
from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
from modelcensus.sources.openness import read, repository_of
from modelcensus.sources.record import Evidence

INDEX = RADAR.parent / "openness" / "osai_2026-06-12.csv"


def test_counts_by_criterion(indexed: Census) -> None:
    figure = indexed.openness()
    rows = {row["criterion"]: row for row in figure}
    assert set(rows) == set(CRITERIA)
    code = rows["code"]
    assert [code[c] for c in ("systems", "open", "partial", "closed", "unassessed")] == [
        5, 1, 1, 2, 1,
    ]  # fmt: skip
    assert code["share_open"] == 1 / 4
    assert (code["share_at_least"], code["share_at_most"]) == (1 / 5, 2 / 5)
    assert figure.coverage["systems_without_month"] == 1


def test_a_system_is_its_account_s_developer_s_else_its_organisation_s(indexed: Census) -> None:
    figure = indexed.openness(by="country")
    systems = {row["group"]: row["systems"] for row in figure}
    # Aster and Dahlia by their account, Bellis by its name; several and none are unknown
    assert systems == {"IS": 2, "PT": 1, "unknown": 2}
    assert list(systems)[-1] == "unknown"
    assert figure.coverage["systems_with_known_developer"] == 3


def test_open_licences_with_closed_data_are_listed(indexed: Census) -> None:
    figure = indexed.openness()
    listed = figure.details["open_licence_closed_data"]
    assert [(s["system"], s["developer"], s["closed"]) for s in listed] == [
        ("Aster", "alder-lab", ["datasources_basemodel", "datasources_endmodel"]),
        ("Bellis", "birch-works", ["datasources_basemodel"]),
    ]
    assert "2 have an open licence" in figure.finding


def test_years_are_counted_apart_and_few_systems_are_marked(indexed: Census) -> None:
    years = indexed.openness(by="country").details["by_year"]
    found = {(y["year"], y["group"]): (y["systems"], y["open"]["code"]) for y in years}
    assert found == {
        ("2030", "IS"): (1, 1),
        ("2031", "IS"): (1, 0),
        ("2031", "PT"): (1, 0),
        ("2031", "unknown"): (1, 0),
        ("unknown", "unknown"): (1, 0),
    }
    assert all(y["is_few"] for y in years)
    by_year = indexed.openness(by="created_year")
    assert list(dict.fromkeys(r["group"] for r in by_year)) == ["2030", "2031", "unknown"]


def test_a_period_takes_the_systems_released_in_it(indexed: Census) -> None:
    (first, *_) = indexed.openness(period="2031-01")
    assert first["systems"] == 1
    assert next(iter(indexed.openness(period="2031-02-01")))["systems"] == 4


@pytest.mark.parametrize(
    ("values", "message"),
    [({"by": "family"}, "does not say family"), ({"period": "1999"}, "released in 1999")],
)
def test_what_the_index_does_not_say_is_refused(
    indexed: Census, values: dict[str, str], message: str
) -> None:
    with pytest.raises(ContractError, match=message):
        indexed.openness(**values)


def test_without_an_index_the_refusal_says_what_to_import(census: Census) -> None:
    with pytest.raises(ContractError, match="no index") as caught:
        census.openness()
    assert "census import openness" in caught.value.next_step


def test_an_unknown_group_gets_the_nearest(indexed: Census) -> None:
    with pytest.raises(UnknownName):
        indexed.openness("XX", by="country")


def test_lost_rows_and_missing_columns(tmp_path: Path) -> None:
    path = tmp_path / "index.csv"
    head = "system,link,type,base_model,end_model,end_model_licence,release_date,organisation"
    path.write_text(f"{head},class_code\nA,,,,,,2030-13,,open\nB,,,,,,,,ajar\nC,,,,,,,,\n")
    (found,) = read(path, {})
    assert isinstance(found, Evidence)
    assert [r.reason for r in found.rejects] == ["bad_date", "bad_class"]
    assert found.tables["openness"].to_pylist()[0]["criteria"] == [("code", None)]
    path.write_text(f"{head}\nA,,,,,,,\n")
    with pytest.raises(SchemaChanged, match="assesses nothing"):
        list(read(path, {}))


@pytest.mark.parametrize(
    ("link", "model_id"),
    [
        ("https://huggingface.co/a/b.c-1", "a/b.c-1"),
        ("https://huggingface.co/a/b/", "a/b"),
        ("https://huggingface.co/collections/a/b", None),
        ("https://huggingface.co/spaces/a", None),
        ("https://example.org/a/b", None),
    ],
)
def test_a_link_names_a_repository_or_none(link: str, model_id: str | None) -> None:
    assert repository_of(link) == model_id


@pytest.mark.real
@pytest.mark.skipif(not INDEX.is_file(), reason=f"the real index is not at {INDEX}")
def test_the_real_index_keeps_its_counts(tmp_path: Path) -> None:
    with INDEX.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    store = Store(tmp_path / "store")
    import_source(store, "openness", INDEX, {}, Settings())
    import_counts(store, tmp_path, "panel:grove", ["2031-04-05"], {"alder/aspen": (1,)})
    build_release(store, Settings())
    with open_census(store.path) as census:
        figure = census.openness()
    assert {r["systems"] for r in figure} == {194}
    assert len(figure.rows) == 12
    for row in figure:
        counts = Counter(r[f"class_{row['criterion']}"] for r in rows)
        assert {c: row[c] for c in ("open", "partial", "closed")} == dict(counts)
    assert len(figure.details["open_licence_closed_data"]) == 67
