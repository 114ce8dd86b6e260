"""How groups, frames and limits are put into words."""

from __future__ import annotations

import pytest

from modelcensus.contracts.registry import MEASURES
from modelcensus.measures.census import Census
from modelcensus.measures.wording import does_not_show, frame_phrase, group_names, whose


@pytest.mark.parametrize(
    ("values", "group", "text"),
    [
        ({"by": "country"}, "IS", "models made by developers based in Iceland"),
        ({"by": "country"}, "US", "models made by developers based in the United States"),
        ({"by": "country", "lens": "publisher"}, "PT", "models published by developers based in P"),
        ({"by": "country"}, "international", "models made by international projects"),
        ({"by": "country"}, "unresolvable", "models made by developers of no defensible country"),
        ({"by": "country"}, "unknown", "models by unknown developers"),
        ({"by": "country", "coding": "atom"}, "us", "models that ATOM codes as 'us'"),
        ({"by": "developer"}, "alder-lab", "models made by Alder Lab"),
        ({"by": "developer_type"}, "academia", "models made by academia developers"),
        ({"by": "family"}, "aspen", "the Aspen family"),
        ({"by": "family"}, "unassigned", "models of no named family"),
        ({"by": "namespace"}, "alder", "the namespace alder"),
        ({"by": "licence_class"}, "L1", "licence class L1"),
        ({"by": "licence_class"}, "unknown", "models of unknown licence class"),
        ({"by": "library"}, "international", "library international"),
    ],
)
def test_groups(census: Census, values: dict[str, str], group: str, text: str) -> None:
    contract = MEASURES["share"].contract(**values)
    names = group_names(census.release, contract)
    assert whose(contract, group, names).startswith(text)


def test_frames(census: Census) -> None:
    def named(frame: str) -> str:
        return frame_phrase(census.release, MEASURES["share"].contract(frame=frame))

    assert named("hub") == "the whole hub huggingface"
    assert named("panel:kettle") == "the frame panel:kettle on ollama"


@pytest.mark.parametrize(
    ("frame", "metric", "by", "parts", "absent"),
    [
        (
            "panel:grove",
            "downloads_30d",
            "country",
            ("tracks more accounts", "requests for files", "other hubs", "citizens"),
            (),
        ),
        ("sample:leaf", "likes", "family", ("leaf holds was counted", "a trend"), ("requests",)),
        ("hub", "models", "namespace", ("other hubs: huggingface",), ("the whole hub", "requests")),
        ("panel:kettle", "pulls", "namespace", ("hubs other than ollama",), ("other hubs:",)),
    ],
)
def test_what_it_does_not_show(
    census: Census,
    frame: str,
    metric: str,
    by: str,
    parts: tuple[str, ...],
    absent: tuple[str, ...],
) -> None:
    contract = MEASURES["share"].contract(frame=frame, metric=metric, by=by)
    text = "\n".join(does_not_show(census.release, contract))
    assert all(part in text for part in parts)
    assert not [part for part in absent if part in text]
