"""Names that others wrote execute nothing, spoof nothing and break no picture."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from tests.publish.charts.figures import figure, series, share
from tests.publish.charts.pictures import SVG, root_of, size_of, texts_of

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure
from modelcensus.publish.charts import chart_kinds, chart_of
from modelcensus.publish.charts.letters import HIDDEN

PAYLOADS = (
    "<script>alert(1)</script>",
    "</text></svg><script>alert(1)</script>",
    '" onload="alert(1)',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "]]><!--",
    "&lt;b&gt; &#60;",
    "{{7*7}} ${7*7} datum.value",
    "=1+cmd|' /C calc'!A0",
    "\u202egnp.exe",
    "a\u0000b\u001b[31mc\u0085",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "x" * 5000,
    "\u6df1\u5ea6\u6c42\u7d22",
    "\u0430lib\u0430b\u0430",
    "",
)
TAGS = {f"{SVG}{name}" for name in ("svg", "rect", "g", "path", "text", "line")}
ATTRIBUTES = re.compile(
    r"(?:width|height|viewBox|version|fill|stroke|transform|d|x|y|x2|y2|opacity|role|aria-label|class|display"
    r"|(?:fill|stroke)-[\w-]+|font-[\w-]+|text-[\w-]+)\Z"
)


def figures(payload: str) -> Iterator[Figure]:
    """Yield figures in which everything that somebody else can write is a payload."""
    names = {"a": payload, payload: payload}
    shares = {"a": [0.5, 0.4, 0.3], payload: [0.3, 0.4, 0.5], "unknown": [0.1, 0.1, 0.1]}
    wild = {"sources": (payload,), "licences": (payload,), "finding": payload, "release": payload}
    yield series(shares, by="namespace", names=names, **wild)
    readings = [
        {"reading": payload, "shares": {"a": 0.4, payload: 0.3}},
        {"reading": "b", "shares": {"a": 0.4, payload: 0.3}},
    ]
    yield share(
        {"a": 0.5, payload: 0.3},
        by="developer",
        names=names,
        sensitivity={"readings": readings},
        bounds={"within_frame": {"a": [0.5, 0.6], payload: [0.3, 0.4]}},
        **wild,
    )
    cells = [{"maker": "a", "base": payload, "value": 3.0, "maker_name": "a", "base_name": payload}]
    yield figure(cells, Contract("matrix", metric="models", frame="f"), **wild)
    flows = [
        {"kind": "classes", "base": payload, "derivative": "L1", "verdict": "unknown", "count": 4}
    ]
    yield figure(flows, Contract("duties", by="total", metric="models", frame="f"), **wild)


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_hostile_name_stays_text(payload: str) -> None:
    for hostile in figures(payload):
        for kind in chart_kinds(hostile):
            chart = chart_of(hostile, kind, width=390, events=[("2031-02-01", payload)])
            svg = chart.svg()
            assert_plain(svg)
            json.dumps(chart.spec, allow_nan=False)


def assert_plain(svg: str) -> None:
    """Hold that a picture has only shapes and texts, which name nothing and lead nowhere."""
    for node in root_of(svg).iter():
        assert node.tag in TAGS, node.tag
        assert all(ATTRIBUTES.match(name) for name in node.attrib), node.attrib
        assert not any("url(" in v or "javascript" in v for k, v in node.attrib.items()
                       if k != "aria-label")  # fmt: skip
    assert size_of(svg)[0] == 390
    assert all(text.isprintable() for text in texts_of(svg))


def test_something_that_is_not_plain_would_be_found() -> None:
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="390" height="9"'
    for wrong in (f"{head}><script/></svg>", f'{head} onload="x"/>'):
        with pytest.raises(AssertionError):
            assert_plain(wrong)


def test_a_name_that_turns_the_direction_of_writing_does_not() -> None:
    hostile = series({"a": [0.5, 0.4, 0.3]}, by="namespace", names={"a": "good\u202elive\u202c"})
    words = texts_of(chart_of(hostile, "bars").svg())
    assert f"good{HIDDEN}live{HIDDEN}" in words


def test_a_long_name_is_cut_and_its_value_is_not() -> None:
    hostile = series({"a": [0.5, 0.4, 0.3], "b": [0.5, 0.6, 0.7]}, by="namespace",
                     names={"a": "long-" * 900})  # fmt: skip
    for kind in chart_kinds(hostile):
        words = texts_of(chart_of(hostile, kind, width=390).svg())
        assert not any(len(text) > 120 for text in words)
        if kind != "bump":
            assert any("30.0 %" in text for text in words)


def test_texts_in_the_spec_are_values_and_never_expressions() -> None:
    hostile = series({"a": [0.5, 0.4, 0.3]}, by="namespace", names={"a": "datum.x; alert(1)"})
    for kind in chart_kinds(hostile):
        spec = chart_of(hostile, kind).spec
        marks = json.dumps(
            [{k: v for k, v in layer.items() if k != "data"} for layer in spec["layer"]]
        )
        assert "alert" not in marks
        assert "expr" not in marks
        assert "signal" not in marks
        assert "url" not in marks
        assert "href" not in marks
