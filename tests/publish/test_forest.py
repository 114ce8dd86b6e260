"""Forest plots: what they hold, where marks stand, and that they say where they are from."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from tests.vet.world import alone, grid, opened

from modelcensus.contracts.vet_figure import VetFigure
from modelcensus.publish.forest import WIDTH, bar, draw_forest, ticks
from modelcensus.publish.forest_axis import Axis, Row, axis_of, forest_rows
from modelcensus.publish.forest_svg import forest_svg

ELM, OAK = {(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (3, 0)}, {(0, 0), (1, 0)}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def figure(tmp_path_factory: pytest.TempPathFactory) -> VetFigure:
    cases = [
        *grid("elm<b>&", ELM),
        *grid("oak", OAK, weights="closed"),
        *grid("ash", {(0, 0), (1, 1), (2, 2)}),
        *alone("ash", 1),
    ]
    with opened(tmp_path_factory.mktemp("forest") / "store", first=cases) as vet:
        return vet.compare("elm<b>&", reference="oak")


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> VetFigure:
    cases = [*grid("elm", ELM), *grid("yew", (), weights="closed")]
    with opened(tmp_path_factory.mktemp("bound") / "store", first=cases) as vet:
        return vet.compare("elm", reference="yew")


def row(ratio: float | None, low: float | None, high: float | None) -> Row:
    return Row("a", "b", True, ratio, low, high, "", "", "", "")


RATIOS = st.floats(1e-4, 1e4)


@given(st.lists(st.tuples(RATIOS, RATIOS, RATIOS).map(sorted), min_size=1, max_size=5))
def test_every_mark_is_on_the_axis_and_in_order(limits: list[list[float]]) -> None:
    rows = [row(middle, low, high) for low, middle, high in limits]
    axis = axis_of(rows)
    assert axis.low <= 1 <= axis.high
    assert 1.0 in axis.ticks
    for one in rows:
        assert one.low is not None
        assert one.high is not None
        assert axis.low <= one.low
        assert one.high <= axis.high * 1.0001
        assert axis.place(one.low) <= axis.place(one.ratio or 0) <= axis.place(one.high)
    assert list(axis.ticks) == sorted(axis.ticks)


def test_the_axis_is_one_of_logarithms() -> None:
    axis = Axis(0.1, 10.0, (0.1, 1.0, 10.0))
    assert axis.place(1.0) == pytest.approx(0.5)
    assert axis.place(math.sqrt(10)) == pytest.approx(0.75)
    assert (axis.place(0.001), axis.place(1000)) == (0.0, 1.0)


def test_a_bar_has_its_ratio_between_its_limits() -> None:
    axis = axis_of([row(4.0, 2.0, 8.0)])
    drawn = bar(row(4.0, 2.0, 8.0), axis).replace("\\", "")
    assert len(drawn) == WIDTH
    assert drawn.index("|") < drawn.index("[") < drawn.index("#") < drawn.index("]")


def test_a_bar_without_a_limit_ends_in_an_arrow_and_has_no_number() -> None:
    axis = axis_of([row(None, 2.0, None)])
    drawn = bar(row(None, 2.0, None), axis).replace("\\", "")
    assert drawn.endswith(">")
    assert "#" not in drawn
    assert set(bar(row(None, None, None), axis)) == {" ", "|"}


def test_ticks_do_not_touch() -> None:
    text = ticks(axis_of([row(40.0, 0.01, 400.0)]))
    assert re.fullmatch(r" *[0-9.]+( +[0-9.]+)*", text)


def test_the_terminal_shows_the_finding_the_counts_and_the_flags(figure: VetFigure) -> None:
    out, words = Console(width=200, record=True), Console(width=200, record=True)
    draw_forest(figure, out, words)
    text = out.export_text()
    assert "6 v 2 of 12" in text
    assert "elm<b>& v oak" in text
    assert "open v open" in text
    assert "low capability: ash" in text
    assert "3 times as often" in words.export_text()


def parsed(figure: VetFigure) -> ElementTree.Element:
    return ElementTree.fromstring(forest_svg(figure))  # noqa: S314 - our own text


def texts(root: ElementTree.Element) -> list[Any]:
    return [e for e in root.iter(f"{SVG}text")]


def test_the_picture_holds_source_release_date_and_definition(figure: VetFigure) -> None:
    root = parsed(figure)
    said = " ".join(e.text or "" for e in texts(root))
    assert figure.release in said
    assert figure.contract.id in said
    assert "first 2031-01-05" in said
    assert "Probe authors" in said
    assert "does not show: the security of a country" in said
    assert root.find(f"{SVG}desc") is not None
    assert "prefers-color-scheme:dark" in forest_svg(figure)


def test_a_hostile_name_is_text_in_the_picture(figure: VetFigure) -> None:
    assert "elm<b>&" in [e.text for e in texts(parsed(figure))]
    assert "<b>" not in forest_svg(figure)


def test_no_text_leaves_the_picture_or_runs_into_another(figure: VetFigure) -> None:
    root = parsed(figure)
    width, height = (float(root.get(name, "0")) for name in ("width", "height"))
    rectangles = []
    for e in texts(root):
        x, y, length = (float(e.get(n, "0")) for n in ("x", "y", "textLength"))
        assert 0 <= x <= x + length <= width
        assert 0 < y < height
        rectangles.append((x, y - 8, x + length, y + 2))
    for place, a in enumerate(rectangles):
        for b in rectangles[place + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)


def test_a_bound_is_drawn_with_an_arrow_and_without_a_point(bound: VetFigure) -> None:
    picture = forest_svg(bound)
    assert '<path class="span"' in picture
    assert '<rect class="point"' not in picture
    assert "at least" in picture
    assert forest_rows(bound)[0].said.startswith("at least ")
    assert len(list(parsed(bound).iter(f"{SVG}path"))) == 1


def test_the_same_figure_gives_the_same_picture(figure: VetFigure, tmp_path: Path) -> None:
    assert forest_svg(figure) == forest_svg(figure)
