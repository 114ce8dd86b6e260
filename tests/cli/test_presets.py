"""`--preset` and `census presets`: what is said beside a published definition."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.worlds import World

from modelcensus.contracts.presets import PRESETS
from modelcensus.snapshots.store import Store


def test_define_says_what_is_inferred_and_what_was_changed(
    census_command: Callable[..., Any],
) -> None:
    ran = census_command("define", "--preset", "atom-2026-q2")
    assert json.loads(ran.out) == PRESETS["atom-2026-q2"].contract.to_dict()
    assert "by preset atom-2026-q2: The ATOM project's report of April 2026" in ran.words
    assert "inferred, not stated by its source: frame, period" in ran.words
    ran = census_command("define", "--preset", "atom-2026-q2", "--population", "language")
    assert "changed from preset atom-2026-q2: population" in ran.words
    assert json.loads(ran.out)["population"] == "language"
    ran = census_command("define")
    assert ran.code == 2
    assert "a definition names its measure" in ran.words


def test_a_figure_of_a_changed_preset_says_so(
    census_command: Callable[..., Any], forest: World
) -> None:
    where = ("--store", str(forest.store.path), "--format", "json")
    changed = ("--frame=panel:grove", "--metric=downloads_30d", "--period=2031-04-05")
    ran = census_command("share", "--preset", "atom-2026-q2", *changed, *where)
    assert ran.code == 0
    caveats = json.loads(ran.out)["caveats"]
    assert caveats[0] == "changed from preset atom-2026-q2: metric, period, frame"
    with forest.open() as census:
        values = dict(option.removeprefix("--").split("=") for option in changed)
        figure = census.share(preset="atom-2026-q2", **values)
    assert figure.to_dict()["rows"] == json.loads(ran.out)["rows"]
    assert list(figure.caveats) == caveats


def test_a_preset_that_a_release_cannot_carry(
    census_command: Callable[..., Any], sample_store: Store
) -> None:
    ran = census_command("share", "--preset", "hf-spring-2026", "--store", str(sample_store.path))
    assert (ran.code, ran.out) == (2, "")
    assert "this release cannot carry the preset hf-spring-2026" in ran.words
    assert "census import hub-stats" in ran.words


def test_presets_are_listed_with_what_is_known(census_command: Callable[..., Any]) -> None:
    ran = census_command("presets", "longpre-2025")
    assert "inferred denominator = all" in ran.out
    assert "known    period = 2024-08..2025-08" in ran.out
    assert "longpre-2025-share-intl" in ran.out
    found = json.loads(census_command("presets", "--json").out)
    assert [p["preset"] for p in found] == list(PRESETS)
    assert all(p["contract_id"] == PRESETS[p["preset"]].contract.id for p in found)
    assert census_command("presets", "nobody-2020").code == 6
