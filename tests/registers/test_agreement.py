from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.registers.agreement import Difference, measure_agreement, score

CODINGS = st.dictionaries(st.text("abcdefgh", max_size=2), st.sampled_from(["x", "y", "unknown"]))


def test_kappa_of_a_hand_computed_table() -> None:
    # 50 subjects, rows 25/25, columns 30/20: p_o = 35/50, p_e = 0.3 + 0.2, kappa = 0.2/0.5
    counts = {("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15}
    found = score(counts)
    assert (found.n, found.agreeing) == (50, 35)
    assert found.percent == pytest.approx(70)
    assert found.kappa == pytest.approx(0.4)


def test_kappa_of_three_categories() -> None:
    # p_o = 7/10; rows 4, 3, 3; columns 4, 4, 2; p_e = (16 + 12 + 6)/100; kappa = 0.36/0.66
    counts = {
        ("a", "a"): 3,
        ("a", "b"): 1,
        ("b", "b"): 2,
        ("b", "a"): 1,
        ("c", "c"): 2,
        ("c", "b"): 1,
    }
    assert score(counts).kappa == pytest.approx(0.36 / 0.66)


@pytest.mark.parametrize("counts", [{}, {("a", "a"): 7}])
def test_kappa_is_not_defined_without_variation(counts: dict[tuple[str, str], int]) -> None:
    assert score(counts).kappa is None


def test_no_subject_has_no_share() -> None:
    assert score({}).share is None
    assert score({}).percent is None


def test_unknown_is_a_category_and_kappa_is_given_without_it_too() -> None:
    ours = {"a": "us", "b": "cn", "c": "unknown", "d": "cn", "mine": "us"}
    theirs = {"a": "America", "b": "China", "c": "China", "d": "unknown", "theirs": "China"}
    found = measure_agreement(
        ours, theirs, {"America": "us", "China": "cn"}, {"c": "row:c", "d": "row:d"}
    )
    assert (found.scored.n, found.scored.agreeing) == (4, 2)
    assert (found.known.n, found.known.agreeing) == (2, 2)
    assert found.known.kappa == pytest.approx(1)
    assert found.counts == (
        ("cn", "cn", 1),
        ("cn", "unknown", 1),
        ("unknown", "cn", 1),
        ("us", "us", 1),
    )
    assert found.differences == (
        Difference("c", "unknown", "cn", "row:c", "China"),
        Difference("d", "cn", "unknown", "row:d", "unknown"),
    )
    assert (found.only_ours, found.only_theirs) == (1, ("theirs",))


@given(CODINGS, CODINGS)
def test_agreement_is_symmetric_and_bounded(ours: dict[str, str], theirs: dict[str, str]) -> None:
    one, other = measure_agreement(ours, theirs), measure_agreement(theirs, ours)
    assert one.scored == other.scored
    assert one.scored.n == len(ours.keys() & theirs.keys()) == sum(n for *_, n in one.counts)
    assert len(one.differences) == one.scored.n - one.scored.agreeing
    assert one.known.n <= one.scored.n
    if one.scored.kappa is not None:
        assert -1 <= one.scored.kappa <= 1
        assert (one.scored.kappa == 1) == (one.scored.agreeing == one.scored.n)


@given(CODINGS)
def test_a_coding_agrees_with_itself(ours: dict[str, str]) -> None:
    assert measure_agreement(ours, ours).differences == ()
