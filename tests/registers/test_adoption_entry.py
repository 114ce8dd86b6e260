"""One record is added to a folder: everything that is missing is told, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcensus.errors import RegisterError, SettingsError, UnknownName
from modelcensus.registers.adoption_entry import Refusal, add_entry, checked_columns, read_entry
from modelcensus.registers.load import Row, load_registers
from modelcensus.registers.schema import REGISTERS
from modelcensus.registers.world_questions import AdoptionQuestion, find_adoptions

ENTRY = {
    "record_id": "acre-bank-axe-2026",
    "who": "Acre Bank",
    "who_type": "company",
    "country": "DE",
    "family": "qwen",
    "bases": "qwen",
    "how": "uses",
    "status": "announced",
    "since": "2026-10-01",
    "precision": "month",
    "evidence_url": "https://acre.example/help-desk",
    "publisher": "Acre Bank",
    "published_on": "2026-10-14",
    "paraphrase": "The bank announced that its help desk runs on the family's open models.",
    "seen": "primary",
    "seen_on": "2026-10-20",
    "confidence": "high",
}


def added(cells: dict[str, str], folder: Path) -> Row:
    found = add_entry(cells, folder)
    assert isinstance(found, Row), found
    return found


def refused(cells: dict[str, str], folder: Path) -> tuple[str, ...]:
    before = {p: p.read_bytes() for p in folder.glob("*")}
    found = add_entry(cells, folder)
    assert isinstance(found, Refusal)
    assert {p: p.read_bytes() for p in folder.glob("*")} == before
    return found.missing


def test_a_record_is_added_and_found_under_the_overlay(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    row = added(ENTRY, folder)
    assert (row["grade"], row["search"], row["standing"]) == ("A", "by-hand", "counts")
    registers = load_registers([folder])
    (record,) = find_adoptions(registers, AdoptionQuestion(body="acre"))
    assert record.latest is not None
    assert record.latest.status == "announced"


def test_what_was_there_stays_byte_for_byte(tmp_path: Path) -> None:
    added(ENTRY, tmp_path)
    first = (tmp_path / "adoption.csv").read_bytes()
    added(ENTRY | {"status": "in use", "since": "2026-11-01", "seen_on": "2026-11-20"}, tmp_path)
    second = (tmp_path / "adoption.csv").read_bytes()
    assert second.startswith(first)
    assert len(second.splitlines()) == 3
    bare = first.rstrip(b"\n")
    (tmp_path / "adoption.csv").write_bytes(bare)
    added(ENTRY | {"status": "in use", "since": "2026-11-01", "seen_on": "2026-11-20"}, tmp_path)
    assert (tmp_path / "adoption.csv").read_bytes() == second


def test_everything_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    missing = refused({"record_id": "acre-bank-axe-2026", "how": "restricts"}, tmp_path)
    for column in ("who", "country", "family", "since", "evidence_url", "publisher", "seen"):
        assert any(f"{column!r} is empty" in text for text in missing), column
    assert any("names what it is about" in text for text in missing)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"family": "nonesuch"}, "no family 'nonesuch'"),
        ({"seen": "secondary", "paraphrase": "It runs 72 help desks."}, "the figure 72"),
        ({"seen": "secondary", "status": "reversed"}, "a reversal"),
        ({"grade": "B"}, "by the rule"),
        ({"official_list": "Some list", "seen": "secondary"}, "read the list itself"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused(
    tmp_path: Path, cells: dict[str, str], reason: str
) -> None:
    assert [text for text in refused(ENTRY | cells, tmp_path) if reason in text]


def test_a_row_may_wait_for_its_second_text(tmp_path: Path) -> None:
    waiting = {"seen": "secondary", "status": "reversed", "standing": "waits"}
    added(ENTRY | waiting, tmp_path)
    (record,) = find_adoptions(load_registers([tmp_path]), AdoptionQuestion(body="acre"))
    assert record.latest is None
    assert [s.status for s in record.waiting] == ["reversed"]


def test_a_row_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    added(ENTRY, tmp_path)
    missing = refused(ENTRY | {"paraphrase": "Something else."}, tmp_path)
    assert [text for text in missing if "there already" in text]
    bundled = load_registers().rows["adoption"][0].cells
    assert [text for text in refused(dict(bundled), tmp_path) if "there already" in text]


def test_a_history_is_continued_in_order(tmp_path: Path) -> None:
    added(ENTRY, tmp_path)
    later = ENTRY | {"since": "2026-11-01", "seen_on": "2026-11-20", "status": "contested"}
    assert [t for t in refused(later | {"who": "Another"}, tmp_path) if "'who'" in t]
    earlier = ENTRY | {"since": "2026-09-01", "status": "contested"}
    assert [t for t in refused(earlier, tmp_path) if "order by date" in t]


def test_a_bundled_record_is_continued_in_ones_own_folder(tmp_path: Path) -> None:
    (last,) = [
        r.cells for r in load_registers().rows["adoption"] if r["record_id"] == "t-bank-qwen-2025"
    ]
    own = {k: last[k] for k in ("record_id", "who", "who_type", "country", "family", "how")}
    added(ENTRY | own | {"status": "closed"}, tmp_path)
    (record,) = find_adoptions(load_registers([tmp_path]), AdoptionQuestion(body="T-Bank"))
    assert [s.status for s in record.history] == ["in use", "closed"]


def test_a_file_is_read_as_toml_or_csv(tmp_path: Path) -> None:
    toml = tmp_path / "record.toml"
    toml.write_text("".join(f'{k} = "{v}"\n' for k, v in ENTRY.items()), encoding="utf-8")
    assert read_entry(toml) == ENTRY
    toml.write_text("since = 2026-10-01\nwho = ' A '", encoding="utf-8")
    assert read_entry(toml) == {"since": "2026-10-01", "who": "A"}
    table = tmp_path / "record.csv"
    table.write_text("who,since\nA,2026-10-01\n", encoding="utf-8")
    assert read_entry(table) == {"who": "A", "since": "2026-10-01"}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.toml", b"who = ", "not TOML"),
        ("a.csv", b"who,since\nA,2026-10-01\nB,2026-10-01\n", "holds 2 rows"),
        ("a.csv", b"who,since\nA\n", "not one whole one"),
        ("a.toml", b"\xff", "cannot be read"),
    ],
)
def test_a_file_that_is_no_record_is_named(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=reason):
        read_entry(path)


def test_an_unknown_column_gets_the_nearest() -> None:
    with pytest.raises(UnknownName, match="published_on"):
        checked_columns({"publishd_on": "2026"})


def test_a_broken_folder_is_not_written_to(tmp_path: Path) -> None:
    path = tmp_path / "adoption.csv"
    path.write_text("who\nA\n", encoding="utf-8")
    with pytest.raises(RegisterError):
        add_entry(ENTRY, tmp_path)
    assert path.read_text(encoding="utf-8") == "who\nA\n"


def test_the_example_of_the_documentation_is_a_record(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "adoption.md").read_text(encoding="utf-8")
    toml = tmp_path / "record.toml"
    toml.write_text(page.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    assert set(added(read_entry(toml), tmp_path / "mine").cells) == set(
        REGISTERS["adoption"].columns
    )
