"""The security section of a passport: outcomes and facts about files, and what is not tested."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import ibis
import pytest
from tests.small_store import put, state
from tests.vet.world import alone, case, evidence, grid

from modelcensus.engine.duckdb import DuckDBEngine
from modelcensus.measures.weights import format_word, weight_format
from modelcensus.passports.passport import Passport
from modelcensus.passports.read import read_passport
from modelcensus.publish.passport import FORMATS
from modelcensus.releases.build import build_release
from modelcensus.releases.lookup import Lookup, open_lookup
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

ELM, OAK, ASH = "elm/elm-7b", "oak/oak-1b", "ash/ash-9b"


@pytest.fixture(scope="module")
def lookup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lookup]:
    rows = [
        {"id": ELM, "formats": ["pytorch", "safetensors"], "tags": ["custom_code"]},
        {"id": OAK, "formats": ["pytorch"], "tags": ["x"], "number_types": ["F8_E4M3", "BF16"]},
        {"id": ASH},
    ]
    cases = [
        *grid(ELM, {(0, 0), (1, 1)}),
        *grid(ELM, (), defense="guard", attack="indirect", setting="white_box"),
        *alone(ELM, 3),
        *grid(OAK, {(0, 0)}, is_simulated=True),
        case("another/model", 0, 0, True),
    ]
    cases[5] |= {"completed": None, "missing_reason": "no verdict"}
    store = put(
        Store(tmp_path_factory.mktemp("passport") / "store"),
        state("2031-01-05", rows),
        evidence("first", cases),
    )
    build_release(store, Settings())
    opened = open_lookup(store)
    yield opened
    opened.close()


def test_types_of_stored_weights_are_shown_where_they_are_told(lookup: Lookup) -> None:
    told, untold = (read_passport(lookup, name) for name in (OAK, ELM))
    assert told.fact("number_types") == ["F8_E4M3", "BF16"]
    assert untold.facts["number_types"] is None
    words = FORMATS["md"](told).decode()
    assert "stored as" in words
    assert "F8_E4M3" in words.replace("\\", "")
    assert "stored as" not in FORMATS["md"](untold).decode()


def security(passport: Passport) -> list[tuple[str, str]]:
    return [(g.state, g.text) for g in passport.gaps if g.topic == "security"]


def test_the_outcomes_of_each_test_stand_in_it(lookup: Lookup) -> None:
    found = read_passport(lookup, ELM)
    told = [
        (t.attack, t.defense, t.planned, t.cases, t.hits, t.tasks, t.tasks_done)
        for t in found.tests
    ]
    assert told == [
        ("direct", None, 12, 11, 2, 4, 3),
        ("indirect:white_box", "guard", 12, 12, 0, 0, 0),
    ]
    assert (found.tests[1].low, round(found.tests[1].high or 0, 4)) == (0.0, 0.2646)


def test_an_untested_model_says_so_as_loudly_as_before(lookup: Lookup) -> None:
    found = read_passport(lookup, ASH)
    assert ("not checked", "Its security was not tested here.") in security(found)
    text = FORMATS["md"](found).decode()
    assert "no outcome of any security test of it is in this release" in text
    assert text.count("not told by any source") == 3


def test_a_tested_model_is_not_cleared(lookup: Lookup) -> None:
    found = read_passport(lookup, ELM)
    assert any(
        state == "not checked" and text.startswith("Beyond the tests named above")
        for state, text in security(found)
    )
    text = FORMATS["md"](found).decode()
    assert "goal reached in 2 of 11 cases (18.2 %" in text
    assert "1 more without a verdict" in text
    assert "without an attack it did 3 of 4 tasks" in text
    assert "clear nothing" in text
    for word in ("vetted", "secure ", " is safe"):
        assert word not in text


def test_files_give_to_think_about(lookup: Lookup) -> None:
    elm, oak, ash = (security(read_passport(lookup, name)) for name in (ELM, OAK, ASH))
    assert any("run its own code (tag custom_code)" in text for _, text in elm)
    assert any("in pickle only" in text for _, text in oak)
    assert ("not known", "No source tells whether it asks to run its own code.") in ash
    for gaps in (elm, oak, ash):
        assert any("hub's own scan" in text for _, text in gaps)


def test_generated_outcomes_are_labelled(lookup: Lookup) -> None:
    assert read_passport(lookup, OAK).is_simulated
    assert not read_passport(lookup, ELM).is_simulated


def test_one_list_and_a_column_of_lists_have_the_same_class() -> None:
    names = ("pytorch", "safetensors", "gguf")
    lists = [None, *(list(c) for n in range(4) for c in itertools.combinations(names, n))]
    engine = DuckDBEngine(Settings())
    table = ibis.memtable({"place": range(len(lists)), "formats": lists},
                          schema={"place": "int64", "formats": "array<string>"})  # fmt: skip
    local = engine.local(table.to_pyarrow())
    rows = engine.fetch(local.select("place", word=weight_format(local.formats)).order_by("place"))
    assert rows["word"].to_pylist() == [format_word(formats) for formats in lists]
    engine.close()


def test_a_page_of_json_holds_the_tests(lookup: Lookup, tmp_path: Path) -> None:
    found = read_passport(lookup, ELM).to_dict()
    assert [t["attack"] for t in found["tests"]] == ["direct", "indirect:white_box"]
