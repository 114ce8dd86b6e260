"""Which repository is which: renames by register and by the hub's key, and what joins nothing."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.small_store import overlay, put, rename, state

from modelcensus.catalogue import identity
from modelcensus.engine.duckdb import DuckDBEngine
from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

LABELS = ("2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01")

# name -> (labels that show it, the hub's own key)
SEEN: dict[str, tuple[tuple[int, ...], str | None]] = {
    "old-a/x": ((1, 2), None),
    "new-a/x": ((3, 4), None),
    "old-a/only": ((1, 2), None),
    "old-b/x": ((1, 2, 3), None),
    "new-b/x": ((3, 4), None),
    "c1/x": ((1,), None),
    "c2/x": ((2,), None),
    "c3/x": ((3, 4), None),
    "e1/x": ((1,), None),
    "e2/x": ((2,), None),
    "f1/x": ((1, 3), None),
    "f2/x": ((2,), None),
    "f3/x": ((3,), None),
    "g1/x": ((1,), None),
    "g2/x": ((1,), None),
    "g3/x": ((2,), None),
    "h/old": ((1, 2), None),
    "h/new": ((3, 4), None),
    "k/Model": ((1, 2, 3, 4), None),
    "k/model": ((1, 2, 3, 4), None),
    "K/model": ((4,), None),
    "bare": ((1, 2), None),
    "org/bare": ((3, 4), None),
    "m/one": ((1, 2), "key-m"),
    "m/two": ((3, 4), "key-m"),
    "n/one": ((1, 2), "key-n"),
    "n/two": ((2, 3), "key-n"),
    "p/one": ((1, 3, 4), "key-p"),
    "p/two": ((2,), "key-p"),
    "q/x": ((1, 4), None),
    "r1/x": ((1,), None),
    "r2/x": ((2,), None),
    "s1/x": ((1,), None),
    "s2/x": ((2,), None),
    "t/1": ((1,), "key-t"),
    "t/2": ((2,), "key-t"),
    "t/3": ((3,), "key-t"),
}
RENAMES = (
    rename("old-a", "new-a"),
    rename("old-b", "new-b"),
    rename("c1", "c2"),
    rename("c2", "c3"),
    rename("e1", "e2"),
    rename("e2", "e1"),
    rename("f1", "f2"),
    rename("f2", "f3"),
    rename("g1", "g3"),
    rename("g2", "g3"),
    rename("h/old", "h/new", "model"),
    rename("bare", "org/bare", "model"),
    rename("r1", "r2", seen="unread"),
    rename("s1", "s2", hub="modelscope"),
    rename("never-seen", "old-a"),
)
JOINED = {
    "old-a/x": ("new-a/x", "namespace renamed"),
    "c1/x": ("c3/x", "namespace renamed"),
    "c2/x": ("c3/x", "namespace renamed"),
    "h/old": ("h/new", "model renamed"),
    "bare": ("org/bare", "model renamed"),
    "m/one": ("m/two", "same key on the hub"),
    "p/two": ("p/one", "same key on the hub"),  # renamed and renamed back
    "t/1": ("t/3", "same key on the hub"),
    "t/2": ("t/3", "same key on the hub"),
}


def names_of(folder: Path, seed: int | None = None) -> tuple[list[dict], list[dict]]:
    """Build a release of SEEN, its rows and states in some order; return names and models."""
    states = []
    for place, label in enumerate(LABELS, 1):
        rows = [
            {"id": name, "downloads_30d": place, "hub_key": key}
            for name, (shown, key) in SEEN.items()
            if place in shown
        ]
        states.append((label, rows))
    chance = random.Random(seed)  # noqa: S311
    if seed is not None:
        chance.shuffle(states)
        for _, rows in states:
            chance.shuffle(rows)
    store = Store(folder / "store")
    for label, rows in states:
        put(store, state(label, rows))
    elsewhere = [{"id": "old-a/x", "pulls": 1}, {"id": "s1/x", "pulls": 2}]
    put(store, state("2025-02-01", elsewhere, hub="ollama", frame="sample:elsewhere"))
    renames = list(RENAMES)
    chance.shuffle(renames) if seed is not None else None
    laid = overlay(folder / "overlay", renames=renames)
    release = build_release(store, Settings(), overlays=[laid]).path
    return tuple(pq.read_table(release / f"{t}.parquet").to_pylist() for t in ("names", "models"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict], list[dict]]:
    return names_of(tmp_path_factory.mktemp("identity"))


def test_names_are_joined_by_register_and_key_and_by_nothing_else(
    built: tuple[list[dict], list[dict]],
) -> None:
    names, models = built
    present = {m["model_key"]: m["model_id"] for m in models}
    found = {
        n["model_id"]: (present[n["model_key"]], n["rule"])
        for n in names
        if n["hub"] == "huggingface"
    }
    expected = {name: (name, "as seen") for name in SEEN} | JOINED
    assert found == expected
    assert len(models) == len(expected) - len(JOINED) + 2
    rows = {n["model_id"]: n["register_row"] for n in names if n["hub"] == "huggingface"}
    assert rows["old-a/x"] == "renames:huggingface:namespace:old-a:new-a"
    assert rows["c1/x"] == "renames:huggingface:namespace:c1:c2"
    assert rows["h/old"] == "renames:huggingface:model:h/old:h/new"
    assert rows["m/one"] == rows["k/model"] == ""


def test_hubs_do_not_share_models(built: tuple[list[dict], list[dict]]) -> None:
    names, models = built
    elsewhere = [n for n in names if n["hub"] == "ollama"]
    assert [(n["model_id"], n["rule"]) for n in elsewhere] == [
        ("old-a/x", "as seen"), ("s1/x", "as seen"),
    ]  # fmt: skip
    here = {n["model_key"] for n in names if n["hub"] == "huggingface"}
    assert here.isdisjoint(n["model_key"] for n in elsewhere)
    assert sum(m["model_id"] == "s1/x" for m in models) == 2


def test_a_model_has_its_parts_its_first_and_its_last_label(
    built: tuple[list[dict], list[dict]],
) -> None:
    by_id = {m["model_id"]: m for m in built[1] if m["hub"] == "huggingface"}
    assert (by_id["org/bare"]["namespace"], by_id["org/bare"]["name"]) == ("org", "bare")
    assert (by_id["c3/x"]["first_label"], by_id["c3/x"]["last_label"]) == (LABELS[0], LABELS[3])
    # not seen in a panel is not observed: no end, no second model
    assert (by_id["q/x"]["first_label"], by_id["q/x"]["last_label"]) == (LABELS[0], LABELS[3])
    assert by_id["m/two"]["hub_key"] == "key-m"
    spans = {n["model_id"]: (n["first_label"], n["last_label"]) for n in built[0]}
    assert spans["c2/x"] == (LABELS[1], LABELS[1])


def test_keys_grow_with_first_appearance(built: tuple[list[dict], list[dict]]) -> None:
    models = sorted(built[1], key=lambda m: m["model_key"])
    assert [m["first_label"] for m in models] == sorted(m["first_label"] for m in models)
    assert len({m["model_key"] for m in models}) == len(models)
    early = [m["model_id"] for m in models if m["first_label"] == LABELS[0]]
    first_name = {v[0]: k for k, v in reversed(JOINED.items())}
    assert [first_name.get(i, i) for i in early] == sorted(first_name.get(i, i) for i in early)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_files_and_registers_changes_nothing(
    tmp_path: Path, built: tuple[list[dict], list[dict]], seed: int
) -> None:
    assert names_of(tmp_path, seed) == built


def test_parts_of_names(table: Callable[..., Any], rows: Callable[..., Any]) -> None:
    made = table([{"id": i} for i in ("a/b", "bare", "A/B", "a/b/c", "/x", "x/")], id=pa.string())
    namespace, name = identity.name_parts(made.id)
    found = {r["id"]: (r["namespace"], r["name"]) for r in
             rows(made.mutate(namespace=namespace, name=name))}  # fmt: skip
    assert found["a/b"] == ("a", "b")
    assert found["A/B"] == ("A", "B")
    assert found["bare"] == (None, "bare")
    assert found["x/"] == ("x", "")
    assert found["/x"] == ("", "x")


# The joins, against the same question in plain Python


IDS = st.sampled_from(["a/x", "b/x", "c/x", "a/y", "b/y", "A/x", "x"])
SIGHTINGS = st.sets(st.tuples(st.sampled_from(["hf", "ms"]), IDS, st.integers(0, 3)), max_size=14)
PAIRS = st.sets(st.tuples(st.sampled_from(["hf", "ms"]), IDS, IDS), max_size=6)
FAST = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def arrow(rows: Any, *names: str, keys: tuple[str, ...] = ()) -> pa.Table:
    types = {n: pa.int32() if n == "file_key" else pa.string() for n in names}
    return pa.Table.from_pylist(
        [dict(zip(names, r, strict=True)) for r in sorted(rows)], schema=pa.schema(types.items())
    )


@FAST
@given(SIGHTINGS, st.sets(st.tuples(st.sampled_from(["a", "b", "A"]), st.sampled_from("abc"))))
def test_registered_pairs(engine: DuckDBEngine, seen: set, moves: set) -> None:
    sightings = engine.local(arrow(seen, "hub", "model_id", "file_key"))
    renames = identity.renames_table([])
    rows = [("hf", "namespace", o, n, f"{o}-{n}") for o, n in moves]
    rows += [("hf", "model", f"{o}/x", f"{n}/y", f"{o}/x-{n}/y") for o, n in moves]
    table = engine.local(arrow(rows, *renames.column_names))
    found = engine.fetch(identity.registered_pairs(sightings, table))
    ids = {(hub, i) for hub, i, _ in seen}
    expected = {
        (hub, i, f"{n}/{i.split('/')[1]}", "namespace renamed")
        for hub, i in ids for o, n in moves
        if hub == "hf" and "/" in i and i.split("/")[0] == o
    }  # fmt: skip
    expected |= {
        (hub, i, f"{n}/y", "model renamed")
        for hub, i in ids for o, n in moves if hub == "hf" and i == f"{o}/x"
    }  # fmt: skip
    expected = {p for p in expected if (p[0], p[2]) in ids}
    got = [(r["hub"], r["old_id"], r["new_id"], r["rule"]) for r in found.to_pylist()]
    assert sorted(got) == sorted(expected)


@FAST
@given(SIGHTINGS, PAIRS)
def test_never_together(engine: DuckDBEngine, seen: set, pairs: set) -> None:
    sightings = engine.local(arrow(seen, "hub", "model_id", "file_key"))
    table = engine.local(arrow(pairs, "hub", "old_id", "new_id"))
    found = engine.fetch(identity.never_together(table, sightings)).to_pylist()
    expected = [
        (hub, old, new)
        for hub, old, new in pairs
        if not any((hub, old, k) in seen and (hub, new, k) in seen for k in range(4))
    ]
    assert sorted((r["hub"], r["old_id"], r["new_id"]) for r in found) == sorted(expected)


@FAST
@given(SIGHTINGS)
def test_pairs_made_from_the_sightings_themselves(engine: DuckDBEngine, seen: set) -> None:
    """Ibis once joined a table with one derived from it as if nothing tied them."""
    sightings = engine.local(arrow(seen, "hub", "model_id", "file_key"))
    keyed = sightings.mutate(hub_key=ibis.literal("k") + sightings.model_id.split("/")[0])
    pairs = identity.hub_key_pairs(keyed)
    found = engine.fetch(identity.never_together(pairs, sightings)).to_pylist()
    last: dict[tuple[str, str], dict[str, int]] = {}
    for hub, i, key in seen:
        group = last.setdefault((hub, i.split("/")[0]), {})
        group[i] = max(group.get(i, 0), key)
    chained = []
    for (hub, _), group in last.items():
        ordered = sorted(group, key=lambda i: (group[i], i))
        chained += [(hub, *two) for two in itertools.pairwise(ordered)]
    expected = [
        (hub, old, new)
        for hub, old, new in chained
        if not any((hub, old, k) in seen and (hub, new, k) in seen for k in range(4))
    ]
    assert sorted((r["hub"], r["old_id"], r["new_id"]) for r in found) == sorted(expected)


@FAST
@given(SIGHTINGS, PAIRS)
def test_no_snapshot_shows_two_names_of_one_model(
    engine: DuckDBEngine, seen: set, pairs: set
) -> None:
    rows = [(*p, "r", "") for p in pairs]
    mapping = identity.follow(arrow(rows, "hub", "old_id", "new_id", "rule", "register_row"))
    sightings = engine.local(arrow(seen, "hub", "model_id", "file_key"))
    kept = engine.fetch(identity.drop_crowded(engine.local(mapping), sightings)).to_pylist()
    ends = {(m["hub"], m["model_id"]): m["current_id"] for m in kept}
    current = [(hub, ends.get((hub, i), i), k) for hub, i, k in seen]
    assert len(current) == len(set(current))
    wanted = {(m["hub"], m["model_id"]): m["current_id"] for m in mapping.to_pylist()}
    everywhere = [(hub, wanted.get((hub, i), i), k) for hub, i, k in seen]
    crowded = {x[:2] for x in everywhere if everywhere.count(x) > 1}
    assert ends == {k: v for k, v in wanted.items() if (k[0], v) not in crowded}


@FAST
@given(PAIRS, st.randoms(use_true_random=False))
def test_following_ends_and_does_not_depend_on_order(pairs: set, chance: random.Random) -> None:
    rows = [
        {"hub": h, "old_id": o, "new_id": n, "rule": "r", "register_row": f"{o}>{n}"}
        for h, o, n in pairs
    ]
    schema = pa.schema(
        [(n, pa.string()) for n in ("hub", "old_id", "new_id", "rule", "register_row")]
    )
    orderly = identity.follow(pa.Table.from_pylist(rows, schema=schema))
    chance.shuffle(rows)
    assert identity.follow(pa.Table.from_pylist(rows, schema=schema)).equals(orderly)
    steps: dict[tuple[str, str], str] = {}
    for h, o, n in sorted(pairs):
        steps.setdefault((h, o), n)
    for row in orderly.to_pylist():
        assert row["current_id"] != row["model_id"]
        assert (row["hub"], row["current_id"]) not in steps
        assert steps[row["hub"], row["model_id"]] == row["register_row"].split(">")[1]
