"""A spread as SVG and on a terminal: no text over another, hostile names, both schemes, words."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa
import pytest
from rich.console import Console

from modelcensus.contracts.figure import Figure
from modelcensus.measures.census import Census
from modelcensus.publish.exports import export
from modelcensus.publish.pictures import PICTURES
from modelcensus.publish.spread_svg import picture_of, spread_svg
from modelcensus.publish.spread_text import HEIGHT, curve
from modelcensus.publish.terminal import draw_figure

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>&\u202e\x1b[31m'\""


@pytest.fixture(scope="module")
def figure(census: Census) -> Figure:
    return census.spread("IS", "PT", frame="panel:grove")


def claim(number: int, subject: str, share: float) -> dict[str, Any]:
    return {
        "claim_id": f"claim-{number}",
        "subject": subject,
        "share": share,
        "scope": f"scope {HOSTILE}",
        "period": "2031-01..2031-04",
        "source": f"A report with a long name that goes over more than one line {HOSTILE}",
        "evidence_url": "https://example.org/page",
        "seen": "primary",
    }


def with_claims(figure: Figure, *claims: dict[str, Any]) -> Figure:
    return replace(figure, details=figure.details | {"published": list(claims)})


def root(figure: Figure) -> ElementTree.Element:
    return ElementTree.fromstring(spread_svg(figure))  # noqa: S314  # our own file


def overlaps(figure: Figure) -> list[tuple[str, str]]:
    found = []
    for a, b in combinations(picture_of(figure).texts, 2):
        (l1, t1, r1, b1), (l2, t2, r2, b2) = a.rectangle, b.rectangle
        if l1 < r2 and l2 < r1 and t1 < b2 and t2 < b1:
            found.append((a.content, b.content))
    return found


@pytest.mark.parametrize(
    "shares", [(), (0.2,), (0.2, 0.2, 0.21, 0.2), (0.0, 0.01, 0.02, 0.99, 1.0, 0.98)]
)
def test_no_text_overlaps_whatever_is_published(figure: Figure, shares: tuple[float, ...]) -> None:
    crowded = with_claims(
        figure, *(claim(i, "IS" if i % 2 else "PT", share) for i, share in enumerate(shares))
    )
    assert overlaps(crowded) == []
    picture = picture_of(crowded)
    assert all(t.rectangle[3] <= picture.height for t in picture.texts)
    assert all(t.rectangle[2] <= 1180 for t in picture.texts)


def test_it_is_one_document_with_title_description_and_both_schemes(figure: Figure) -> None:
    tree = root(with_claims(figure, claim(1, "IS", 0.4)))
    assert tree.get("role") == "img"
    assert tree.get("aria-labelledby") == "title description"
    title, description = tree.find(f"{SVG}title"), tree.find(f"{SVG}desc")
    assert title is not None
    assert "IS v PT" in (title.text or "")
    assert description is not None
    assert figure.finding in (description.text or "")
    assert "IS 40.0 % by A report" in (description.text or "")
    style = tree.find(f"{SVG}style")
    assert style is not None
    assert "prefers-color-scheme:dark" in (style.text or "")
    tags = {element.tag.removeprefix(SVG) for element in tree.iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "g", "path", "text"}
    texts = " ".join(t.content for t in picture_of(figure).texts)
    for part in (figure.release, figure.contract.id, "2031-04-05", "panel:grove"):
        assert part in texts


def test_each_distinct_definition_has_a_mark_per_subject_and_its_words(figure: Figure) -> None:
    distinct = [r for r in figure if r["same_as"] is None]
    groups = [g for g in root(figure).iter(f"{SVG}g") if g.find(f"{SVG}title") is not None]
    assert len(groups) == len(distinct)
    for group, row in zip(groups, distinct, strict=True):
        known = [s for s in ("IS", "PT") if row[f"share_{s}"] is not None]
        assert len(group.findall(f"{SVG}path")) == len(known)
        told = group.find(f"{SVG}title")
        assert told is not None
        assert row["definition"] in (told.text or "")
        assert f"metric {row['metric']}" in (told.text or "")
    ticks = sum(len(re.findall("M", p.get("d", ""))) for p in root(figure).iter(f"{SVG}path")
                if p.get("class") == "tick")  # fmt: skip
    fields = {n for n in figure.details["reasons"] if len({r[n] for r in distinct} - {None}) > 1}
    assert ticks == sum(row[n] is not None for row in distinct for n in fields)


def test_subjects_differ_in_shape_and_not_in_colour_alone(figure: Figure) -> None:
    shapes: dict[str, set[str]] = {}
    for path in root(figure).iter(f"{SVG}path"):
        kind = path.get("class", "")
        if kind.startswith("mark s"):
            after = re.sub(r"^M[-\d.]+ [-\d.]+", "", path.get("d", ""))
            shapes.setdefault(kind, set()).add(re.sub(r"[\d.]+", "0", after))
    assert len(shapes) == 2
    assert shapes["mark s0"].isdisjoint(shapes["mark s1"])


def test_hostile_texts_stay_texts(figure: Figure) -> None:
    written = spread_svg(with_claims(figure, claim(1, "IS", 0.4))).decode()
    assert "<script>" not in written
    assert "\u202e" not in written
    assert "\x1b" not in written
    ElementTree.fromstring(written)  # noqa: S314  # our own file


def test_simulated_data_say_so_in_the_picture(figure: Figure) -> None:
    texts = [t.content for t in picture_of(replace(figure, is_simulated=True)).texts]
    assert "SIMULATED DATA" in texts
    assert overlaps(replace(figure, is_simulated=True)) == []


def test_the_svg_of_a_spread_is_its_own_picture(figure: Figure) -> None:
    content, media_type, _ = export(figure, "svg")
    assert content == PICTURES["spread"](figure)
    assert media_type == "image/svg+xml"


def test_the_curve_has_a_mark_for_each_known_share(figure: Figure) -> None:
    lines = list(curve(figure))
    assert len(lines) == HEIGHT + 2
    assert "o IS, x PT" in lines[-1]
    body = "".join(line.partition("|")[2] for line in lines[:HEIGHT])
    assert {"o", "x"} <= set(body)
    top = max(r[f"share_{s}"] or 0 for r in figure for s in ("IS", "PT"))
    assert lines[0].startswith(f"{100 * top:5.1f} %")


def test_a_terminal_tells_what_moves_it_and_what_is_not_here(figure: Figure) -> None:
    out, words = io.StringIO(), io.StringIO()
    hostile = with_claims(figure, claim(1, "IS", 0.4))
    draw_figure(hostile, Console(file=out, width=120), Console(file=words, width=400))
    assert "|" in out.getvalue()
    said = words.getvalue()
    first = figure.sensitivity["choices"][0]
    assert f"moves     {first['field']}" in said
    assert "published IS 40.0 %" in said
    assert "not here" in said
    assert "not asked outliers median" in said
    assert figure.cite() in said.replace("\n", " ")


def test_a_spread_of_nothing_known_is_still_drawn(figure: Figure) -> None:
    rows = figure.rows
    for name in ("share_IS", "share_PT"):
        place = rows.column_names.index(name)
        rows = rows.set_column(place, rows.schema.field(name), pa.nulls(len(rows), pa.float64()))
    empty = replace(figure, rows=rows, details=figure.details | {"spans": {}})
    assert root(empty).tag == f"{SVG}svg"
    assert len(list(curve(empty))) == HEIGHT + 2
