"""What a kind of chart gives: a drawing, and what it says in words."""

from __future__ import annotations

from dataclasses import dataclass

from modelcensus.publish.charts.drawing import Drawing


@dataclass(frozen=True)
class Picture:
    """A drawn figure before the page is put around it.

    Attributes:
        drawing: the plot and what belongs to it.
        title: neutral, unless the data carry a sentence.
        subtitle: what is measured, over what, when.
        kind_words: what kind of chart it is, for the text alternative.
        facts: what is to be seen in it, for the text alternative.
    """

    drawing: Drawing
    title: str
    subtitle: str
    kind_words: str
    facts: tuple[str, ...]
