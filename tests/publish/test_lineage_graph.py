"""A lineage as DOT, JSON and SVG: hostile names, no text over another, marks told in words."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.crowd import FRAME, build_crowd

from modelcensus.errors import SettingsError
from modelcensus.passports.lineage_graph import LineageGraph, Member, Reach, Rest, read_graphs
from modelcensus.passports.passport import Edge, Passport
from modelcensus.passports.read import read_passport
from modelcensus.publish.exports import LINEAGE_EXPORTS, export_lineage
from modelcensus.publish.lineage_graph import (
    lineage_dot,
    lineage_json,
    lineage_picture,
    quoted,
)
from modelcensus.publish.lineage_svg import columns_of, lineage_svg, picture_of, wrap
from modelcensus.publish.passport import lineage_plain
from modelcensus.releases.lookup import open_lookup

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = 'a"b\\N\\/<b>&amp;</b>\n]; x -> y //<script>\u202e\x1b[31m'
Crowd = dict[int, tuple[Passport, LineageGraph]]


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Crowd:
    """Passport and graph of hub/base, by steps down."""
    lookup = open_lookup(build_crowd(tmp_path_factory.mktemp("crowd")))
    found = {}
    for steps in (0, 1, 2):
        (graph,) = read_graphs(lookup, "hub/base", Reach(None, steps))
        found[steps] = (read_passport(lookup, "hub/base"), graph)
    lookup.close()
    return found


def member(model_id: str, layer: int, **more: Any) -> Member:
    known = Member("hub", model_id, layer, "unknown", "unknown", None, None, True, False, 7)
    return replace(known, **more)


def edge(child: str, base: str | None, relation: str = "finetune", kind: str = "declared") -> Edge:
    said = "/a/path" if base is None else base
    rule, confidence = ("a rule", "high") if kind == "inferred" else ("as seen", "")
    sources = () if kind == "inferred" else ("tag",)
    return Edge(
        child, base, said, relation, kind, sources, "resolved", rule, confidence, False, (), "", ()
    )


def graph_of(
    members: list[Member], edges: list[Edge], rests: tuple[Rest, ...] = ()
) -> LineageGraph:
    own = next(m.model_id for m in members if m.layer == 0)
    return LineageGraph(
        "2031-02-01-abc",
        "sample:made",
        "2031-02-01",
        "hub",
        own,
        False,
        Reach(),
        "likes",
        tuple(members),
        tuple(edges),
        rests,
        False,
        True,
        bool(edges),
    )


@pytest.fixture
def odd() -> LineageGraph:
    """A graph with everything that is drawn in a way of its own."""
    members = [
        member("old/root", -2, is_observed=False, downloads=None),
        member("old/gone", -1, is_removed=True, developer="some-lab", country="IS"),
        member(HOSTILE, 0, licence="<i>&free", licence_class="L1"),
        member("wide/" + "模" * 60, 1, licence_class="L9"),
        member("long/" + "x" * 90, 1),
        member("self/named", 2),
    ]
    edges = [
        edge("old/gone", "old/root", "same_model", "inferred"),
        edge(HOSTILE, "old/gone", "merge"),
        edge(HOSTILE, "old/root", "adapter"),
        edge(HOSTILE, None),
        edge(members[3].model_id, HOSTILE, "quantized"),
        edge(members[4].model_id, HOSTILE, "unspecified"),
        edge(members[4].model_id, members[3].model_id, "merge"),
        edge("self/named", members[3].model_id),
        edge("self/named", "self/named"),
        edge("old/root", "self/named"),
    ]
    rests = (
        Rest(HOSTILE, False, "declared", 55, (("adapter", 33), ("quantized", 22))),
        Rest("old/gone", True, "inferred", 1, (("same_model", 1),)),
    )
    return graph_of(members, edges, rests)


def check_picture(graph: LineageGraph) -> None:
    """No text over another, each in its box and on the page."""
    picture = picture_of(graph)
    texts = [(t, t.rectangle) for t in picture.texts()]
    for (one, a), (other, b) in combinations(texts, 2):
        is_apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert is_apart, (one, other)
    for text, (left, top, right, bottom) in texts:
        assert left >= 0, text
        assert top >= 0, text
        assert right <= picture.width, text
        assert bottom <= picture.height, text
    for box in picture.drawing.boxes:
        for text in picture.labels[box.key].texts(box):
            left, top, right, bottom = text.rectangle
            assert box.x <= left, text
            assert right <= box.x + box.width, text
            assert box.y <= top, text
            assert bottom <= box.y + box.height, text


def parsed(graph: LineageGraph) -> ElementTree.Element:
    return ElementTree.fromstring(lineage_svg(graph))  # noqa: S314  # our own file


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_no_text_overlaps_in_a_crowd(crowd: Crowd, steps: int) -> None:
    check_picture(crowd[steps][1])


def test_no_text_overlaps_in_an_odd_graph(odd: LineageGraph) -> None:
    check_picture(odd)


def test_no_text_overlaps_in_a_merge_of_many() -> None:
    bases = [member(f"many/base-{n:02}-{'y' * n}", -1) for n in range(18)]
    edges = [edge("own/merge", one.model_id, "merge") for one in bases]
    check_picture(graph_of([*bases, member("own/merge", 0)], edges))


def test_an_svg_is_one_document_with_title_and_description(odd: LineageGraph) -> None:
    root = parsed(odd)
    assert root.get("role") == "img"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    shown = 'a"b\\N\\/<b>&amp;</b>\ufffd]; x -> y //<script>\ufffd\ufffd[31m'
    assert title.text == f"Lineage of {shown}"
    assert "Built on old/root, old/gone." in str(description.text)
    allowed = {"svg", "title", "desc", "style", "rect", "g", "path", "circle", "text"}
    assert {one.tag.removeprefix(SVG) for one in root.iter()} == allowed


def test_an_svg_says_in_words_what_is_marked(odd: LineageGraph) -> None:
    root = parsed(odd)
    texts = [str(one.text) for one in root.iter(f"{SVG}text")]
    for expected in (
        "Frame sample:made, 2031-02-01; release 2031-02-01-abc",
        "Bases stand left of what is built on them, as declared by publishers, not verified.",
        "dashed: inferred, nobody declares it",
        "removed, says the source",
        "only named: no source shows it",
        "and 55 more",
        "33 adapter, 22 quantized",
        "/a/path",
        "names no repository",
        "some-lab, IS · 7 · REMOVED",
        "only named",
        "7 · names itself as its base",
        "It identifies; it does not clear.",
    ):
        assert expected in texts, expected
    letters = {t.text for t in root.iter(f"{SVG}text") if t.get("class") == "letter"}
    assert letters == {"F", "A", "Q", "M", "?", "=", "+"}
    lines = [one.get("class") for one in root.iter(f"{SVG}path")]
    assert "line same_model inferred" in lines
    assert "line merge inferred" not in lines
    boxes = [str(one.get("class")).split() for one in root.iter(f"{SVG}rect")]
    drawn = [css[-1] for css in boxes if css[0] == "box"]
    # one of each in the legend, too
    assert (drawn.count("removed"), drawn.count("named"), drawn.count("rest")) == (2, 2, 2)
    style = root.find(f"{SVG}style")
    assert style is not None
    assert "@media (prefers-color-scheme:dark)" in str(style.text)


def test_each_box_tells_its_reasons(odd: LineageGraph) -> None:
    root = parsed(odd)
    titles = [str(one.text) for one in root.iter(f"{SVG}title")]
    assert (
        "old/gone\nsome-lab, IS · 7 · REMOVED\n"
        "from old/root: same model; inferred, high confidence: a rule; only named"
    ) in titles


def test_simulated_data_are_called_so_in_every_format(crowd: Crowd) -> None:
    passport, graph = crowd[1]
    for said in (lineage_svg(graph), lineage_dot(graph)):
        assert b"SIMULATED DATA" in said
    assert json.loads(lineage_json(passport, (graph,)))["is_simulated"] is True


def test_nothing_declared_is_said(crowd: Crowd) -> None:
    alone = graph_of([member("own/alone", 0)], [])
    sentence = "Nothing is declared: it names no base, and no model shown here names it."
    assert sentence in lineage_svg(alone).decode()
    assert sentence in lineage_dot(alone).decode()
    said = json.loads(lineage_json(crowd[0][0], (alone,)))
    assert said["graphs"][0]["says"] == sentence
    nowhere = replace(alone, frame="", label="")
    assert "no source of this release tells" in lineage_svg(nowhere).decode()
    unseen = replace(alone, is_known=False)
    assert "this frame does not show it" in lineage_dot(unseen).decode()


QUOTED = r'"(?:[^"\\]|\\.)*"'
DOT_LINES = [
    r"digraph lineage \{",
    r"  rankdir=LR;",
    rf"  label={QUOTED};",
    rf"  labelloc=t; labeljust=l; fontname={QUOTED};",
    rf"  (?:node|edge) \[(?:shape=box, )?fontname={QUOTED}, fontsize=\d+\];",
    rf"  [mx]\d+ \[label={QUOTED}(?:, (?:style={QUOTED}|penwidth=2))?\];",
    rf"  [mx]\d+ -> [mx]\d+ \[label={QUOTED}, style={QUOTED}\];",
    r"\}",
]


def test_nothing_in_a_name_is_obeyed_by_graphviz(odd: LineageGraph) -> None:
    lines = lineage_dot(odd).decode().splitlines()
    for line in lines:
        assert any(re.fullmatch(pattern, line) for pattern in DOT_LINES), line
    # six models, one reference, two boxes of what is put together
    nodes = [line.split()[0] for line in lines if re.match(r"  [mx]\d+ \[", line)]
    assert len(nodes) == len(set(nodes)) == 9
    arrows = [line.split()[0:3:2] for line in lines if re.match(r"  [mx]\d+ -> ", line)]
    # ten edges but for the one to itself, and one line for each box
    assert len(arrows) == 9 + 2
    assert {end for pair in arrows for end in pair} <= set(nodes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a/b", '"a/b"'),
        ('say "x"', r'"say \"x\""'),
        ("ends in \\", r'"ends in \\"'),
        ("\\N\\G", r'"\\N\\G"'),
        ("<b>x</b>", '"<b>x</b>"'),
        ("&amp;&#65;", '"&amp;amp;&amp;#65;"'),
        ("two\nlines\r", '"two\ufffdlines\ufffd"'),
    ],
)
def test_quoting(text: str, expected: str) -> None:
    assert quoted(text) == expected
    assert quoted(text, "", text) == f"{expected[:-1]}\\n{expected[1:]}"


def test_dot_dashes_what_nobody_declares(odd: LineageGraph) -> None:
    text = lineage_dot(odd).decode()
    assert '  m0 -> m1 [label="same model, inferred", style="dashed"];' in text
    assert '  m1 -> m2 [label="merge", style="solid"];' in text
    assert 'label="and 55 more\\n33 adapter, 22 quantized", style="rounded"' in text


def test_json_has_nodes_edges_and_what_was_cut(crowd: Crowd) -> None:
    passport, graph = crowd[1]
    said = json.loads(lineage_json(passport, (graph,)))
    assert (said["model_id"], said["notice"]) == ("hub/base", "It identifies; it does not clear.")
    (one,) = said["graphs"]
    assert (one["frame"], one["up"], one["down"]) == (FRAME, None, 1)
    assert (len(one["nodes"]), len(one["edges"])) == (150, 149)
    assert one["not_drawn"] == [
        {
            "of": "hub/base",
            "direction": "derivatives",
            "kind": "declared",
            "models": 52,
            "relations": {"quantized": 39, "adapter": 13},
        }
    ]
    assert one["cut"].startswith("150 models are drawn one by one, 150 at most")
    ids = {node["model_id"] for node in one["nodes"]}
    assert all({e["child"], e["base"]} <= ids for e in one["edges"])
    assert said["lineage"][0]["descendants"]["declared"] == 204


def test_the_tree_shows_what_is_put_together_and_why(crowd: Crowd) -> None:
    passport, graph = crowd[2]
    lines = lineage_plain(passport, (graph,)).decode().splitlines()
    assert any(line.startswith("SIMULATED DATA") for line in lines)
    assert "  └─ and 57 more  43 quantized, 14 adapter" in lines
    first = next(place for place, line in enumerate(lines) if "├─ wild/c000" in line)
    for place, guide in enumerate(("├─", "├─", "└─")):
        assert lines[first + 1 + place].startswith(f"  │  {guide} grand/of-first-{place}  ")
    said = " ".join(" ".join(lines).split())
    assert "149 models are drawn one by one, 150 at most" in said
    limited = replace(graph, is_limited=True)
    assert (
        "the walk ended at the setting passport_models"
        in lineage_plain(passport, (limited,)).decode()
    )


def test_the_tree_says_where_nothing_is_told(crowd: Crowd) -> None:
    unseen = replace(graph_of([member("hub/base", 0)], []), is_known=False)
    text = lineage_plain(crowd[0][0], (unseen,)).decode()
    assert "Lineage in sample:made" in text
    assert "Not known: this frame does not show it, and no model of it names it." in text


def test_twice_the_same_bytes(crowd: Crowd, tmp_path: Path) -> None:
    lookup = open_lookup(build_crowd(tmp_path))
    for steps, (_, graph) in crowd.items():
        (again,) = read_graphs(lookup, "hub/base", Reach(None, steps))
        again = replace(again, release=graph.release)
        assert lineage_svg(again) == lineage_svg(graph)
        assert lineage_dot(again) == lineage_dot(graph)
    lookup.close()


def test_a_picture_shows_one_frame(odd: LineageGraph) -> None:
    assert lineage_picture("dot", (odd,)) == lineage_dot(odd)
    with pytest.raises(SettingsError, match="2 frames tell of this model") as refused:
        lineage_picture("svg", (odd, replace(odd, frame="sample:other")))
    assert "sample:made, sample:other" in str(refused.value.next_step)


def test_lines_break_after_marks_of_a_name() -> None:
    assert wrap("some/model-with-a-name", 12) == ["some/model-", "with-a-name"]
    assert wrap("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert wrap("", 10) == [""]
    assert columns_of("ab模") == 4
    assert all(columns_of(line) <= 7 for line in wrap("模型" * 9, 7))


@pytest.mark.parametrize("name", LINEAGE_EXPORTS)
def test_a_lineage_leaves_as_the_same_bytes_by_the_table_of_exports(
    crowd: Crowd, name: str
) -> None:
    passport, graph = crowd[1]
    content, media_type, file = export_lineage(passport, (graph,), name)
    own = {"json": lambda: lineage_json(passport, (graph,)), "dot": lambda: lineage_dot(graph)}
    assert content == own.get(name, lambda: lineage_svg(graph))()
    assert media_type == LINEAGE_EXPORTS[name]
    assert re.fullmatch(rf"lineage-[A-Za-z0-9._-]+\.{name}", file)


def test_a_form_that_a_lineage_has_not_is_refused(crowd: Crowd) -> None:
    passport, graph = crowd[1]
    with pytest.raises(SettingsError, match="one of: json, dot, svg"):
        export_lineage(passport, (graph,), "png")
