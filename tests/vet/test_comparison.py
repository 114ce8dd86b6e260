"""Comparisons over an invented world: what is computed, what is refused, and what is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.vet.world import alone, build, case, grid, holding, opened

from modelcensus.contracts.vet_contract import VetContract
from modelcensus.errors import ContractError, UnknownName, VetError
from modelcensus.snapshots.store import Store
from modelcensus.vet.vet import Vet, open_vet

ELM = {(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (3, 0)}
OAK = {(0, 0), (1, 0)}


@pytest.fixture(scope="module")
def vet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vet]:
    """Elm 6 of 12, oak 2 of 12 (closed), ash 3 of 12, yew none; elm guarded 1 of 12."""
    cases = [
        *grid("elm", ELM),
        *grid("elm", {(3, 2)}, defense="guard"),
        *grid("oak", OAK, weights="closed"),
        *grid("ash", {(0, 0), (1, 1), (2, 2)}),
        *grid("yew", (), weights="closed"),
        *alone("elm", 3),
        *alone("oak", 4),
        *alone("ash", 1),
        *alone("yew", 4),
    ]
    path = tmp_path_factory.mktemp("vet")
    with opened(path / "store", first=cases) as found:
        yield found


def first(figure: Any) -> dict[str, Any]:
    row: dict[str, Any] = figure.records()[0]
    return row


def test_counts_rates_and_utility_stand_together(vet: Vet) -> None:
    row = first(vet.compare("elm", reference="oak"))
    assert (row["model_hits"], row["reference_hits"], row["cases"]) == (6, 2, 12)
    assert (row["model_rate"], row["ratio"]) == (0.5, 3.0)
    assert (row["only_model"], row["only_reference"]) == (4, 0)
    assert row["p"] == pytest.approx(0.125)
    assert (row["model_utility"], row["reference_utility"]) == (0.75, 1.0)
    assert row["ratio_low"] < 3 < row["ratio_high"]
    assert row["flags"] == ""


def test_engine_and_attack_are_named_where_only_one_can_answer(vet: Vet) -> None:
    contract = vet.compare("elm", reference="oak").contract
    assert (contract.engine, contract.attack) == ("probe", "direct")


def test_an_open_model_stands_beside_the_other_open_ones(vet: Vet) -> None:
    figure = vet.compare("elm", reference="oak")
    assert [(r["kind"], r["reference"]) for r in figure] == [
        ("asked", "oak"),
        ("open v open", "ash"),
    ]
    assert figure.coverage["open_v_open"] == "ash"
    # of a low capability: it did 1 of the 4 tasks without an attack
    assert figure.records()[1]["flags"] == "low capability: ash"
    assert any("low capability: ash" in text for text in figure.caveats)


def test_open_models_compared_need_no_row_beside_them(vet: Vet) -> None:
    figure = vet.compare("elm", reference="ash")
    assert len(figure.rows) == 1
    assert figure.coverage["open_v_open"] == "both models compared are open"
    closed = vet.compare("oak", reference="ash")
    assert closed.coverage["open_v_open"] == "no model asked about is known to be open"


def test_several_models_are_adjusted_by_holm(vet: Vet) -> None:
    figure = vet.compare("elm", "ash", reference="oak")
    asked = [r for r in figure if r["kind"] == "asked"]
    assert [r["model"] for r in asked] == ["elm", "ash"]
    assert all(r["p_holm"] >= r["p"] for r in asked)
    assert next(r for r in figure if r["kind"] != "asked")["p_holm"] is None
    assert any("p_holm" in text for text in figure.caveats)


def test_a_reference_that_was_never_hit_gives_a_bound_and_no_number(vet: Vet) -> None:
    figure = vet.compare("elm", reference="yew")
    row = first(figure)
    assert (row["form"], row["ratio"], row["ratio_high"]) == ("at least", None, None)
    independent = figure.sensitivity["intervals"][0]["intervals"]
    naive = independent["score, as if cases were independent (Koopman)"]
    # shared tasks leave fewer effective cases, so the bound is lower than for independent ones
    assert 0 < row["ratio_low"] < naive[1]
    assert "at least" in figure.finding
    assert "no number beyond that" in figure.finding


def test_a_model_that_was_never_hit_gives_a_bound_the_other_way(vet: Vet) -> None:
    row = first(vet.compare("yew", reference="elm"))
    assert (row["form"], row["ratio"], row["ratio_low"]) == ("at most", 0.0, None)
    assert row["ratio_high"] > 0


def test_a_defence_is_a_model_of_its_own(vet: Vet) -> None:
    row = first(vet.compare("elm+guard", reference="elm"))
    assert (row["model"], row["model_hits"]) == ("elm+guard", 1)
    assert row["flags"] == "utility not known: elm+guard"


def test_unknown_models_get_the_nearest_names(vet: Vet) -> None:
    with pytest.raises(UnknownName) as caught:
        vet.compare("elmm", reference="oak")
    assert "elm" in caught.value.nearest


def test_what_it_does_not_show_is_always_said(vet: Vet) -> None:
    for figure in (vet.compare("elm", reference="oak"), vet.rates(), vet.grids(), vet.reports()):
        assert any("country" in text for text in figure.does_not_show)
        assert any("safe" in text for text in figure.does_not_show)
        assert "vetted" not in figure.to_json().replace('"vet_', "")


# --- refusals ----------------------------------------------------------------


def refused(vet: Vet, **values: Any) -> ContractError:
    with pytest.raises(ContractError) as caught:
        vet.compare("elm", reference="oak", **values)
    return caught.value


def test_different_engines_are_not_mixed(bare: Store) -> None:
    cases = [*grid("elm", ELM), *grid("oak", OAK, engine="other")]
    vet = holding(bare, first=cases)
    error = refused(vet)
    assert "same engine" in error.what
    assert error.where == "elm: probe; oak: other"


def test_several_engines_or_attacks_must_be_chosen_from(bare: Store) -> None:
    cases = [
        *(c for m in ("elm", "oak") for a in ("direct", "indirect") for c in grid(m, ELM, attack=a))
    ]
    vet = holding(bare, first=cases)
    error = refused(vet)
    assert "2 attacks" in error.what
    assert "--attack direct" in error.next_step
    assert vet.compare("elm", reference="oak", attack="indirect").contract.attack == "indirect"


def test_an_attack_in_different_settings_is_not_one(bare: Store) -> None:
    cases = [
        *grid("elm", ELM, setting="white_box"),
        *grid("oak", OAK, setting="transfer"),
        *grid("ash", OAK, setting="white_box"),
        *grid("ash", OAK, setting="transfer"),
    ]
    vet = holding(bare, first=cases)
    error = refused(vet, attack="direct")
    assert "direct:white_box" in error.where
    assert "direct:transfer" in error.where
    chosen = vet.compare("elm", reference="ash", attack="direct")
    assert chosen.contract.attack == "direct:white_box"
    with pytest.raises(ContractError, match="not every model"):
        vet.compare("elm", reference="oak", attack="direct:white_box")


def test_different_versions_are_not_mixed(bare: Store) -> None:
    cases = [*grid("elm", ELM), *grid("oak", OAK, benchmark_version="v2")]
    vet = holding(bare, first=cases)
    error = refused(vet, allow_version_mix=True)
    assert error.where == "elm: v1; oak: v2"


def test_several_versions_of_one_model_must_be_chosen_from(bare: Store) -> None:
    cases = [
        *(
            c
            for m in ("elm", "oak")
            for v in ("v1", "v2")
            for c in grid(m, ELM, benchmark_version=v)
        )
    ]
    vet = holding(bare, first=cases)
    error = refused(vet)
    assert "several benchmark versions" in error.what
    assert vet.compare("elm", reference="oak", benchmark_version="v2")


def test_an_unstated_version_needs_leave_and_carries_a_caveat(bare: Store) -> None:
    cases = [*grid("elm", ELM), *grid("oak", OAK, benchmark_version="unstated")]
    vet = holding(bare, first=cases)
    error = refused(vet)
    assert "--allow-version-mix" in error.next_step
    figure = vet.compare("elm", reference="oak", allow_version_mix=True)
    assert any("oak: unstated" in text for text in figure.caveats)


def test_grids_that_share_little_need_leave(bare: Store) -> None:
    cases = [*grid("elm", ELM), *grid("oak", OAK)[:8]]
    vet = holding(bare, first=cases)
    error = refused(vet)
    assert "share 8 cases, 67% of the larger grid" in error.what
    assert error.where == "elm: 12 cases; oak: 8 cases"
    figure = vet.compare("elm", reference="oak", allow_partial=True)
    assert figure.coverage["grid_sizes"] == [12, 8]
    assert first(figure)["cases"] == 8


def test_nothing_shared_is_refused_also_with_leave(bare: Store) -> None:
    cases = [*grid("elm", ELM)[:6], *grid("oak", OAK)[6:]]
    vet = holding(bare, first=cases)
    error = refused(vet, allow_partial=True)
    assert "share 0 cases" in error.what


def test_revisions_are_not_mixed(bare: Store) -> None:
    cases = [
        *(c for r in ("r1", "r2") for c in grid("elm", ELM, revision=r)),
        *grid("oak", OAK),
    ]
    vet = holding(bare, first=cases)
    error = refused(vet)
    assert error.where == "r1, r2"
    assert first(vet.compare("elm@r2", reference="oak"))["model"] == "elm@r2"


def test_two_lists_that_disagree_are_both_named(tmp_path: Path) -> None:
    store = build(
        tmp_path / "store",
        first=grid("elm", ELM, file="a.json"),
        second=grid("elm", ELM - {(0, 0)}, file="b.json"),
    )
    with open_vet(store.path) as vet, pytest.raises(VetError) as caught:
        vet.rates()
    assert "a.json of first" in caught.value.where
    assert "b.json of second" in caught.value.where
    assert caught.value.exit_code == 4


def test_two_lists_that_agree_are_one(bare: Store) -> None:
    lists = {"first": grid("elm", ELM), "second": grid("elm", ELM, file="copy.json")}
    vet = holding(bare, **lists)
    (row,) = vet.rates().records()
    assert (row["hits"], row["cases"]) == (6, 12)


# --- missing cases, repetitions, attempts -------------------------------------


def test_missing_cases_are_never_failures_and_bound_the_ratio(bare: Store) -> None:
    cases = [*grid("elm", ELM), *grid("oak", OAK)]
    # a case that an error ended, which the source calls a hit, and one without a verdict
    cases[0] |= {"missing_reason": "error", "error": "server error"}
    cases[13] |= {"completed": None, "missing_reason": "no verdict"}
    vet = holding(bare, first=cases)
    figure = vet.compare("elm", reference="oak")
    row = first(figure)
    assert (row["cases"], row["model_missing"], row["reference_missing"]) == (10, 1, 1)
    # elm: 5 hits known of 12, 6 at most; oak: 2, 3 at most
    assert row["ratio_if_missing_low"] == pytest.approx(5 / 3)
    assert row["ratio_if_missing_high"] == pytest.approx(6 / 2)
    stated = first(vet.compare("elm", reference="oak", counting="as_published"))
    assert (stated["cases"], stated["model_hits"]) == (11, 5)


def test_repetitions_are_averaged_and_have_no_discordant_counts(bare: Store) -> None:
    cases = [
        *(c for e in (1, 2) for c in grid("elm", ELM if e == 1 else OAK, epoch=e)),
        *grid("oak", OAK),
    ]
    vet = holding(bare, first=cases)
    row = first(vet.compare("elm", reference="oak"))
    assert row["model_hits"] == pytest.approx((6 + 2) / 2)
    assert (row["only_model"], row["p"], row["p_holm"]) == (None, None, None)


def test_attempts_are_a_budget_not_a_mean(bare: Store) -> None:
    hits = ({(0, 0)}, {(1, 1)}, {(0, 0), (2, 2)})
    cases = [c for n, lost in enumerate(hits, 1) for c in grid("elm", lost, attempt=n)]
    vet = holding(bare, first=cases)
    found = [vet.rates(budget=n).records()[0]["hits"] for n in (1, 2, 3)]
    assert found == [1, 2, 3]


def test_an_attempt_without_a_verdict_leaves_the_case_open(bare: Store) -> None:
    cases = [case("elm", 0, 0, False), case("elm", 0, 0, None, attempt=2), case("elm", 1, 0, True)]
    vet = holding(bare, first=cases)
    row = vet.rates(budget=2).records()[0]
    assert (row["cases"], row["missing"], row["hits"]) == (1, 1, 1)


def test_the_attempt_may_be_counted_instead_of_the_goal(bare: Store) -> None:
    cases = grid("elm", OAK, attempted=True)
    vet = holding(bare, first=cases)
    assert vet.rates(verdict="attempted").records()[0]["hits"] == 12
    assert "injected call made" in vet.rates(verdict="attempted").finding


# --- definitions --------------------------------------------------------------


def test_a_definition_is_read_back_and_hashed() -> None:
    values = {"models": ("elm",), "reference": "oak", "attack": "direct", "budget": "03"}
    contract = VetContract("vet_compare", **values)  # type: ignore[arg-type]
    assert VetContract.from_dict(contract.to_dict()) == contract
    assert VetContract.from_dict(contract.stated()) == contract
    assert contract.budget == "3"
    other = VetContract("vet_compare", models=("elm",), reference="oak")
    assert other.id == "4517d742f2ec"
    assert other.id != contract.id
    assert contract.sentence() == (
        "Comparison of tested models, for elm, beside oak, under the attack direct, "
        "any success in 3 attempts."
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"measure": "vet_compare"}, "names the tested models"),
        ({"measure": "vet_compare", "models": ("a",), "reference": "a"}, "with itself"),
        ({"measure": "vet_compare", "models": ("a", "a"), "reference": "b"}, "with itself"),
        ({"measure": "other"}, "no measure of security tests"),
        ({"measure": "vet_rates", "counting": "all"}, "no counting"),
        ({"measure": "vet_rates", "verdict": "all"}, "no verdict"),
        ({"measure": "vet_rates", "budget": "0"}, "no number of attempts"),
        ({"measure": "vet_rates", "allow_partial": "maybe"}, "no answer"),
    ],
)
def test_definitions_that_mean_nothing(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ContractError, match=said):
        VetContract(**values)


@pytest.mark.parametrize(
    "raw",
    [{"measure": "vet_rates", "by": "country"}, {}, {"measure": "vet_rates", "models": [1]}],
)
def test_a_definition_of_another_kind_is_not_read(raw: dict[str, Any]) -> None:
    with pytest.raises(ContractError):
        VetContract.from_dict(raw)


def test_a_field_that_there_is_not(vet: Vet) -> None:
    with pytest.raises(ContractError, match="no such field"):
        vet.rates(by="country")


def test_nothing_tested_is_said(bare: Store) -> None:
    with open_vet(bare.path) as vet:
        with pytest.raises(ContractError, match="no run of that kind"):
            vet.rates()
        with pytest.raises(ContractError, match="no outcomes"):
            vet.grids()


def test_simulated_outcomes_are_labelled(bare: Store) -> None:
    cases = [*grid("elm", ELM, is_simulated=True), *grid("oak", OAK, is_simulated=True)]
    vet = holding(bare, first=cases)
    figure = vet.compare("elm", reference="oak")
    assert figure.is_simulated
    assert figure.finding.startswith("SIMULATED")
    assert "SIMULATED DATA" in figure.cite()


def test_any_of_several_attacks(bare: Store) -> None:
    cases = [
        *grid("elm", {(0, 0)}, attack="one"),
        *grid("elm", {(1, 1)}, attack="two"),
        *grid("elm", {(2, 2)}, attack="three"),
        *grid("oak", {(0, 0)}, attack="one"),
        *grid("oak", {(0, 0)}, attack="two"),
    ]
    vet = holding(bare, first=cases)
    found = {(r["attack"], r["model"]): r["hits"] for r in vet.rates(attack="any")}
    assert found == {
        ("any of 2: one, two", "elm"): 2,
        ("any of 2: one, two", "oak"): 1,
        ("any of 3: one, three, two", "elm"): 3,
    }
