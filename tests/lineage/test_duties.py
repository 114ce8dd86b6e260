"""The rule of docs/design/0012: invented licences, the bundled register, and the golden set."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.small_store import licence, registers

from modelcensus.lineage.duties import (
    COMPATIBLE,
    DISAGREE,
    FEWER,
    UNKNOWN_TERMS,
    VERDICTS,
    TermsBook,
    Verdict,
    judge_pairs,
)
from modelcensus.registers.load import load_registers
from modelcensus.registers.schema import FACETS, parts

GOLDEN = Path(__file__).parent / "golden_edges.csv"


def row(slug: str, letter: str, passes_on: str = "", **facets: str) -> dict[str, str]:
    """Return a licence that grants commercial use; facets that are passed on hold."""
    held = dict.fromkeys(parts(passes_on), "yes")
    held |= {"commercial_use": "no"} if "commercial_use" in held else {"commercial_use": "yes"}
    return licence(slug, slug, letter, passes_on=passes_on, **(held | facets))


ROWS = (
    row("free", "L1", "notice_duty"),
    row("freer", "L1", notice_duty="yes"),
    row("gift", "L3"),
    row("named", "L3", "naming_duty;notice_duty"),
    row("alike", "L2", "share_alike;notice_duty", accepts="alike-2;alike-bare"),
    row("alike-2", "L2", "share_alike;notice_duty"),
    row("alike-bare", "L2", "share_alike"),
    row("limits", "L4", "field_of_use_limits;notice_duty"),
    row("crowd", "L5", "scale_threshold;naming_duty;notice_duty"),
    row("no-trade", "L6", "commercial_use;naming_duty"),
    row("no-trade-alike", "L6", "commercial_use;share_alike"),
    row("no-trade-here", "L6", commercial_use="no"),
    row("closed", "L7"),
    row("half-read", "L4", field_of_use_limits="unknown", notice_duty="yes"),
    row("hazy", "L4", commercial_use="unknown", naming_duty="unknown"),
    licence("free-alias", "free", "L1", commercial_use="yes", notice_duty="yes"),
    row("secret", "L8"),
    row("nothing", "L9"),
)


@cache
def book() -> TermsBook:
    return TermsBook((r.id, r.cells) for r in registers(licences=ROWS).usable("licences"))


def verdict(child: str, parent: str) -> Verdict:
    keys = [name if name in ("", "L8", "L9") else f"licences:{name}" for name in (child, parent)]
    return book().judge(*keys)


CASES: list[tuple[str, str, str, str]] = [
    # child, base, verdict, duties
    ("free", "free", COMPATIBLE, ""),
    ("free-alias", "free", COMPATIBLE, ""),
    ("freer", "free", COMPATIBLE, ""),
    ("limits", "free", COMPATIBLE, ""),  # a stricter child
    ("no-trade", "gift", COMPATIBLE, ""),  # nothing is passed on
    ("gift", "free", FEWER, "notice_duty"),
    ("free", "limits", FEWER, "field_of_use_limits"),
    ("gift", "limits", FEWER, "field_of_use_limits;notice_duty"),
    ("free", "crowd", FEWER, "scale_threshold;naming_duty"),
    ("named", "crowd", FEWER, "scale_threshold"),
    ("limits", "crowd", FEWER, "scale_threshold;naming_duty"),
    ("named", "no-trade", DISAGREE, "commercial_use"),
    ("free", "no-trade", DISAGREE, "commercial_use;naming_duty"),
    ("free", "no-trade-here", COMPATIBLE, ""),  # withheld, and not passed on
    ("free", "alike", DISAGREE, "share_alike"),
    ("alike-2", "alike", COMPATIBLE, ""),  # accepted
    ("alike", "alike-2", DISAGREE, "share_alike"),  # not the other way round
    ("alike-bare", "alike", FEWER, "notice_duty"),  # accepted, and one duty is not in it
    ("no-trade", "no-trade-alike", DISAGREE, "share_alike"),
    ("free", "no-trade-alike", DISAGREE, "commercial_use;share_alike"),
    ("closed", "closed", DISAGREE, ""),
    ("free", "closed", DISAGREE, ""),
    ("L9", "closed", DISAGREE, ""),  # the base allows no derivative, whatever is declared
    ("closed", "free", FEWER, "notice_duty"),
    ("half-read", "limits", UNKNOWN_TERMS, ""),
    ("half-read", "crowd", FEWER, "scale_threshold;naming_duty"),  # certain outweighs unclear
    ("hazy", "no-trade", UNKNOWN_TERMS, ""),
    ("hazy", "hazy", COMPATIBLE, ""),  # the same terms, whatever they are
    ("L8", "L8", UNKNOWN_TERMS, ""),
    ("secret", "secret", UNKNOWN_TERMS, ""),
    ("L8", "limits", UNKNOWN_TERMS, ""),
    ("limits", "L8", UNKNOWN_TERMS, ""),
    ("L9", "limits", UNKNOWN_TERMS, ""),  # nothing was said, so nothing was left out
    ("nothing", "alike", UNKNOWN_TERMS, ""),
    ("free", "L9", UNKNOWN_TERMS, ""),
    ("free", "", UNKNOWN_TERMS, ""),
    ("", "free", UNKNOWN_TERMS, ""),
]


@pytest.mark.parametrize(("child", "parent", "expected", "duties"), CASES)
def test_the_rule(child: str, parent: str, expected: str, duties: str) -> None:
    found = verdict(child, parent)
    assert (found.verdict, found.duties) == (expected, parts(duties))


def test_every_pair_has_one_verdict_one_sentence_and_its_rows() -> None:
    keys = sorted(book().terms)
    for child in keys:
        for parent in keys:
            found = book().judge(child, parent)
            assert found.verdict in VERDICTS
            assert found.reason.endswith(".")
            assert found.reason.count(". ") == 0
            assert found.rows == tuple(k for k in (parent, child) if k.startswith("licences:"))
            assert bool(found.duties) <= (found.verdict in (DISAGREE, FEWER))


def test_reasons_name_licences_and_never_a_publisher_or_a_breach() -> None:
    assert verdict("free", "limits").reason == (
        "limits passes on limits on fields of use; free does not say it."
    )
    assert verdict("free", "no-trade-alike").reason == (
        "no-trade-alike withholds commercial use from derivatives, too, and free grants it; "
        "no-trade-alike wants derivatives under the same licence and does not accept free."
    )
    assert verdict("free", "").reason == "The terms of the base were not collected."
    assert verdict("L9", "limits").reason == "The terms of the model are not declared."
    said = " ".join(verdict(a, b).reason for a, b, _, _ in CASES)
    assert not any(word in said for word in ("breach", "violat", "infring", "illegal", "break"))


def test_dropping_a_duty_from_what_is_passed_on_never_makes_a_verdict_graver() -> None:
    for child in ROWS:
        for parent in ROWS:
            before = verdict(child["tag"], parent["tag"])
            for facet in parts(parent.get("passes_on", "")):
                rest = ";".join(f for f in parts(parent["passes_on"]) if f != facet)
                made = registers(licences=[child, parent | {"tag": "b", "passes_on": rest}])
                lighter = TermsBook((r.id, r.cells) for r in made.usable("licences"))
                after = lighter.judge(f"licences:{child['tag']}", "licences:b").verdict
                is_fixed = UNKNOWN_TERMS in (before.verdict, after)
                assert is_fixed or VERDICTS.index(after) >= VERDICTS.index(before.verdict)


def test_pairs_are_judged_once_and_in_order() -> None:
    pairs = [("licences:free", "licences:limits"), ("", "L9"), ("licences:free", "licences:limits")]
    assert judge_pairs(book(), pairs).to_pylist() == [
        {"child_terms": "", "parent_terms": "L9", "verdict": UNKNOWN_TERMS, "duties": []},
        {
            "child_terms": "licences:free",
            "parent_terms": "licences:limits",
            "verdict": FEWER,
            "duties": ["field_of_use_limits"],
        },
    ]
    assert len(judge_pairs(book(), [])) == 0


@cache
def bundled() -> TermsBook:
    return TermsBook((r.id, r.cells) for r in load_registers().usable("licences"))


def test_every_bundled_licence_fits_itself_unless_unread_or_closed() -> None:
    for key, terms in bundled().terms.items():
        expected = COMPATIBLE if terms.is_known else UNKNOWN_TERMS
        expected = DISAGREE if terms.licence_class == "L7" else expected
        assert bundled().judge(key, key).verdict == expected, key


def test_what_a_bundled_licence_passes_on_it_demands_itself() -> None:
    for key, terms in bundled().terms.items():
        for facet in terms.passes_on:
            held = "no" if facet == "commercial_use" else "yes"
            assert terms.facets[facet] == held, (key, facet)
        assert set(terms.passes_on) <= set(FACETS)


def golden() -> list[dict[str, str]]:
    with GOLDEN.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


@cache
def tags() -> dict[str, str]:
    return {r["tag"].lower(): r.id for r in load_registers().usable("licences")}


def key_of(text: str) -> str:
    """Return the key of a declared string, as the catalogue reads it."""
    return "L9" if text == "none declared" else tags().get(text.lower(), "L8")


def test_verdicts_agree_with_those_made_by_hand() -> None:
    edges = golden()
    found = [
        bundled().judge(key_of(e["child_licence"]), key_of(e["parent_licence"])) for e in edges
    ]
    pairs = Counter((e["verdict"], f.verdict) for e, f in zip(edges, found, strict=True))
    for name in VERDICTS:
        print(f"{name}: {report(pairs, {name})}")
        assert min(precision_and_recall(pairs, {name})) >= 0.95
    problem = {DISAGREE, FEWER}
    print(f"fewer or disagree v the rest: {report(pairs, problem)}")
    assert min(precision_and_recall(pairs, problem)) >= 0.95


def test_duties_agree_with_those_found_by_hand() -> None:
    edges = golden()
    differ = [
        (e["child_licence"], e["parent_licence"], e["duty"], found.duties)
        for e in edges
        for found in [bundled().judge(key_of(e["child_licence"]), key_of(e["parent_licence"]))]
        if set(found.duties) != set(parts(e["duty"]))
    ]
    print(f"duties: {len(edges) - len(differ)} of {len(edges)} edges agree")
    assert len(differ) <= 0.05 * len(edges), differ


def precision_and_recall(pairs: Counter[Any], names: set[str]) -> tuple[float, float]:
    """Return how many of the found ones are right, and how many of the right ones are found."""
    both = sum(n for (hand, code), n in pairs.items() if hand in names and code in names)
    found = sum(n for (_, code), n in pairs.items() if code in names)
    right = sum(n for (hand, _), n in pairs.items() if hand in names)
    return both / found, both / right


def report(pairs: Counter[Any], names: set[str]) -> str:
    precision, recall = precision_and_recall(pairs, names)
    count = sum(n for (hand, _), n in pairs.items() if hand in names)
    return f"precision {precision:.3f}, recall {recall:.3f} over {count} edges by hand"
