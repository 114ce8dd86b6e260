"""The founding article's statements: what was published, what these data give, or why not.

Each ends in one of five ways: a figure of the release answers it (computed), a figure from lineage
does (traced), test outcomes do (tested), published figures with their source chain stand for it
(sourced), or it is not knowable from these sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from modelcensus.claims.article_records import records_for
from modelcensus.claims.ledger import FROM_DATA, FROM_RECORDS, OUT, ClaimResult, judge_claims
from modelcensus.claims.published import Claim, read_claims
from modelcensus.contracts.figure import Figure
from modelcensus.contracts.frame_names import is_sample, is_whole, plain_frame
from modelcensus.errors import ContractError, UnknownName
from modelcensus.measures.census import Census
from modelcensus.registers.load import load_registers

COMPUTED, TRACED, TESTED, SOURCED = "computed", "traced", "tested", "sourced"
NOT_KNOWABLE = "not knowable from these sources"
STATUSES = (COMPUTED, TRACED, TESTED, SOURCED, NOT_KNOWABLE)

OF_LINEAGE = ("derivatives", "matrix", "edges", "drift", "duties")
"""Measures that follow models to what they stand on."""

QUOTED = (
    "longpre-2025-share-cn",
    "hai-2025-qwen-most-downloaded",
    "hai-2025-finetunes-cn",
    "caisi-2025-hijack",
)
"""The claims whose figures the article itself quotes."""


@dataclass(frozen=True)
class Question:
    """A measure with its groups and definition, asked for one statement."""

    measure: str
    subjects: tuple[str, ...]
    values: dict[str, Any]
    accepts_samples: bool = False
    only_frame: str = ""

    def accepts(self, frame: str) -> bool:
        """Return whether a frame may answer: a curated sample says nothing of shares or ranks.

        A question about one frame is asked of that frame alone, and of its simulated like.
        """
        if self.only_frame:
            return plain_frame(frame) == self.only_frame
        return self.accepts_samples or not is_sample(frame)


@dataclass(frozen=True)
class Answer:
    """What one question gave in one frame: a figure, or the reason why there is none."""

    question: Question
    frame: str
    figure: Figure | None
    why_not: str


@dataclass(frozen=True)
class Statement:
    """One statement of the article as of one release.

    Attributes:
        letter: its place in docs/methods.md and in the register.
        status: one of STATUSES.
        why: what the status rests on, or what is missing, in one sentence.
        claims: the published figures about it, each with its verdict.
        answers: what was asked of the release.
        needs: what would answer it, when nothing does.
        records: what the registers of the wider world say to it, as sentences.
    """

    letter: str
    text: str
    status: str
    why: str
    claims: tuple[ClaimResult, ...]
    answers: tuple[Answer, ...]
    needs: str
    drift: str
    records: tuple[str, ...] = ()


QUESTIONS: dict[str, tuple[Question, ...]] = {
    "d": (Question("rank", (), {"by": "developer"}),),
    "e": (
        Question("crossover", ("qwen", "llama"), {"by": "family"}),
        Question("rank", (), {"by": "family"}),
    ),
    "f": (
        Question("share", ("CN", "US"), {"by": "country"}),
        # the published definition: see the scope of the claims longpre-2025-share-*
        Question(
            "share",
            ("CN", "US"),
            {
                "by": "country",
                "metric": "downloads_first_year_in_period",
                "period": "2024-08..2025-08",
            },
            only_frame="panel:evolution-first-year",
        ),
    ),
    "g": (Question("derivatives", ("CN", "US"), {"by": "country"}, accepts_samples=True),),
    "h": (
        Question(
            "share",
            ("alibaba", "deepseek", "baidu", "tencent", "bytedance", "huawei"),
            {"by": "developer"},
        ),
    ),
    "j": (
        Question("share", (), {"by": "licence_class", "metric": "models"}, accepts_samples=True),
    ),
    "n": (Question("share", (), {"by": "developer_type"}),),
}
"""What is asked for each statement; the others are not questions about these data."""


def read_article(
    census: Census, frame: str = "", judged: Iterable[ClaimResult] | None = None
) -> Iterator[Statement]:
    """Yield every statement of the article in order, answered as far as the release reaches.

    Args:
        census: an open release.
        frame: the frame to ask; empty: every frame that can answer a question.
        judged: the claims with their verdicts, where they are known already.
    """
    registers = load_registers()
    known = read_claims(registers)
    results: dict[str, list[ClaimResult]] = {}
    for result in judge_claims(census, known) if judged is None else judged:
        results.setdefault(result.claim.row["statement"], []).append(result)
    for row in registers.rows["statements"]:
        letter = row["letter"]
        answers = tuple(a for q in QUESTIONS.get(letter, ()) for a in _ask(census, q, frame))
        about = tuple(results.get(letter, ()))
        records = records_for(letter, registers)
        status, why = _status(answers, about, row["needs"], has_records=bool(records))
        if letter == "o":
            status, why = _chain_of_the_article(known)
        yield Statement(
            letter, row["statement"], status, why, about, answers, row["needs"], row["drift"],
            records,
        )  # fmt: skip


def _status(
    answers: tuple[Answer, ...],
    results: tuple[ClaimResult, ...],
    needs: str,
    *,
    has_records: bool = False,
) -> tuple[str, str]:
    """Return how a statement ends, and what that rests on."""
    measures = [a.question.measure for a in answers if a.figure]
    if measures:
        status = max((_kind(m) for m in measures), key=(TRACED, COMPUTED).index)
        frames = sorted({a.frame for a in answers if a.figure})
        scope = "" if any(map(is_whole, frames)) else ", which speaks for itself, not for the Hub"
        return status, f"by figures of {' and '.join(frames)}{scope}"
    tested = [r for r in results if r.basis == FROM_DATA and r.claim.is_of_tests]
    if tested:
        figures = "figure" if len(tested) == 1 else "figures"
        return TESTED, f"{len(tested)} published {figures} recomputed from recorded test cases"
    standing = [r for r in results if r.verdict != OUT]
    if standing:
        computed = sum(r.is_computed and r.basis != FROM_RECORDS for r in standing)
        recorded = sum(r.basis == FROM_RECORDS for r in standing)
        figures = "figure" if len(standing) == 1 else "figures"
        held = f", {recorded} held against a register" if recorded else ""
        return SOURCED, (
            f"{len(standing)} published {figures} with source chain, {computed} recomputed{held}; "
            "no figure of this release answers it"
        )
    if has_records:
        return SOURCED, "by records that were found; no figure of this release answers it"
    return NOT_KNOWABLE, f"it needs {needs[:1].lower()}{needs[1:]}"


def _kind(measure: str) -> str:
    """Return what a statement becomes by an answer of one measure."""
    return TRACED if measure in OF_LINEAGE else COMPUTED


def _chain_of_the_article(known: tuple[Claim, ...]) -> tuple[str, str]:
    """Return what the article's own figures lead back to."""
    quoted = dict.fromkeys(claim.first_source for claim in known if claim.id in QUOTED)
    named = " ".join(f"({n}) {source}" for n, source in enumerate(quoted, start=1))
    sources = {claim.first_source for claim in known}
    return SOURCED, (
        f"the figures it quotes lead to {named}; the {len(known)} claims of the ledger lead to "
        f"{len(sources)} first sources"
    )


def _ask(census: Census, question: Question, frame: str) -> list[Answer]:
    """Return an answer for each frame that gives one, or one that says why none does.

    A question about one frame has no answer at all where that frame is not asked.
    """
    named = [frame] if frame else census.release.frames
    frames = [f for f in named if question.accepts(f) or (frame and not question.only_frame)]
    if not frames and question.only_frame:
        return []
    figures, why_not = [], Answer(question, frame, None, "no frame of this release tracks accounts")
    for name in frames:
        try:
            figure = getattr(census, question.measure)(
                *question.subjects, **question.values, frame=name
            )
        except (ContractError, UnknownName) as error:
            why_not = Answer(question, name, None, f"{name}: {error.what}")
        else:
            figures.append(Answer(question, name, figure, ""))
    return figures or [why_not]
