"""The founding article's statements: what was published, what these data give, or why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from modelcensus.contracts.figure import Figure
from modelcensus.contracts.frame_names import is_sample, plain_frame
from modelcensus.errors import ContractError, UnknownName
from modelcensus.measures.census import Census
from modelcensus.registers.load import Row, load_registers


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
        status: `computed`, or `not reached by these data`.
        published: the published figures behind it.
        answers: what was asked of the release.
        needs: what would answer it, when nothing does.
    """

    letter: str
    text: str
    status: str
    published: tuple[Row, ...]
    answers: tuple[Answer, ...]
    needs: str
    drift: str


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


def read_article(census: Census, frame: str = "") -> Iterator[Statement]:
    """Yield every statement of the article in order, answered as far as the release reaches.

    Args:
        census: an open release.
        frame: the frame to ask; empty: every frame that can answer a question.
    """
    registers = load_registers()
    for row in registers.rows["statements"]:
        letter = row["letter"]
        answers = tuple(a for q in QUESTIONS.get(letter, ()) for a in _ask(census, q, frame))
        computed = any(a.figure for a in answers)
        published = tuple(c for c in registers.usable("claims") if c["statement"] == letter)
        yield Statement(
            letter,
            row["statement"],
            "computed" if computed else "not reached by these data",
            published,
            answers,
            row["needs"],
            row["drift"],
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
