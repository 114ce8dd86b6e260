"""The founding article's statements against the invented world: computed, or why not."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from tests.evolution_files import ALL, FIRST_YEAR, MODELS, build_evolution, open_evolution
from tests.worlds import World

from modelcensus.claims.article import (
    COMPUTED,
    NOT_KNOWABLE,
    QUESTIONS,
    QUOTED,
    SOURCED,
    STATUSES,
    TRACED,
    Answer,
    Question,
    Statement,
    read_article,
)
from modelcensus.contracts.period import Period
from modelcensus.contracts.registry import MEASURES
from modelcensus.measures.census import Census
from modelcensus.publish.article import draw_statement, statement_to_dict
from modelcensus.registers.load import load_registers


@pytest.fixture(scope="module")
def statements(census: Census) -> dict[str, Statement]:
    return {s.letter: s for s in read_article(census)}


def test_every_statement_of_the_register_has_its_row(statements: dict[str, Statement]) -> None:
    rows = load_registers().rows["statements"]
    assert list(statements) == [r["letter"] for r in rows]
    assert all(s.text and s.needs for s in statements.values())
    assert set(QUESTIONS) <= set(statements)


@pytest.mark.parametrize("letter", QUESTIONS)
def test_questions_are_definitions(letter: str) -> None:
    for question in QUESTIONS[letter]:
        contract = MEASURES[question.measure].contract(
            subjects=question.subjects, **question.values
        )
        assert contract.measure == question.measure


def test_what_is_computed_and_what_is_not(statements: dict[str, Statement]) -> None:
    """Ranks and types need no named group; the forest has no CN, US, qwen, llama ...

    The licences of (j) are models' own: a sample may answer, and only sample:leaf and no other
    frame knows licences.
    """
    found = {k: s.status for k, s in statements.items()}
    assert {k for k, status in found.items() if status == COMPUTED} == {"d", "e", "j", "n"}
    # nobody in the forest is of a country named CN; records stand for what no figure answers
    assert {k for k, status in found.items() if status == SOURCED} == set("abcfghiklmo")
    assert {k for k, status in found.items() if status == NOT_KNOWABLE} == set()
    assert {k for k, s in statements.items() if s.records} == set("abcikmn")
    for letter, statement in statements.items():
        assert bool(statement.answers) == (letter in QUESTIONS)
        assert statement.status in STATUSES
        assert statement.why


def test_lineage_makes_a_statement_traced(terms: Census) -> None:
    """The invented world about licences knows bases; its developers are based elsewhere."""
    assert TRACED in STATUSES
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(QUESTIONS, "g", (Question("edges", (), {}, accepts_samples=True),))
        g = next(s for s in read_article(terms) if s.letter == "g")
    assert g.status == TRACED


def test_the_chain_of_the_article_is_told(statements: dict[str, Statement]) -> None:
    why = statements["o"].why
    for source in ("Longpre et al. 2025", "Stanford HAI", "NIST CAISI"):
        assert source in why
    claims = {r.claim.id for s in statements.values() for r in s.claims}
    assert set(QUOTED) <= claims


def test_each_frame_that_can_answer_does(statements: dict[str, Statement]) -> None:
    frames = {a.frame for a in statements["d"].answers}
    # the kettle has no 30-day downloads; a sample says nothing of ranks
    assert frames == {"hub", "panel:calm", "panel:grove", "panel:planted", "panel:race"}
    grove = next(a.figure for a in statements["d"].answers if a.frame == "panel:grove")
    assert grove is not None
    assert grove.records()[0]["group"] == "alder-lab"
    assert [a.frame for a in statements["j"].answers] == ["sample:leaf"]


def test_why_not_is_said(statements: dict[str, Statement]) -> None:
    (answer,) = statements["f"].answers
    assert answer.figure is None
    assert "no country named 'CN'" in answer.why_not
    crossing, ranking = statements["e"].answers[0], statements["e"].answers[1]
    assert (crossing.figure, ranking.figure is None) == (None, False)


def test_one_frame_may_be_asked(census: Census) -> None:
    answered = {s.letter: s for s in read_article(census, "panel:grove")}
    assert {a.frame for s in answered.values() for a in s.answers} == {"panel:grove"}
    assert "licence class" in answered["j"].answers[0].why_not


def test_a_frame_that_is_not_there(census: Census) -> None:
    statement = next(s for s in read_article(census, "panel:nowhere") if s.letter == "d")
    assert "no frame named" in statement.answers[0].why_not


def test_a_release_without_a_fitting_frame_says_so(grove: World) -> None:
    with grove.open() as opened:
        j = next(s for s in read_article(opened) if s.letter == "j")
    assert j.status == SOURCED
    assert j.answers[0].why_not.startswith("panel:grove: ")


def test_samples_answer_only_what_may_be_asked_of_them() -> None:
    assert Question("share", (), {}, accepts_samples=True).accepts("sample:leaf")
    assert not Question("share", (), {}).accepts("sample:leaf")
    assert Question("share", (), {}).accepts("panel:grove")


def test_published_figures_stand_beside_their_statement(
    statements: dict[str, Statement],
) -> None:
    published = [result.claim.row for result in statements["f"].claims]
    assert len(published) >= 6
    assert all(row["statement"] == "f" and row["value"] for row in published)
    assert all(result.verdict and result.reason for result in statements["f"].claims)


def test_a_statement_as_plain_values(statements: dict[str, Statement]) -> None:
    read = json.loads(json.dumps([statement_to_dict(s) for s in statements.values()], default=str))
    by_letter = {s["statement"]: s for s in read}
    answer = next(a for a in by_letter["d"]["answers"] if a["frame"] == "panel:grove")
    assert (answer["measure"], answer["subjects"], answer["why_not"]) == ("rank", [], "")
    assert answer["figure"]["rows"][0]["group"] == "alder-lab"
    assert by_letter["f"]["answers"][0]["figure"] is None
    assert by_letter["f"]["published"][0]["claim_id"]
    claim = next(c for c in by_letter["l"]["claims"] if c["claim_id"] == "aibase-2026-attacks-12")
    assert claim["verdict"] == "not recomputable here"
    assert claim["source_chain"][-1] == "NIST CAISI release, 30 Sep 2025"
    assert by_letter["a"]["answers"] == []


def drawn(statement: Statement, width: int = 400) -> str:
    out = Console(file=io.StringIO(), width=width, highlight=False, emoji=False)
    draw_statement(statement, out)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def test_a_statement_on_a_terminal(statements: dict[str, Statement]) -> None:
    computed = drawn(statements["d"])
    assert "computed" in computed
    assert "Alder Lab" in computed
    missing = drawn(statements["f"])
    for part in (SOURCED, "claim ", "not here ", "more: census claims --statement f", "%", "<-"):
        assert part in missing
    # what the article quotes stands first
    assert missing.index("longpre-2025-share-cn") < missing.index("mittr-2026-share-us-1586")


@pytest.mark.parametrize("width", [80, 120])
def test_a_statement_fits_a_terminal(statements: dict[str, Statement], width: int) -> None:
    for letter in "fgl":
        assert max(map(len, drawn(statements[letter], width).splitlines())) <= width


def test_hostile_words_of_a_statement_stay_words(statements: dict[str, Statement]) -> None:
    hostile = "[red]x[/] [/] :smile:"
    answer = Answer(Question("share", (), {}), "hub", None, hostile)
    statement = replace(
        statements["f"], text=hostile, why=hostile, drift=hostile, claims=(), answers=(answer,)
    )
    assert drawn(statement).count(hostile) == 4


def in_first_years(census: Census, frame: str = "") -> list[Answer]:
    f = next(s for s in read_article(census, frame) if s.letter == "f")
    return [a for a in f.answers if a.question.only_frame]


@pytest.mark.parametrize(
    ("more", "china"),
    [
        (1, 6_541),
        *(pytest.param(*c, marks=pytest.mark.long) for c in ((0, 6_540), (10_000, 16_540))),
    ],
)
def test_a_published_share_is_recomputed_when_its_file_is_handed_in(
    tmp_path: Path, more: int, china: int
) -> None:
    one, *others = MODELS
    grown = replace(one, counts=[*one.counts[:-1], one.counts[-1] + more])
    store = build_evolution(tmp_path, {FIRST_YEAR: [grown, *others], ALL: MODELS})
    with open_evolution(store) as census:
        (answer,) = in_first_years(census)
        assert in_first_years(census, "panel:evolution") == []
        (again,) = in_first_years(census, answer.frame)
        assert again.figure is not None
        f = next(s for s in read_article(census) if s.letter == "f")
    assert answer.frame == "panel:evolution-first-year"
    assert answer.figure is not None
    rows = {row["group"]: row for row in answer.figure.records()}
    assert (rows["CN"]["value"], rows["US"]["value"]) == (china, 5_275)
    assert rows["CN"]["share_of_all"] == china / (china + 8_324)
    assert answer.figure.coverage["period_start"] == "2024-08-01T00:00:00+00:00"
    assert answer.figure.coverage["period_end"] == "2025-09-01T00:00:00+00:00"
    # it stands beside the answers of other frames and the published figures
    assert f.status == "computed"
    assert {"longpre-2025-share-cn", "longpre-2025-share-us"} <= {
        result.claim.id for result in f.claims
    }


def test_the_scope_of_the_published_shares_is_the_period_that_is_asked() -> None:
    (question,) = [q for q in QUESTIONS["f"] if q.only_frame]
    claims = [c for c in load_registers().rows["claims"]
              if c["claim_id"].startswith("longpre-2025-share-")]  # fmt: skip
    assert len(claims) == 3
    period = Period.parse(question.values["period"])
    for claim in claims:
        assert claim["period"] == question.values["period"]
        for instant in (period.start, period.end):
            assert instant is not None
            assert f"{instant:%Y-%m-%dT%H:%MZ}" in claim["scope"]


def test_without_that_file_nothing_is_said_of_first_years(census: Census) -> None:
    assert in_first_years(census) == []
    assert Question("share", (), {}, only_frame="panel:x").accepts("simulated:panel:x")
    assert not Question("share", (), {}, only_frame="panel:x").accepts("panel:xy")
