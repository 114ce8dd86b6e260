"""Passports drawn and written: hanging indents, foreign text, sparks, trees."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import pytest
from rich.console import Console
from tests.small_store import put, state

from modelcensus.passports.lineage_graph import LineageGraph, Reach, read_graphs
from modelcensus.passports.passport import Passport
from modelcensus.passports.read import read_passport
from modelcensus.publish.foreign_text import visible
from modelcensus.publish.passport import draw_lineage, draw_passport, passport_markdown
from modelcensus.publish.passport_text import spark
from modelcensus.releases.build import build_release
from modelcensus.releases.lookup import open_lookup
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

HOSTILE = "[bold]x[/] \x1b[31mred\x1b[0m \u202egnp"


Told = tuple[Passport, tuple[LineageGraph, ...]]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Passport and graph of a model whose texts were written to mislead a terminal."""
    bases = [
        {"relation": "merge", "model_id": f"many/base-with-a-long-name-{n:02}", "source": "tag"}
        for n in range(20)
    ]
    odd = [{"relation": "finetune", "model_id": HOSTILE, "source": "card"}]
    row = {
        "id": "some/model",
        "downloads_30d": 5,
        "licence_tag": "other",
        "licence_name": HOSTILE,
        "library": HOSTILE,
        "base_models": bases + odd,
        "created_at": datetime.fromisoformat("2031-01-01T00:00:00+00:00"),
    }
    store = put(Store(Path(tmp_path_factory.mktemp("hostile"))), state("2031-02-01", [row]))
    build_release(store, Settings())
    lookup = open_lookup(store)
    passport = read_passport(lookup, "some/model")
    graphs = read_graphs(lookup, "some/model", Reach())
    lookup.close()
    return passport, graphs


def drawn(told: Told, width: int) -> str:
    out = Console(file=io.StringIO(), width=width, highlight=False, emoji=False)
    draw_passport(told[0], out)
    draw_lineage(*told, out)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120, 160])
def test_no_line_is_wider_than_the_terminal(hostile: Told, width: int) -> None:
    for line in drawn(hostile, width).splitlines():
        is_one_word = len(line.split()) <= 2
        assert len(line) <= width or is_one_word, line
        assert line == line.rstrip()


def test_foreign_text_is_shown_and_not_obeyed(hostile: Told) -> None:
    text = drawn(hostile, 160)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[bold]x[/]" in text
    markdown = passport_markdown(hostile[0]).decode()
    assert "\x1b" not in markdown
    assert "\\[bold\\]x" in markdown


def test_a_passport_shows_part_of_a_large_tree_and_says_so(hostile: Told) -> None:
    out = Console(file=io.StringIO(), width=100)
    draw_passport(hostile[0], out)
    assert isinstance(out.file, io.StringIO)
    assert "9 more: census lineage some/model" in out.file.getvalue()
    assert drawn(hostile, 100).count("many/base-with-a-long-name-19") >= 1


def test_sparks_start_at_zero_and_leave_gaps() -> None:
    assert spark([0, 50, None, 100]) == "▁▄·█"
    assert spark([0, 0]) == "▁▁"
    assert spark([None]) == "·"
    assert spark([]) == ""


def test_visible_keeps_what_can_be_read() -> None:
    assert visible("Größe 模型 a_b") == "Größe 模型 a_b"
    assert visible("a\tb\x00") == "a\ufffdb\ufffd"
