"""Whose model it is: lenses over dated ownership, redistributors, families."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.small_store import developer, family, namespace, registers

from modelcensus.catalogue import attribution, ownership
from modelcensus.engine.duckdb import DuckDBEngine
from modelcensus.errors import RegisterError
from modelcensus.registers.load import Registers, load_registers
from modelcensus.sources.record import INSTANT

MODEL = {
    "model_key": pa.int32(),
    "hub": pa.string(),
    "namespace": pa.string(),
    "name": pa.string(),
    "released_at": INSTANT,
}


def model(key: int, account: str | None, day: str = "2025-01-01", name: str = "m") -> dict:
    released = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return {
        "model_key": key, "hub": "huggingface", "namespace": account, "name": name,
        "released_at": released,
    }  # fmt: skip


@pytest.fixture
def attribute(
    engine: DuckDBEngine, table: Callable[..., Any], rows: Callable[..., Any]
) -> Callable[..., list[dict[str, Any]]]:
    def run(lens: str, found: Registers, *models: dict) -> list[dict[str, Any]]:
        made = table(models, **MODEL)
        owned = engine.local(ownership.ownership_intervals(found))
        by_lens = {
            "publisher": attribution.attribute_publishers,
            "developer": attribution.attribute_developers,
        }
        return rows(attribution.complete(made, by_lens[lens](made, owned), lens))

    return run


MOVED = registers(
    developers=[developer("axe-works", "US"), developer("bolt-lab", "CN", "academia")],
    namespaces=[
        namespace("swap", "axe-works", valid_to="2025-02-15"),
        namespace("swap", "bolt-lab", valid_from="2025-02-15"),
    ],
)


def test_a_transfer_moves_the_publisher_on_its_day_and_never_the_developer(
    attribute: Callable[..., Any],
) -> None:
    before, on_the_day = model(1, "swap", "2025-02-14"), model(2, "swap", "2025-02-15")
    trained = attribute("developer", MOVED, before, on_the_day)
    assert [(r["model_key"], r["developer"], r["country"]) for r in trained] == [
        (1, "axe-works", "US"),
        (2, "bolt-lab", "CN"),
    ]
    assert {(r["valid_from"], r["valid_to"]) for r in trained} == {(ownership.START, ownership.END)}
    published = attribute("publisher", MOVED, before)
    day = datetime(2025, 2, 15, tzinfo=UTC)
    assert [(r["developer"], r["valid_from"], r["valid_to"]) for r in published] == [
        ("axe-works", ownership.START, day),
        ("bolt-lab", day, ownership.END),
    ]


def test_a_redistributor_publishes_and_is_no_developer(attribute: Callable[..., Any]) -> None:
    found = registers(
        developers=[developer("ember", "unknown", "redistributor")],
        namespaces=[namespace("ember", "ember", "redistributor")],
    )
    (published,) = attribute("publisher", found, model(1, "ember"))
    assert (published["developer"], published["rule"]) == ("ember", "namespace register")
    (trained,) = attribute("developer", found, model(1, "ember"))
    assert (trained["developer"], trained["country"], trained["developer_type"]) == (
        "unknown", "unknown", "unknown",
    )  # fmt: skip
    assert trained["namespace_row"] == ""


def test_rows_whose_evidence_was_not_opened_enter_nothing(attribute: Callable[..., Any]) -> None:
    found = registers(
        developers=[developer("axe-works", "US"), developer("fern", "GB", seen="unread")],
        namespaces=[
            namespace("gull", "axe-works", seen="unread"),
            namespace("fern", "fern"),
        ],
    )
    for lens in ("publisher", "developer"):
        got = attribute(lens, found, model(1, "gull"), model(2, "fern"))
        assert [r["developer"] for r in got] == ["unknown", "unknown"]
    assert ownership.contested_readings(found).num_rows == 0


def test_a_base_that_moved_splits_the_interval(attribute: Callable[..., Any]) -> None:
    found = registers(
        developers=[
            developer("cog", "DE", valid_to="2025-02-10"),
            developer("cog", "FR", valid_from="2025-02-10"),
        ],
        namespaces=[namespace("cog", "cog", valid_from="2025-01-05", valid_to="2025-03-01")],
    )
    made = ownership.ownership_intervals(found).to_pylist()
    assert [(r["country"], r["valid_from"].date().isoformat(), r["valid_to"].date().isoformat())
            for r in made] == [
        ("DE", "2025-01-05", "2025-02-10"),
        ("FR", "2025-02-10", "2025-03-01"),
    ]  # fmt: skip
    days = ("2025-01-04", "2025-01-05", "2025-02-09", "2025-02-10", "2025-02-28", "2025-03-01")
    models = [model(n, "cog", day) for n, day in enumerate(days)]
    got = attribute("developer", found, *models)
    assert [r["country"] for r in got] == ["unknown", "DE", "DE", "FR", "FR", "unknown"]
    assert [r["rule"] for r in got if r["country"] == "unknown"] == [
        "namespace not in the register"
    ] * 2


def test_what_nobody_claims_is_unknown_and_says_why(attribute: Callable[..., Any]) -> None:
    got = attribute("developer", MOVED, model(1, None), model(2, "SWAP"), model(3, "nobody"))
    assert [(r["developer"], r["rule"]) for r in got] == [
        ("unknown", "no namespace"),
        ("unknown", "namespace not in the register"),
        ("unknown", "namespace not in the register"),
    ]


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.integers(0, 30), min_size=0, max_size=4, unique=True),
    st.lists(st.tuples(st.sampled_from(["swap", "solo", "none", None]), st.integers(-2, 32)),
             min_size=1, max_size=8),
)  # fmt: skip
def test_every_model_is_attributed_once_at_every_moment(
    engine: DuckDBEngine, cuts: list[int], released: list[tuple[str | None, int]]
) -> None:
    """Against the same question asked of the register rows in plain Python."""
    start = datetime(2025, 1, 1, tzinfo=UTC)
    edges = ["", *[(start + timedelta(days=d)).date().isoformat() for d in sorted(cuts)], ""]
    owners = [f"dev-{n}" for n in range(len(edges) - 1)]
    found = registers(
        developers=[developer(o, "US") for o in owners],
        namespaces=[
            *[
                namespace("swap", o, valid_from=edges[n], valid_to=edges[n + 1])
                for n, o in enumerate(owners)
            ],
            namespace("solo", "dev-0"),
        ],
    )
    models = [
        model(key, account) | {"released_at": start + timedelta(days=day)}
        for key, (account, day) in enumerate(released)
    ]
    made = engine.local(pa.Table.from_pylist(models, schema=pa.schema(list(MODEL.items()))))
    owned = engine.local(ownership.ownership_intervals(found))
    trained = engine.fetch(
        attribution.complete(made, attribution.attribute_developers(made, owned), "developer")
    ).to_pylist()
    expected = {
        key: {"swap": f"dev-{sum(d <= day for d in cuts)}", "solo": "dev-0"}.get(
            str(account), "unknown"
        )
        for key, (account, day) in enumerate(released)
    }
    assert {r["model_key"]: r["developer"] for r in trained} == expected
    assert len(trained) == len(models)
    published = engine.fetch(
        attribution.complete(made, attribution.attribute_publishers(made, owned), "publisher")
    ).to_pylist()
    for day in range(-2, 33):
        moment = start + timedelta(days=day)
        holding = Counter(
            r["model_key"] for r in published if r["valid_from"] <= moment < r["valid_to"]
        )
        assert holding == Counter(range(len(models)))


# Contested readings


def test_contested_rows_say_what_their_models_would_become() -> None:
    found = registers(
        developers=[
            developer("bolt", "CN", "academia", alternatives="HK", contested_because="two seats"),
            developer("cog", "DE", valid_to="2025-02-10"),
            developer("cog", "FR", valid_from="2025-02-10"),
        ],
        namespaces=[
            namespace("gear", "bolt", alternatives="cog;gone", contested_because="joint work"),
        ],
    )
    got = {r["alternative"]: r for r in ownership.contested_readings(found).to_pylist()}
    assert set(got) == {"cog", "gone", "HK"}
    assert (got["cog"]["developer"], got["cog"]["country"]) == ("cog", "FR")
    assert (got["gone"]["developer"], got["gone"]["country"]) == ("gone", "unknown")
    assert (got["HK"]["developer"], got["HK"]["country"]) == (None, "HK")
    assert got["HK"]["developer_type"] is None
    assert got["cog"]["subject"] == "huggingface/gear"
    assert got["HK"]["because"] == "two seats"


# Families


@pytest.fixture
def families(
    engine: DuckDBEngine, table: Callable[..., Any], rows: Callable[..., Any]
) -> Iterator[Callable[..., dict[int, tuple[str, str]]]]:
    def run(found: Registers, *models: tuple[str, str, str]) -> dict[int, tuple[str, str]]:
        made = table(
            [model(n, account, name=name) for n, (account, name, _) in enumerate(models)], **MODEL
        )
        developers = table(
            [{"model_key": n, "developer": dev} for n, (_, _, dev) in enumerate(models)],
            model_key=pa.int32(),
            developer=pa.string(),
        )
        patterns = engine.local(attribution.family_patterns(found))
        got = rows(attribution.assign_families(made, developers, patterns))
        assert [r["model_key"] for r in got] == list(range(len(models)))
        return {r["model_key"]: (r["family"], r["family_row"]) for r in got}

    return run


def test_the_first_matching_pattern_by_priority_wins_in_its_namespace(
    families: Callable[..., Any],
) -> None:
    found = registers(
        families=[
            family("hatchet", "axe", "axe", "^hatchet"),
            family("hatchet-coder", "axe", "axe", "coder", priority="7"),
            family("anvil", "axe", "axe", "coder", priority="100"),
            family("equal", "axe", "axe", "^twin", priority="9"),
            family("also-equal", "axe", "axe", "^twin", priority="9"),
            family("unread", "axe", "axe", ".*", priority="1", seen="unread"),
            family("hatchet", "axe", "mirror", "hatchet"),
        ]
    )
    got = families(
        found,
        ("axe", "Hatchet-7B", "axe"),
        ("axe", "hatchet-CODER", "axe"),
        ("axe", "twin", "axe"),
        ("axe", "something", "axe"),
        ("elsewhere", "hatchet-7b", "other"),
        ("elsewhere", "hatchet-7b", "unknown"),
        ("mirror", "my-hatchet-copy", "unknown"),
        ("AXE", "hatchet", "unknown"),
    )
    assert [got[n][0] for n in range(8)] == [
        "hatchet",
        "hatchet-coder",
        "also-equal",  # equal priorities: by the family's name
        "unassigned",
        "unassigned",
        "unknown",
        "hatchet",  # a registered copy keeps its line's family
        "unknown",
    ]
    assert got[1][1] == "families:hatchet-coder:huggingface:axe:coder"
    assert got[3][1] == ""


def test_a_pattern_is_a_search_and_regular_expressions_stay_inside_their_cell(
    families: Callable[..., Any],
) -> None:
    found = registers(
        families=[
            family("v2", "axe", "axe", "^v2[.]|^v3$", priority="1"),
            family("mid", "axe", "axe", "mid"),
        ]
    )
    names = ("v2.1", "v21", "V3", "v3x", "xMIDx")
    got = families(found, *[("axe", name, "axe") for name in names])
    assert [got[n][0] for n in range(5)] == ["v2", "unassigned", "v2", "unassigned", "mid"]
    assert families(registers(), ("axe", "a", "axe"), ("b", "c", "unknown")) == {
        0: ("unassigned", ""),
        1: ("unknown", ""),
    }


# Registers that would count twice


@pytest.mark.parametrize("ends", ["", "2025-01-02"])
def test_two_owners_at_one_time_are_refused(ends: str) -> None:
    found = registers(
        developers=[developer("axe", "US"), developer("bolt", "CN")],
        namespaces=[
            namespace("swap", "axe", valid_to=ends),
            namespace("swap", "bolt", valid_from="2025-01-01"),
        ],
    )
    with pytest.raises(RegisterError, match="huggingface/swap would be attributed twice") as caught:
        ownership.ownership_intervals(found)
    assert (caught.value.file, caught.value.line) == ("namespaces.csv", 3)
    assert "valid_from" in caught.value.next_step


def test_two_bases_at_one_time_are_refused() -> None:
    found = registers(
        developers=[developer("axe", "US"), developer("axe", "CA", valid_from="2025-01-01")],
        namespaces=[namespace("axe", "axe")],
    )
    with pytest.raises(RegisterError, match="attributed twice from 2025-01-01") as caught:
        ownership.ownership_intervals(found)
    assert (caught.value.file, caught.value.line) == ("developers.csv", 3)


def test_the_bundled_registers_attribute_nothing_twice() -> None:
    assert ownership.ownership_intervals(load_registers()).num_rows > 100
