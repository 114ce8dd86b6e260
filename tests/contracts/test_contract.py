"""Definitions: their words, their identity, their sentence, and what they cannot combine."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.contracts import vocabulary
from modelcensus.contracts.canonical import canonical_json, sha256_text
from modelcensus.contracts.contract import Contract
from modelcensus.errors import ContractError


def words(table: dict[str, Any]) -> st.SearchStrategy[str]:
    return st.sampled_from([k for k, t in table.items() if not t.missing and ":" not in k])


numbers = st.integers(1, 99_999)

drawn = st.builds(
    dict,
    measure=st.sampled_from(["share", "rank", "series"]),
    by=words(vocabulary.GROUPS),
    metric=words(vocabulary.METRICS),
    period=st.sampled_from(["latest", "all", "2025", "2025-09", "2025-09-07", "2024-11..2025-09"]),
    frame=st.sampled_from(["", "panel:grove", "hub"]),
    population=st.lists(
        st.one_of(
            words(vocabulary.POPULATIONS),
            numbers.map(lambda n: f"young:{n}"),
            st.sampled_from(["list:atom", "modality:audio,text", "size:1-7B", "licence:L3,L1"]),
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda text: text.partition(":")[0],
    ).map("+".join),
    denominator=words(vocabulary.DENOMINATORS),
    outliers=st.one_of(
        words(vocabulary.OUTLIERS),
        numbers.map(lambda n: f"cap:{n}"),
        st.integers(1, 99).map(lambda n: f"cap-quantile:{n}"),
        numbers.map(lambda n: f"drop-top:{n}"),
    ),
    counting=words(vocabulary.COUNTINGS),
    roll_up=words(vocabulary.ROLL_UPS),
    subjects=st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=4).map(tuple),
)


def _made(values: dict[str, Any]) -> Contract | None:
    """Return the contract of some words, or nothing where they mean nothing together."""
    try:
        return Contract(**values)
    except ContractError:
        return None


contracts = drawn.map(_made).filter(lambda contract: contract is not None)


@given(contracts)
def test_a_contract_comes_back_from_its_json(contract: Contract) -> None:
    full = json.loads(json.dumps(contract.to_dict()))
    stated = json.loads(json.dumps({"measure": contract.measure, **contract.stated()}))
    assert Contract.from_dict(full) == contract
    assert Contract.from_dict(stated) == contract
    assert Contract.from_dict(full).id == contract.id


@given(contracts)
def test_the_id_is_of_what_differs_from_the_defaults(contract: Contract) -> None:
    # the text that is hashed holds no field at its default, so a new field renames nothing
    assert contract.id == sha256_text(canonical_json(contract.stated()))[:12]
    defaults = Contract(contract.measure).to_dict()
    assert all(k == "measure" or defaults[k] != v for k, v in contract.stated().items())


@given(contracts)
def test_a_sentence_names_what_was_chosen(contract: Contract) -> None:
    sentence = contract.sentence()
    assert sentence.endswith(".")
    assert contract.metric_term.phrase in sentence
    assert vocabulary.GROUPS[contract.by].phrase in sentence
    assert all(subject in sentence for subject in contract.subjects)


def test_ids_are_pinned() -> None:
    """A definition's id is cited in print: it may never change.

    sha256 of {"measure":"share"} and of the same with "metric":"likes".
    """
    assert Contract("share").id == sha256_text('{"measure":"share"}')[:12]
    assert Contract("share", by="country", period="latest").id == Contract("share").id
    likes = Contract("share", metric="likes")
    assert likes.id == sha256_text('{"measure":"share","metric":"likes"}')[:12]
    assert likes.id != Contract("share").id


def test_one_definition_is_written_one_way() -> None:
    spaced = Contract("series", period=" 2024-11 .. 2025-09 ")
    assert spaced.id == Contract("series", period="2024-11..2025-09").id
    for text in ("cap:010", "cap:+5", "cap: 5", "cap:\uff15", "cap:²"):
        with pytest.raises(ContractError, match="whole number"):
            Contract("share", outliers=text)


@pytest.mark.parametrize(
    ("contract", "sentence"),
    [
        (
            Contract("share"),
            "Share of 30-day downloads by country of the developer, in the release's frame, "
            "at the latest snapshot.",
        ),
        (
            Contract(
                "share",
                subjects=("IS", "PT"),
                frame="panel:grove",
                period="2031-04-05",
                lens="publisher",
                denominator="attributed",
                outliers="cap:1000000",
            ),
            "Share of 30-day downloads by country of the developer, for IS and PT, in the frame "
            "panel:grove, as of 2031-04-05, through the publisher lens, as a part of the "
            "attributed part, with each model capped at 1,000,000.",
        ),
        (
            Contract(
                "series",
                by="family",
                metric="likes",
                period="2031",
                population="list:atom",
                outliers="drop-top:3",
                lens="developer",
            ),
            "Series of likes by family, over the models on the list 'atom', in the release's "
            "frame, over 2031, with the 3 largest models left out.",
        ),
        (
            Contract("rank", population="young:30", period="all", outliers="median", coding="atom"),
            "Rank of 30-day downloads by country of the developer, over models created within 30 "
            "days, in the release's frame, over all snapshots, with medians instead of sums, by "
            "the ATOM project's regions.",
        ),
        (
            Contract("share", by="language", counting="full", outliers="cap-quantile:99.5"),
            "Share of 30-day downloads by declared language, in the release's frame, at the "
            "latest snapshot, with each model capped at percentile 99.5 of the known counts, with "
            "a whole credit for each declared language.",
        ),
        (
            Contract("share", by="bloc", roll_up="formats"),
            "Share of 30-day downloads by bloc of the developer's country, in the release's "
            "frame, at the latest snapshot, with copies counted for what they are copies of.",
        ),
        (
            Contract("rank", population="first_party"),
            "Rank of 30-day downloads by country of the developer, over models published by who "
            "made them, in the release's frame, at the latest snapshot.",
        ),
    ],
)
def test_sentences(contract: Contract, sentence: str) -> None:
    assert contract.sentence() == sentence


@pytest.mark.parametrize(
    "values",
    [
        {"metric": "hearts"},
        {"metric": "downloads_running_sum"},
        {"metric": "downloads_summed_30d", "spacing": "0"},
        {"metric": "downloads_30d", "spacing": "21"},
        {"metric": "new_derivatives"},
        {"by": "planet"},
        {"by": "hub"},
        {"lens": "base", "by": "licence_class"},
        {"lens": "base", "coding": "atom"},
        {"threshold": "-1"},
        {"threshold": "05"},
        {"reading": "guessed"},
        {"lens": "owner"},
        {"population": "most"},
        {"population": "list"},
        {"population": "young"},
        {"population": "young:"},
        {"population": "young:0"},
        {"population": "young:-3"},
        {"population": "young:DAYS"},
        {"population": "young:1234567"},
        {"population": "list:"},
        {"population": ""},
        {"population": "language+"},
        {"population": "modality:sculpture"},
        {"population": "modality"},
        {"population": "size:7B"},
        {"population": "licence:L0"},
        {"population": "size:1-7B+size:7-20B"},
        {"population": "young:30+young:60"},
        {"outliers": "cap-quantile:0"},
        {"outliers": "cap-quantile:100"},
        {"outliers": "cap-quantile:99.0"},
        {"outliers": "cap-quantile:099"},
        {"outliers": "cap-quantile:0.0001"},
        {"roll_up": "families"},
        {"roll_up": "formats", "lens": "base"},
        {"roll_up": "formats", "lens": "publisher"},
        {"roll_up": "formats", "by": "format"},
        {"roll_up": "formats", "by": "precision"},
        {"roll_up": "formats", "coding": "atom"},
        {"roll_up": "formats", "outliers": "median"},
        {"roll_up": "formats", "by": "language", "counting": "full"},
        {"by": "language", "outliers": "median"},
        {"by": "language", "lens": "base"},
        {"by": "bloc", "coding": "atom"},
        {"denominator": "half"},
        {"denominator": "selected"},
        {"outliers": "cap"},
        {"outliers": "cap:N"},
        {"outliers": "cap:1.5"},
        {"outliers": "cap:99999999999999999999"},
        {"outliers": "drop-top:0"},
        {"outliers": "median:3"},
        {"coding": "nobody"},
        {"coding": "atom", "by": "developer"},
        {"by": "namespace", "lens": "developer"},
        {"period": "soon"},
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_way_out(values: dict[str, str]) -> None:
    with pytest.raises(ContractError) as caught:
        Contract("share", **values)
    assert caught.value.exit_code == 2
    assert caught.value.what
    assert caught.value.next_step


def test_a_part_of_a_whole_credit_is_no_denominator() -> None:
    words = {"by": "language", "counting": "full", "subjects": ("en", "is")}
    with pytest.raises(ContractError, match="in the denominator twice"):
        Contract("share", denominator="selected", **words)
    assert Contract("share", denominator="attributed", **words).has_full_words


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("size:7-20B+language", "language+size:7B-20B"),
        ("language+size:7B-20B+all", "language+size:7B-20B"),
        ("language+language", "language"),
        ("all+all", "all"),
        ("licence:L3,L1,L3", "licence:L1,L3"),
        ("size:unknown,below-1B", "size:<1B,unknown"),
        ("size:from-100B", "size:>=100B"),
        ("licence:L1+modality:text,audio+young:30+first_party+list:b+list:a",
         "list:a+list:b+first_party+young:30+modality:text,audio+licence:L1"),
    ],
)  # fmt: skip
def test_one_population_is_written_one_way(written: str, text: str) -> None:
    contract = Contract("share", population=written)
    assert contract.population == text
    assert contract.id == Contract("share", population=text).id
    assert Contract("share", population=contract.population) == contract


def test_a_sentence_names_every_condition_of_the_population() -> None:
    sentence = Contract("share", population="size:7-20B+language+licence:L1,L2").sentence()
    assert (
        "over language models that are also models of 7B-20B parameters that are also models of "
        "the licence class L1 or L2" in sentence
    )


def test_a_word_that_cannot_be_computed_says_what_is_lacking() -> None:
    with pytest.raises(ContractError, match="cannot be computed here") as caught:
        Contract("share", metric="downloads_running_sum")
    assert "overlapping 30-day windows" in caught.value.next_step
    with pytest.raises(ContractError) as caught:
        Contract("share", metric="new_derivatives")
    assert "census derivatives" in caught.value.next_step


def test_a_wrong_word_lists_the_possible_ones_only() -> None:
    with pytest.raises(ContractError) as caught:
        Contract("share", metric="hearts")
    offered = caught.value.next_step.removeprefix("one of: ").split(", ")
    assert offered == [k for k, t in vocabulary.METRICS.items() if not t.missing]


def test_the_default_lens_follows_the_group() -> None:
    assert Contract("share").lens_value == "developer"
    assert Contract("share", by="namespace").lens_value == "publisher"
    assert Contract("share", by="developer", lens="publisher").lens_value == "publisher"


def test_a_changed_copy_is_checked_again() -> None:
    contract = Contract("share", subjects=("IS",), denominator="selected")
    assert contract.with_values(by="family").by == "family"
    with pytest.raises(ContractError):
        contract.with_values(subjects=())


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"measure": "share", "colour": "red"}, "colour"),
        ({"measure": "share", "by": 3}, "by"),
        ({"measure": "share", "subjects": "IS"}, "subjects"),
        ({"measure": "share", "subjects": [1]}, "subjects"),
        ({"measure": "share", "measure_version": "1"}, "measure_version"),
        ({"measure": "share", "measure_version": True}, "measure_version"),
        ({"by": "country"}, "measure"),
        ({}, "measure"),
    ],
)
def test_what_is_no_definition_in_json_is_refused(values: dict[str, Any], word: str) -> None:
    with pytest.raises(ContractError, match=word) as caught:
        Contract.from_dict(values)
    assert caught.value.next_step


def test_the_period_is_kept_as_instants() -> None:
    assert Contract("share", period="2031-04-05").period_value.is_instant
    assert not Contract("share", period="2031-04").period_value.is_instant


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_canonical_json_is_one_text_whatever_the_order(value: Any) -> None:
    text = canonical_json(value)
    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text
    if isinstance(value, dict):
        assert canonical_json(dict(reversed(value.items()))) == text


def test_nan_has_no_canonical_json() -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"share": float("nan")})
