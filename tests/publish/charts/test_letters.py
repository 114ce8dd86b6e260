"""Texts are no wider than they are said to be, cut where there is no room, and of few letters."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.publish.charts.pictures import drawn_width

from modelcensus.publish.charts.letters import CUT, HIDDEN, cut, shown, width_of, wrap

LETTERS = string.printable[:95] + "\u00e9\u00d8\u017e\u2013\u2026\u2192" + HIDDEN


@pytest.mark.parametrize("is_bold", [False, True])
def test_the_table_of_widths_is_the_renderers(is_bold: bool) -> None:
    for letter in LETTERS.strip():
        drawn = drawn_width(letter * 20, 100, is_bold)
        assert width_of(letter * 20, 100, bold=is_bold) >= 0.985 * drawn, letter
    words = "Models by developers based in the United States, 59.9 % of 706,590,966"
    drawn = drawn_width(words, 100, is_bold)
    assert drawn * 0.985 <= width_of(words, 100, bold=is_bold) <= drawn * 1.03


@pytest.mark.parametrize("letter", ["\u6f22", "\u0416", "\U0001f600"])
def test_what_stands_in_no_table_counts_as_the_widest(letter: str) -> None:
    assert width_of(letter, 10) == 10


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Qwen2.5-7B_Instruct", "Qwen2.5-7B_Instruct"),
        ("Universit\u00e9 d'\u00c5bo", "Universit\u00e9 d'\u00c5bo"),
        ("Universite\u0301", "Universit\u00e9"),
        ("\u6df1\u5ea6 seek", HIDDEN * 2 + " seek"),
        # Cyrillic letters that look Latin, and a full-width one
        ("Q\u0432\u0435n\uff21", f"Q{HIDDEN}{HIDDEN}n{HIDDEN}"),
        ("a\u202eb\u2066c\u200bd\x1be", f"a{HIDDEN}b{HIDDEN}c{HIDDEN}d{HIDDEN}e"),
        ("a\nb\tc", "a b c"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_which_letters_are_shown(written: str, kept: str) -> None:
    assert shown(written) == kept


@given(st.text(max_size=80))
def test_what_is_shown_has_one_direction_and_one_line(text: str) -> None:
    found = shown(text)
    assert found.isprintable()
    assert all(
        c == HIDDEN
        or ord(c) < 0x180
        or c
        in "\u2010\u2011\u2013\u2014\u2018\u2019"
        + ("\u201c\u201d\u2022\u2026\u2212\u2192\u2264\u2265")
        for c in found
    )
    assert shown(found) == found


@given(st.text(LETTERS, max_size=80), st.floats(12, 300), st.booleans())
def test_a_cut_text_fits(text: str, most: float, is_bold: bool) -> None:
    found = cut(text, most, 12, bold=is_bold)
    assert width_of(found, 12, bold=is_bold) <= most
    assert found == text or (found.endswith(CUT) and text.startswith(found[:-1]))


@settings(max_examples=60)
@given(st.lists(st.text(LETTERS.replace(" ", "").replace("\x1f", ""), min_size=1, max_size=9)),
       st.floats(60, 400), st.integers(1, 5))  # fmt: skip
def test_wrapped_lines_fit_and_hold_the_words(words: list[str], most: float, lines: int) -> None:
    text = " ".join(words)
    found = wrap(text, most, 11, lines=lines)
    assert len(found) <= lines
    assert all(width_of(line, 11) <= most for line in found)
    if not any(line.endswith(CUT) for line in found) and CUT not in text:
        assert " ".join(found).split() == text.split()


def test_lines_are_about_equally_long_and_keep_dates_whole() -> None:
    text = "Share of downloads; frame panel:grove; 14 Nov 2024 to 7 Sep 2025, 11 snapshots"
    for most in range(90, 420, 7):
        lines = wrap(text, most, 12)
        assert not any(line.endswith((" 14", " Nov", " 7", " Sep", " 11")) for line in lines)
    first, second = wrap("one two three four five six seven eight nine", 200, 12)
    assert abs(width_of(first, 12) - width_of(second, 12)) < 40
