"""Facts about files over the world of tests/terms_world.py: told, untold, never by country."""

from __future__ import annotations

from typing import Any

import pytest
from tests.terms_world import LABELS

from modelcensus.errors import ContractError
from modelcensus.measures.census import Census
from modelcensus.measures.file_facts import ALLOWED, FACTS, NOT_TOLD

Told = dict[tuple[str, str], dict[str, Any]]


def facts(terms: Census, **values: Any) -> Told:
    figure = terms.file_facts(frame="hub", **values)
    return {(r["group"], r["fact"]): r for r in figure}


def of_all(found: Told, fact: str) -> tuple[Any, ...]:
    row = found["all models", fact]
    return (row["models"], row["known"], row["share_at_least"], row["share_at_most"])


def test_formats_by_hand(terms: Census) -> None:
    # 12 models; formats of five are told: both, safetensors, pickle, gguf, and a list of none
    found = facts(terms)
    assert of_all(found, "weights in safetensors") == (2, 5, 2 / 12, 10 / 12)
    assert found["all models", "weights in safetensors"]["share"] == 2 / 5
    assert of_all(found, "pickle without safetensors") == (1, 5, 1 / 12, 9 / 12)
    assert of_all(found, "other formats") == (1, 5, 1 / 12, 9 / 12)
    assert of_all(found, "no format told") == (1, 5, 1 / 12, 8 / 12)


def test_gating_licences_own_code_and_sizes_by_hand(terms: Census) -> None:
    found = facts(terms)
    assert of_all(found, "gated") == (1, 12, 1 / 12, 1 / 12)
    # wild/bare declares none
    assert of_all(found, "licence declared") == (11, 12, 11 / 12, 11 / 12)
    # tags of three are told
    assert of_all(found, "asks to run its own code") == (1, 3, 1 / 12, 10 / 12)
    size = found["all models", "size"]
    assert (size["models"], size["known"], size["median_bytes"]) == (None, 4, 25.0)


def test_what_no_source_tells_is_null_and_said(terms: Census) -> None:
    figure = terms.file_facts(frame="hub")
    row = next(r for r in figure if r["fact"] == "flagged by the hub's scan")
    assert (row["models"], row["known"], row["share"], row["share_at_least"]) == (
        None,
        0,
        None,
        None,
    )
    assert row["share_at_most"] == 1.0
    assert figure.coverage["told"]["flagged by the hub's scan"] == NOT_TOLD
    assert figure.coverage["told"]["gated"] == 1.0
    assert f"{NOT_TOLD}: flagged by the hub's scan" in figure.finding


def test_a_source_without_a_word_for_pickle_tells_nothing_of_it(sample_census: Census) -> None:
    figure = sample_census.file_facts(frame="sample:declared-radar")
    row = next(r for r in figure if r["fact"] == "pickle without safetensors")
    assert row["models"] is None
    # what has no format told may be pickle
    assert row["share_at_most"] == pytest.approx(8 / 193)
    assert figure.coverage["told"]["pickle without safetensors"] == NOT_TOLD


def test_groups_add_up_to_everything(terms: Census) -> None:
    everything = facts(terms)
    for by in ALLOWED:
        found = facts(terms, by=by)
        for fact in FACTS[:-1]:
            parts = [r["models"] or 0 for (_, name), r in found.items() if name == fact]
            assert sum(parts) == everything["all models", fact]["models"], (by, fact)


def test_each_weight_format_is_a_group(terms: Census) -> None:
    groups = {group for group, _ in facts(terms, by="weight_format")}
    assert groups == {
        *("safetensors", "safetensors and pickle", "pickle without safetensors"),
        *("other formats", "no format told", "unknown"),
    }
    assert {group for group, _ in facts(terms, by="created_year")} == {"2030", "2031"}


@pytest.mark.parametrize("by", ["country", "developer", "developer_type", "family", "namespace"])
def test_never_by_country_or_by_who_made_them(terms: Census, by: str) -> None:
    with pytest.raises(ContractError, match="security of a country") as caught:
        terms.file_facts(frame="hub", by=by)
    assert "--by library" in caught.value.next_step


def test_other_splits_are_refused_by_name(terms: Census) -> None:
    with pytest.raises(ContractError, match="not split by licence_class"):
        terms.file_facts(frame="hub", by="licence_class")


def test_no_trend_is_read_from_a_sample(sample_census: Census) -> None:
    with pytest.raises(ContractError, match="other years"):
        sample_census.file_facts(frame="sample:declared-radar", by="created_year")


def test_a_frame_without_formats_is_refused_with_those_that_have_them(terms: Census) -> None:
    with pytest.raises(ContractError) as caught:
        terms.file_facts(frame="panel:mute")
    assert "hub" in caught.value.next_step


def test_an_interval_is_refused(terms: Census) -> None:
    with pytest.raises(ContractError):
        terms.file_facts(frame="hub", period=f"{LABELS[0]}..{LABELS[1]}")


def test_shares_of_other_measures_may_be_split_by_format(terms: Census) -> None:
    figure = terms.share(frame="hub", by="weight_format", metric="downloads_30d")
    assert sum(r["share_of_all"] for r in figure) == pytest.approx(1)
