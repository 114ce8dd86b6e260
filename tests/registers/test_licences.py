"""What the licence registers say about duties, and about the terms of families over time."""

from __future__ import annotations

from itertools import pairwise

import pytest

from modelcensus.registers.load import Registers, Row, load_registers, row_problems
from modelcensus.registers.schema import FACETS, REGISTERS, parts

TERMS = ("licence_class", *FACETS, "passes_on", "accepts")
FAMILIES = {
    *("qwen", "llama", "deepseek", "gemma", "mistral", "mixtral", "phi", "glm", "kimi", "minimax"),
    *("yi", "ernie", "hunyuan", "falcon", "olmo", "starcoder", "stable-diffusion", "flux"),
    *("whisper", "nemotron", "granite", "command", "grok", "gpt-oss", "exaone", "pythia", "t5"),
    *("bert", "lfm", "smollm", "jamba", "intern-s"),
}


@pytest.fixture(scope="module")
def registers() -> Registers:
    return load_registers()


@pytest.fixture(scope="module")
def licences(registers: Registers) -> dict[str, Row]:
    return {row["licence"]: row for row in registers.rows["licences"]}


@pytest.fixture(scope="module")
def released(registers: Registers) -> dict[tuple[str, str, str], Row]:
    return {(r["family"], r["version"], r["scope"]): r for r in registers.usable("family_licences")}


def test_one_licence_has_one_reading_whatever_its_tag(registers: Registers) -> None:
    readings: dict[str, set[tuple[str, ...]]] = {}
    for row in registers.rows["licences"]:
        readings.setdefault(row["licence"], set()).add(tuple(row[c] for c in TERMS))
    assert {name for name, found in readings.items() if len(found) > 1} == set()


def test_a_duty_that_is_passed_on_is_one_of_the_text(registers: Registers) -> None:
    for row in registers.rows["licences"]:
        for duty in parts(row["passes_on"]):
            assert row[duty] == ("no" if duty == "commercial_use" else "yes"), row.id


def test_only_share_alike_texts_accept_others_and_never_name_themselves(
    registers: Registers,
) -> None:
    accepting = [row for row in registers.rows["licences"] if row["accepts"]]
    assert len(accepting) > 10
    for row in accepting:
        assert "share_alike" in parts(row["passes_on"]), row.id
        assert row["licence"] not in parts(row["accepts"]), row.id


def test_versions_that_creative_commons_and_the_gpl_name_are_accepted(
    licences: dict[str, Row],
) -> None:
    assert parts(licences["cc-by-sa-3.0"]["accepts"]) == ("cc-by-sa-4.0",)
    assert parts(licences["cc-by-sa-4.0"]["accepts"]) == ("gpl-3.0",)
    assert "agpl-3.0" in parts(licences["gpl-3.0"]["accepts"])
    assert licences["agpl-3.0"]["accepts"] == ""
    assert licences["cc-by-nc-sa-4.0"]["accepts"] == ""


def test_llama_bans_training_others_until_3_and_wants_the_name_from_3_1(
    licences: dict[str, Row],
) -> None:
    ban = {name: licences[name]["training_ban"] for name in ("llama2", "llama3", "llama3.1")}
    assert ban == {"llama2": "yes", "llama3": "yes", "llama3.1": "no"}
    assert "naming_duty" in parts(licences["llama3.1"]["passes_on"])
    assert "naming_duty" not in parts(licences["llama2"]["passes_on"])


def test_many_families_have_dated_terms(released: dict[tuple[str, str, str], Row]) -> None:
    families = {family for family, _, _ in released}
    assert families >= FAMILIES
    assert len(families) >= 25
    assert len(released) >= 60


def test_no_release_lies_after_the_day_its_evidence_was_seen(registers: Registers) -> None:
    for row in registers.rows["family_licences"]:
        assert "2018-01-01" <= row["released_on"] <= row["seen_on"], row.id


