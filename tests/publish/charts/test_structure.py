"""Every chart at every size: texts within the picture and apart, groups named, origin inside."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import altair as alt
import pytest
from jsonschema.exceptions import ValidationError
from tests.publish.charts.figures import definitions, figure, ratios, series, share
from tests.publish.charts.pictures import boxes_of, size_of, texts_of

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure
from modelcensus.measures.census import Census
from modelcensus.publish.charts import chart_kinds, chart_of
from modelcensus.publish.charts.kinds import KINDS

EVENTS = (
    ("2031-01-20", "A trunk was felled"),
    ("2031-02-10", "A very long event, whose words find no room whatever the width of it all is"),
    ("2031-03-30", "The grove closed"),
    ("2031-04-01", "and opened"),
)
MANY = {f"group-{n:02}": [0.02 + n / 2000, 0.02, 0.021] for n in range(40)} | {
    "unknown": [0.1, 0.15, 0.159]
}

Made = Callable[[], Figure]
Case = tuple[str, str]


@pytest.fixture(scope="module")
def figures(census: Census, tree: Census, terms: Census) -> dict[str, Figure]:
    """Figures of every measure that a chart fits, and some that are put together by hand."""
    sample = {"frame": "sample:tree", "period": "2031-03"}
    return {
        "series": census.series(by="country", frame="panel:grove"),
        "two": census.series("IS", "PT", by="country", frame="panel:grove"),
        "attributed": census.series(by="country", frame="panel:grove", denominator="attributed"),
        "medians": census.series(by="country", frame="panel:grove", outliers="median"),
        "share": census.share(by="developer", frame="panel:grove"),
        "rank": census.rank(by="family", frame="panel:grove"),
        "totals": census.totals(frame="panel:grove"),
        "crossover": census.crossover("beech", "aspen", frame="panel:race"),
        "censored": census.crossover("aspen", "beech", frame="panel:race"),
        "sizes": census.share(by="size_class", frame="sample:leaf", metric="models"),
        "spans": census.sizes(by="country", frame="sample:leaf"),
        "classes": census.share(by="licence_class", frame="sample:leaf", metric="models"),
        "licences": terms.licences(by="country", frame="hub"),
        "duties": terms.duties(frame="hub"),
        "derivatives": tree.derivatives(by="country", **sample),
        "matrix": tree.matrix(by="country", **sample),
        "many": series(MANY, by="family"),
        "long": series(
            {"a": [0.5, 0.4, 0.3], "b": [0.5, 0.6, 0.7]},
            by="developer",
            names={"a": "An Institute of the Most Extraordinarily Long Name in the Grove" * 3},
        ),
        "size series": series(
            {"<1B": [0.4, 0.3, 0.1], ">=100B": [None, 0.2, 0.3], "unknown": [0.6, 0.5, 0.6]},
            by="size_class",
        ),
        "crowd": figure(
            [
                {"maker": f"maker-{n}", "base": f"base-{n % 14}", "value": n / 3}
                for n in range(1, 40)
            ],
            Contract("matrix", by="developer", metric="models", frame="sample:tree"),
        ),
        "ratios": ratios(),
        "definitions": definitions(),
        "selected": share(
            {"a": 0.2, "b": 0.3, "unknown": 0.5},
            contract=Contract(
                "share", by="family", frame="f", denominator="selected", subjects=("a", "b")
            ),
        ),
        "simulated": series({"a": [0.5, 0.4, 0.3], "b": [0.5, 0.6, 0.7]}, is_simulated=True),
    }


NAMES = (
    *("series", "two", "attributed", "medians", "share", "rank", "totals", "crossover"),
    *("censored", "sizes", "spans", "classes", "licences", "duties", "derivatives", "matrix"),
    *("size series", "crowd", "many", "long", "ratios", "definitions", "selected", "simulated"),
)


@pytest.mark.parametrize("width", [300, 390, 960])
@pytest.mark.parametrize("name", NAMES)
def test_texts_lie_within_the_picture_and_apart(
    figures: dict[str, Figure], name: str, width: int
) -> None:
    problems = []
    for kind in chart_kinds(figures[name]):
        chart = chart_of(figures[name], kind, width=width, events=EVENTS, public_url="a.example/b")
        svg = chart.svg()
        assert size_of(svg)[0] == width
        problems += [f"{kind}: {problem}" for problem in problems_of(svg)]
    assert not problems, "\n".join(problems)


def problems_of(svg: str) -> list[str]:
    """Return the texts that leave the picture, and the pairs that cover each other."""
    wide, tall = size_of(svg)
    boxes = boxes_of(svg)
    outside = [
        f"outside: {b}"
        for b in boxes
        if min(b.left, b.top) < -0.5 or b.right > wide + 0.5 or b.bottom > tall + 0.5
    ]
    return outside + [f"{a} over {b}" for a, b in combinations(boxes, 2) if a.covers(b)]


def test_texts_that_cover_each_other_or_leave_the_picture_would_be_found() -> None:
    text = '<text transform="translate({},20)" font-size="12px">grove</text>'
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="40">'
    apart, over, out = (head + text.format(5) + text.format(x) + "</svg>" for x in (50, 20, 90))
    assert problems_of(apart) == []
    assert len(problems_of(over)) == 1
    assert problems_of(out)[0].startswith("outside")


def test_every_kind_of_chart_is_looked_at(figures: dict[str, Figure]) -> None:
    assert set(NAMES) == set(figures)
    assert {kind for figure in figures.values() for kind in chart_kinds(figure)} == set(KINDS)


@pytest.mark.parametrize("name", NAMES)
def test_the_origin_is_inside_the_picture(figures: dict[str, Figure], name: str) -> None:
    figure = figures[name]
    for kind in chart_kinds(figure):
        words = " ".join(texts_of(chart_of(figure, kind, public_url="grove.example/x").svg()))
        assert all(source in words for source in figure.sources)
        assert all(f"({licence})" in words for licence in figure.licences)
        assert f"release {figure.release}" in words
        assert f"definition {figure.contract.id}" in words
        assert "2031" in words or "2032" in words
        assert "grove.example/x" in words
        assert ("SIMULATED" in words) == figure.is_simulated


def test_no_address_is_printed_that_nobody_gave(figures: dict[str, Figure]) -> None:
    assert "http" not in " ".join(texts_of(chart_of(figures["share"]).svg()))


@pytest.mark.parametrize("width", [390, 960])
def test_every_group_that_is_drawn_is_named_beside_it(
    figures: dict[str, Figure], width: int
) -> None:
    for kind in ("area", "lines", "slope", "bars"):
        words = " ".join(texts_of(chart_of(figures["series"], kind, width=width).svg()))
        for name in ("Iceland", "Portugal", "Uruguay", "International", "Unknown"):
            assert name in words, (kind, name)
    words = " ".join(texts_of(chart_of(figures["series"], "bump", width=width).svg()))
    assert "Unknown" not in words.replace("unknown not ranked", "")


def test_what_is_left_out_is_said(figures: dict[str, Figure]) -> None:
    assert "the 9 largest of 41 groups" in chart_of(figures["many"], "lines").subtitle
    area = texts_of(chart_of(figures["many"], "area").svg())
    assert "31 others" in area
    assert "Unknown developers" in area


@pytest.mark.parametrize("name", NAMES)
def test_the_same_figure_gives_the_same_bytes(figures: dict[str, Figure], name: str) -> None:
    for kind in chart_kinds(figures[name]):
        for scheme in ("light", "dark", "print"):
            first, second = (
                chart_of(figures[name], kind, scheme=scheme, events=EVENTS) for _ in range(2)
            )
            assert first.spec == second.spec
        assert first.svg() == second.svg()


def test_events_may_come_in_any_order(figures: dict[str, Figure]) -> None:
    one = chart_of(figures["series"], events=EVENTS)
    other = chart_of(figures["series"], events=reversed(EVENTS))
    assert one.spec == other.spec


@pytest.mark.parametrize("name", NAMES)
def test_specs_are_valid_and_fetch_nothing(figures: dict[str, Figure], name: str) -> None:
    for kind in chart_kinds(figures[name]):
        spec = chart_of(figures[name], kind).spec
        alt.Chart.from_dict(spec, validate=True)
        assert all(set(layer["data"]) == {"values"} for layer in spec["layer"])
        assert spec["autosize"] == {"type": "none"}


def test_a_spec_that_is_not_valid_would_be_found(figures: dict[str, Figure]) -> None:
    spec = chart_of(figures["share"]).spec
    broken = spec | {"layer": [spec["layer"][0] | {"mark": "no such mark"}]}
    with pytest.raises(ValidationError):
        alt.Chart.from_dict(broken, validate=True)


def test_a_page_may_write_the_title_itself(figures: dict[str, Figure]) -> None:
    chart = chart_of(figures["series"], is_titled=False)
    with_title = chart_of(figures["series"])
    assert chart.title not in " ".join(texts_of(chart.svg()))
    assert chart.title == with_title.title
    assert size_of(chart.svg())[1] < size_of(with_title.svg())[1]


def test_pictures_of_every_form(figures: dict[str, Figure]) -> None:
    chart = chart_of(figures["series"], width=390)
    png = chart.png(2)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    wide, tall = size_of(chart.svg())
    assert int.from_bytes(png[16:20], "big") == 2 * wide
    assert int.from_bytes(png[20:24], "big") == 2 * tall
    assert chart.pdf()[:5] == b"%PDF-"
    assert chart.svg().startswith("<svg ")
    assert 'role="img"' in chart.svg()
