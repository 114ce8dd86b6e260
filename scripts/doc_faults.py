"""Writes what fault tests measured into docs/limits.md, between `begin faults` and `end faults`.

    python scripts/doc_faults.py [--check]

The figures are those of `build/faults.json`, which the fault tests write: the short forms by
`make test`, the long ones (names that begin with `long`) by `make test-long`. Figures that are
not in that file stay as the page has them, so that a short run does not take long figures away.
`--check` writes nothing and exits with 1 where the page would change.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from doc_tables import table
from modelcensus.testing.faults import FaultFigures, Number

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "limits.md"
FIGURES = ROOT / "build" / "faults.json"

TRIED: dict[str, str] = {
    "T1": "Every passing fault of a network (errors, resets, cut, slow and silent answers) on "
    "every page of a crawl, and a quota that is never overdrawn.",
    "T2": "A crawl killed after one effect on the disk or the wire after the other, and resumed "
    "to the same bytes.",
    "T4": "A listing that moves while it is walked: births, deletions, renames, other ranks; "
    "beside it a walk by downloads, as it should not be done.",
    "T5": "Rows with missing, added, retyped and broken fields: each is a record or a counted "
    "reject.",
    "T6": "A simulated Hub with planted dips, resets, spikes, standing counts and missing days: "
    "what a release reports, held against what was planted and against a recount of all rows. "
    "Organic are moves that nobody planted and that do cross a threshold; false are reports that "
    "the rows do not bear out. A single model whose count stands still is not looked for.",
    "T7": "Single bits flipped in every kind of stored file, and files cut, emptied, exchanged "
    "and strewn about; beside it how often the engine alone would have read other rows without a "
    "word.",
    "T8": "A disk that is full at one write after the other.",
    "T9": "Several crawlers at once, and readers that compute figures while another process "
    "crawls and builds.",
    "T13": "The same questions under six time zones, across a leap day and changes of clocks; "
    "the machine's clock set back an hour and ahead a day at many moments of a crawl.",
    "T16": "Addresses that would send a crawler elsewhere.",
    "T17": "Little input that becomes much: packed answers and kept pages, a million tags, cards "
    "full of aliases, values nested without end; how much memory the crawling process needs.",
    "T18": "Pickles that would run code, packed and hidden in many ways: each is found, none is "
    "carried out.",
    "T19": "Words that ask a judge for a verdict, in answers and in what graders wrote: verdicts "
    "of a log and of its clean twin; in the long form, of live runs.",
    "T20": "Live runs of security tests on a scripted endpoint that fails at times: undisturbed, "
    "killed twice and taken up again, in two parts, scored anew; repeated are requests beyond "
    "those of the undisturbed run, the difference is that of ratio and interval.",
    "T21": "A token looked for in everything a crawl writes, logs, raises and prints.",
    "T22": "Poisoned lineage: rings, models that name themselves, very many children, missing and "
    "renamed bases, ids in other case, in any order of rows.",
    "T23": "Frauds: accounts that look like a developer's, models that claim a famous base, farmed "
    "downloads. None is given a developer; what they change is printed beside the figure.",
    "T25": "Simulated days, each imported by a process of its own, built from time to time; "
    "every day's figure derived again from the last release and recounted from the rows.",
    "T27": "Simulated Hubs with planted truth (dips, freezes, resets, spikes, standing counts, "
    "removals, returns, re-uploads, renames, farms) and registers that hold a part of the cast: "
    "shares of downloads and of new derivatives, the six named presets among them, held against "
    "the truth. Of each question: in how many worlds the worst case and the interval estimate hold "
    "the truth of all groups asked about (China and the United States; of accounts the ten "
    "largest), the median width of the interval, and what accounts hold that nobody is known to "
    "own. The median width counts each question once. Standards were set on other seeds.",
}
"""Fault test id -> what was done."""

_BETWEEN = re.compile(r"(<!-- begin faults -->\n)(.*?)(<!-- end faults -->)", re.DOTALL)
_ROW = re.compile(r"^\| (T\d+) \|.*\| ([^|]*) \|$", re.MULTILINE)
_FIGURE = re.compile(r"(\w+) = ([^;]+)")

Shown = dict[str, str]


def shown_figures(page: str) -> dict[str, Shown]:
    """Return the figures that a page shows, by test id."""
    match = _BETWEEN.search(page)
    rows = _ROW.findall(match[2]) if match else []
    return {test: dict(_FIGURE.findall(cell)) for test, cell in rows}


def fault_table(shown: Mapping[str, Shown], measured: Mapping[str, Mapping[str, Number]]) -> str:
    """Return the table: figures that were measured, else those that were shown before."""
    rows = []
    for test, sentence in TRIED.items():
        fresh = {name: _number(value) for name, value in measured.get(test, {}).items()}
        figures = shown.get(test, {}) | fresh
        cell = "; ".join(f"{name} = {figures[name]}" for name in sorted(figures, key=_order))
        rows.append((test, sentence, cell))
    return table(("test", "what was tried", "figures"), rows)


def _order(name: str) -> tuple[bool, str]:
    return "long" in name.split("_"), name


def _number(value: Number) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}"


def renewed(page: str, measured: Mapping[str, Mapping[str, Number]]) -> str:
    """Return a page with its table of faults made anew."""
    made = fault_table(shown_figures(page), measured)
    return _BETWEEN.sub(lambda match: f"{match[1]}{made}{match[3]}", page)


def main(arguments: Sequence[str]) -> int:
    """Renew the page, or say whether it would change."""
    page = PAGE.read_text(encoding="utf-8")
    fresh = renewed(page, FaultFigures(FIGURES).read())
    if "--check" in arguments:
        return int(fresh != page)
    if fresh != page:
        PAGE.write_text(fresh, encoding="utf-8")
        print(f"renewed {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
