"""Families across hubs: ranks apart, rounding as bounds, rules for names, what is missing.

The invented world, at its last labels (2031-03-01 on each hub):

    huggingface  panel:grove   30-day downloads: aspen 200, beech 300
    modelscope   panel:scope   all-time downloads: aspen 40 -> 90, beech 100 -> 10 (a reset)
    ollama       library       pulls: see `TRUTH`; texts are cut to one decimal
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.worlds import World, import_counts, overlay_rows, write_overlay

from modelcensus.contracts.figure import Figure
from modelcensus.errors import ContractError, UnknownName
from modelcensus.measures.census import Census
from modelcensus.releases.build import build_release
from modelcensus.releases.release import open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store

DAYS = [date(2031, 1, 1) + timedelta(days=d) for d in (0, 1, 2, 3, 40, 59)]
TRUTH = {
    "aspen": (1_268, 1_300, 1_400, 1_500, 2_000, 2_449),
    "codeaspen": (1_000_000, 1_000_100, 1_000_200, 1_000_300, 1_100_000, 1_287_654),
    "superaspen": (500, 501, 502, 503, 504, 505),
    "beech": (None, 11_000, 12_000, 13_000, 14_000, 15_099),
    "elm": (9_999, 9_999, 9_999, 9_999, 9_999, 9_999),
}
"""What was pulled up to each day; None: not there yet."""


def written(count: int) -> str:
    """Return a count as the invented site writes it: cut to one decimal, and .0 left out."""
    for unit, suffix in ((1_000_000, "M"), (1_000, "K")):
        if count >= unit:
            tenths = count * 10 // unit
            return f"{tenths // 10}{f'.{tenths % 10}' if tenths % 10 else ''}{suffix}"
    return str(count)


def write_pulls(path: Path) -> Path:
    rows = [
        {"observed_on": day, "model": name, "pull_count_text": text}
        for name, counts in TRUTH.items()
        for place, (day, count) in enumerate(zip(DAYS, counts, strict=True))
        if count is not None
        # nobody wrote elm's count on the second day
        for text in [None if (name, place) == ("elm", 1) else written(count)]
    ]
    schema = pa.schema(
        [("observed_on", pa.date32()), ("model", pa.string()), ("pull_count_text", pa.string())]
    )
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    return path


@pytest.fixture(scope="module")
def hubs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    folder = tmp_path_factory.mktemp("hubs")
    store = Store(folder / "store")
    end = "2031-03-01"
    grove = {"alder/aspen-7b": (200,), "birch/beech": (300,), "wild/thing": (5,)}
    import_counts(store, folder, "panel:grove", [end], grove)
    scope = {"alder/aspen": (40, 90), "birch/beech": (100, 10)}
    import_counts(
        store,
        folder,
        "panel:scope",
        ["2031-01-01", end],
        scope,
        hub="modelscope",
        kind="all-time",
    )
    import_source(store, "ollama", write_pulls(folder / "pulls.parquet"), {}, Settings())
    rows = overlay_rows()
    for hub, namespace, family, developer in (
        ("modelscope", "alder", "aspen", "alder-lab"),
        ("modelscope", "birch", "beech", "birch-works"),
        ("ollama", "library", "aspen", "alder-lab"),
        ("ollama", "library", "beech", "birch-works"),
    ):
        rows["families"].append(
            {
                "family": family,
                "family_name": family.capitalize(),
                "developer": developer,
                "hub": hub,
                "namespace": namespace,
                "pattern": f"^{family}",
                "priority": "50",
            }
        )
    rows["families"].append(
        {
            **rows["families"][-2],
            "family": "code-aspen",
            "family_name": "Code Aspen",
            "pattern": "^codeaspen",
        }
    )
    overlay = write_overlay(folder / "overlay", rows)
    name = build_release(store, Settings(), overlays=[overlay]).name
    with Census(open_release(store, name)) as census:
        yield census


def rows_of(figure: Figure) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["metric"], row["group"]): row for row in figure}


def test_each_hub_and_metric_has_its_own_order(hubs: Census) -> None:
    figure = hubs.hubs("beech", "aspen")
    order = [(r["hub"], r["metric"], r["kind"], r["group"], r["rank"]) for r in figure]
    assert order == [
        ("ollama", "pulls", "stock", "beech", 1),
        ("ollama", "pulls", "stock", "aspen", 2),
        ("ollama", "pulls_in_period", "flow", "beech", 1),
        ("ollama", "pulls_in_period", "flow", "aspen", 2),
        ("huggingface", "downloads_30d", "flow", "beech", 1),
        ("huggingface", "downloads_30d", "flow", "aspen", 2),
        ("modelscope", "downloads_all_time", "stock", "aspen", 1),
        ("modelscope", "downloads_all_time", "stock", "beech", 2),
        ("modelscope", "downloads_in_period", "flow", "aspen", 1),
        # it fell: how much was downloaded is not known
        ("modelscope", "downloads_in_period", "flow", "beech", None),
    ]
    (disagreement,) = figure.sensitivity["disagreements"]
    assert disagreement["groups"] == ["aspen", "beech"]
    assert disagreement["ahead"]["aspen"] == ["panel:scope downloads_all_time"]
    assert "never added up" in figure.finding
    assert not any("share" in column.name for column in figure.columns)


def test_without_names_the_groups_that_two_hubs_show_are_listed(hubs: Census) -> None:
    assert {row["group"] for row in hubs.hubs()} == {"aspen", "beech"}
    assert hubs.hubs().details["on_hubs"] == {
        "aspen": ["huggingface", "modelscope", "ollama"],
        "beech": ["huggingface", "modelscope", "ollama"],
    }
    # what a runner passes on counts for who made it
    by_developer = rows_of(hubs.hubs(by="developer"))
    assert by_developer["pulls", "alder-lab"]["value"] == 2_400 + 1_200_000
    assert {group for _, group in by_developer} == {"alder-lab", "birch-works"}


def test_the_truth_lies_within_the_rounding(hubs: Census) -> None:
    found = rows_of(hubs.hubs("aspen", "beech", naming="contains"))
    stock = found["pulls", "aspen"]
    truth = sum(c[-1] or 0 for name, c in TRUTH.items() if "aspen" in name)
    assert stock["value"] == 2_400 + 1_200_000 + 505
    assert stock["at_least"] <= truth <= stock["at_most"]
    assert stock["at_most"] - stock["at_least"] == (50 + 99) + (50_000 + 99_999)
    flow = found["pulls_in_period", "aspen"]
    grown = sum(c[-1] - c[0] for name, c in TRUTH.items() if "aspen" in name and c[0])
    assert flow["at_least"] <= grown <= flow["at_most"]
    # beech was not there on the first day: all of its count may be new, or only what was seen
    new = found["pulls_in_period", "beech"]
    assert new["value"] == 15_000 - 11_000
    assert new["at_least"] <= 15_099 - 11_000
    assert new["at_most"] >= 15_099


@pytest.mark.parametrize(
    ("naming", "value", "models"),
    [
        ("register", 2_400, ["library/aspen"]),
        ("developer", 2_400 + 1_200_000, ["library/codeaspen", "library/aspen"]),
        ("begins", 2_400 + 1_200_000, ["library/codeaspen", "library/aspen"]),
        (
            "contains",
            2_400 + 1_200_000 + 505,
            ["library/codeaspen", "library/aspen", "library/superaspen"],
        ),
    ],
)
def test_the_rule_for_names_is_shown_and_switches(
    hubs: Census, naming: str, value: int, models: list[str]
) -> None:
    figure = hubs.hubs("aspen", naming=naming)
    assert rows_of(figure)["pulls", "aspen"]["value"] == value
    assert any(f"`{naming}`" in caveat for caveat in figure.caveats)
    by_rule = figure.sensitivity["by_naming"]["library:ollama pulls"]
    assert by_rule[naming]["values"] == {"aspen": value}
    listed = [m for m in figure.details["models"] if m["metric"] == "pulls"]
    assert [m["model_id"] for m in listed if naming in m["counted_by"]] == models
    assert sum(m["value"] for m in listed if naming in m["counted_by"]) == value


def test_holes_and_resets_are_told_and_not_filled(hubs: Census) -> None:
    figure = hubs.hubs("beech")
    frames = {f["frame"]: f for f in figure.coverage["frames"]}
    library = frames["library:ollama"]
    assert library["missing_counts"] == {"pulls": 1}
    assert [g["days_without"] for g in library["gaps"]] == [36, 18]
    (fall,) = frames["panel:scope"]["falls"]
    assert (fall["model_id"], fall["from"], fall["to"]) == ("birch/beech", 100, 10)
    flow = rows_of(figure)["downloads_in_period", "beech"]
    assert flow["at_least"] == 0
    assert (flow["value"], flow["without_count"]) == (None, 1)
    assert flow["at_most"] == 10
    assert any("not as negative counts" in text for text in figure.caveats)


def test_a_span_moves_stocks_to_its_end(hubs: Census) -> None:
    found = rows_of(hubs.hubs("aspen", period="2031-01-01..2031-01-03"))
    assert found["pulls", "aspen"]["as_of"] == "2031-01-03"
    assert found["pulls_in_period", "aspen"]["value"] == 1_500 - 1_200
    assert ("downloads_30d", "aspen") not in found


@pytest.mark.parametrize(
    ("names", "values", "message"),
    [
        ((), {"by": "country"}, "in common"),
        ((), {"period": "2031-02-01"}, "one moment"),
        ((), {"period": "2020-01..2020-02"}, "counts use"),
        ((), {"naming": "contains"}, "needs the lines"),
        (("aspen", "Aspen"), {}, "named twice"),
    ],
)
def test_what_cannot_be_asked_says_why(
    hubs: Census, names: tuple[str, ...], values: dict[str, str], message: str
) -> None:
    with pytest.raises(ContractError, match=message):
        hubs.hubs(*names, **values)


def test_an_unknown_family_gets_the_nearest(hubs: Census) -> None:
    with pytest.raises(UnknownName, match="aspen"):
        hubs.hubs("aspn")


def test_one_hub_alone_says_that_nothing_is_beside_it(grove: World) -> None:
    with grove.open() as census:
        figure = census.hubs()
    assert any("only huggingface" in text for text in figure.caveats)
    assert {row["group"] for row in figure} == {"aspen", "beech"}
