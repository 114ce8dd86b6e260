"""Presets: what they state, what is inferred, and that options beside one are said."""

from __future__ import annotations

import pytest

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.presets import PRESETS, Asked, ask, get_preset
from modelcensus.contracts.registry import MEASURES
from modelcensus.errors import ContractError, UnknownName
from modelcensus.registers.load import load_registers

NAMES = (
    *("longpre-2025", "hf-spring-2026", "hf-summer-2026"),
    *("atom-2026-01", "atom-2026-q2", "hai-2025-derivatives"),
)


def test_all_presets_are_there() -> None:
    assert tuple(PRESETS) == NAMES
    assert len({p.contract.id for p in PRESETS.values()}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_is_a_definition_that_says_what_is_known_of_it(name: str) -> None:
    preset = get_preset(name)
    assert preset.measure in MEASURES
    assert Contract.from_dict(preset.contract.to_dict()) == preset.contract
    assert all(choice.why for choice in preset.choices.values())
    # a definition that its source states in full would need no preset of ours
    assert preset.inferred
    assert preset.not_expressible
    assert "census import" in preset.needs
    known = {row["claim_id"] for row in load_registers().rows["claims"]}
    assert set(preset.claims) <= known
    assert preset.claims


def test_the_ids_of_presets_are_pinned() -> None:
    """They are cited; a corrected preset is a new one."""
    assert {name: preset.contract.id for name, preset in PRESETS.items()} == {
        "longpre-2025": "7343aec3f625",
        "hf-spring-2026": "8129eca97d73",
        "hf-summer-2026": "062faff682bb",
        "atom-2026-01": "8009532224e2",
        "atom-2026-q2": "484f112b325b",
        "hai-2025-derivatives": "72f48064a466",
    }


def test_without_a_preset_nothing_is_said_beside_the_definition() -> None:
    asked = ask("share", ("CN",), by="country")
    assert asked == Asked(MEASURES["share"].contract(subjects=("CN",)))
    assert asked.notes == ()


def test_a_preset_alone_is_its_definition() -> None:
    asked = ask("", preset="hf-spring-2026")
    assert asked.contract == PRESETS["hf-spring-2026"].contract
    assert asked.changed == ()
    assert asked.notes == (
        "by preset hf-spring-2026: Hugging Face, State of open source, spring 2026",
        "preset hf-spring-2026: inferred, not stated by its source: metric, denominator",
    )
    stated = ask("share", ("CN", "US"), preset="hf-spring-2026", frame="hub", lens="")
    assert stated == asked


def test_an_option_beside_a_preset_overrides_it_and_is_said() -> None:
    asked = ask("share", ("FR",), preset="hf-spring-2026", denominator="all", population="language")
    assert asked.contract.population == "language"
    assert asked.contract.metric == "downloads_in_period"
    assert asked.changed == ("population", "denominator", "subjects")
    assert asked.notes[0] == "changed from preset hf-spring-2026: population, denominator, subjects"
    assert asked.notes[1].endswith("not stated by its source: metric")


def test_a_preset_may_be_asked_of_another_measure_that_takes_its_words() -> None:
    shares = ask("share", preset="hf-summer-2026")
    assert (shares.contract.measure, shares.changed) == ("share", ("measure",))
    with pytest.raises(ContractError, match="'rank' takes no 'denominator'") as caught:
        ask("rank", preset="longpre-2025")
    assert caught.value.next_step == "`census share --preset longpre-2025`"


def test_what_is_no_preset() -> None:
    with pytest.raises(UnknownName) as caught:
        ask("share", preset="longpre-2024")
    assert caught.value.nearest == sorted(NAMES)
    with pytest.raises(ContractError, match="names its measure"):
        ask("")