@pytest.mark.parametrize(
    ("family", "versions"),
    [
        ("qwen", ("Qwen", "Qwen2.5", "Qwen3", "Qwen3.5", "Qwen3.6", "Qwen3.8")),
        ("llama", ("Llama 2", "Llama 3", "Llama 3.1", "Llama 3.2", "Llama 3.3", "Llama 4")),
        ("deepseek", ("DeepSeek-V3", "DeepSeek-R1", "DeepSeek-V3.2", "DeepSeek-V4")),
        ("gemma", ("Gemma", "Gemma 3", "Gemma 4")),
        ("glm", ("GLM-4", "GLM-4.7", "GLM-5", "GLM-5.2")),
        ("kimi", ("Kimi K2", "Kimi K2.5", "Kimi K2.7", "Kimi K3")),
        ("phi", ("Phi-2", "Phi-3", "Phi-4", "Phi-4-reasoning")),
    ],
)
def test_later_versions_came_later(
    family: str, versions: tuple[str, ...], released: dict[tuple[str, str, str], Row]
) -> None:
    days = [
        {r["released_on"] for (name, v, _), r in released.items() if (name, v) == (family, version)}
        for version in versions
    ]
    assert all(max(early) < min(late) for early, late in pairwise(days)), days


def test_a_month_starts_on_its_first_day(registers: Registers) -> None:
    cells = next(r.cells for r in registers.rows["family_licences"] if r["precision"] == "month")
    register = REGISTERS["family_licences"]
    assert list(row_problems(register, cells)) == []
    (problem,) = row_problems(register, cells | {"released_on": "2024-05-02"})
    assert "first day of its month" in problem


LOOSER = [
    (("deepseek", "DeepSeek-V3", "all"), ("deepseek", "DeepSeek-R1", "all")),
    (("qwen", "Qwen", "7B"), ("qwen", "Qwen3", "0.6B, 4B and 8B")),
    (("glm", "GLM-4", "9B"), ("glm", "GLM-5", "all")),
    (("gemma", "Gemma 3", "27B"), ("gemma", "Gemma 4", "E2B, E4B, 26B-A4B and 31B")),
    (("phi", "Phi-2", "at its release"), ("phi", "Phi-3", "mini")),
    (("yi", "Yi", "6B and 34B"), ("yi", "Yi-1.5", "34B")),
    (("hunyuan", "Hunyuan", "7B"), ("hunyuan", "Hy3", "all")),
    (("exaone", "EXAONE 4.0", "32B (4.0.1)"), ("exaone", "K-EXAONE 2.0", "750B-A37B")),
    (
        ("nemotron", "Llama Nemotron Super", "49B v1.5"),
        ("nemotron", "Nemotron 3.5", "Lightning 30B-A3B"),
    ),
]
TIGHTER = [
    (("qwen", "Qwen3.6", "27B and 35B-A3B"), ("qwen", "Qwen3.8", "2.4T-A95B")),
    (("falcon", "Falcon", "40B"), ("falcon", "Falcon-H1R", "7B")),
    (("solar", "SOLAR", "10.7B"), ("solar", "Solar Open", "100B")),
    (
        ("stable-diffusion", "Stable Diffusion XL", "1.0"),
        ("stable-diffusion", "Stable Diffusion 3.5", "Large and Medium"),
    ),
]


@pytest.mark.parametrize(
    ("before", "after", "is_looser"),
    [(*pair, True) for pair in LOOSER] + [(*pair, False) for pair in TIGHTER],
)
def test_terms_that_loosened_and_terms_that_tightened_are_there(
    before: tuple[str, str, str],
    after: tuple[str, str, str],
    is_looser: bool,
    released: dict[tuple[str, str, str], Row],
    licences: dict[str, Row],
) -> None:
    first, second = released[before], released[after]
    assert first["released_on"] < second["released_on"]
    classes = [licences[row["licence"]]["licence_class"] for row in (first, second)]
    assert (classes[0] > classes[1]) == is_looser
    assert classes[0] != classes[1]


def test_kimi_k3_keeps_the_class_of_k2_and_adds_no_freedom(
    released: dict[tuple[str, str, str], Row], licences: dict[str, Row]
) -> None:
    names = [released["kimi", version, "all"]["licence"] for version in ("Kimi K2", "Kimi K3")]
    assert names == ["modified-mit-kimi-k2", "kimi-k3"]
    old, new = (set(parts(licences[name]["passes_on"])) for name in names)
    assert old <= new
