from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelcensus.errors import RegisterError, SettingsError
from modelcensus.registers import load
from modelcensus.registers.load import load_registers, read_register, read_registers
from modelcensus.registers.problem import KINDS, STOPPING
from modelcensus.registers.schema import REGISTERS

Rows = dict[str, list[dict[str, str]]]
Write = Callable[..., Path]


def setting(register: str, **cells: str) -> Callable[[Rows], None]:
    """Return a change of the first row of a register."""
    return lambda rows: rows[register][0].update(cells)


def test_the_small_set_loads(write: Write) -> None:
    registers = read_registers(bundled=write())
    assert registers.problems == ()
    assert [r.id for r in registers.rows["namespaces"]] == [
        "namespaces:huggingface:Bo:",
        "namespaces:huggingface:acme:",
    ]
    assert set(registers.versions) == set(REGISTERS)
    table = registers.table("developers")
    assert table.column_names == ["row_id", *REGISTERS["developers"].columns]
    assert table["country"].to_pylist() == ["US", "CN"]


@pytest.mark.parametrize(
    ("change", "kind", "text"),
    [
        (setting("developers", country="XX"), "unresolved reference", "no country 'XX'"),
        (setting("namespaces", developer="who"), "unresolved reference", "no developer 'who'"),
        (
            setting("families", alternatives="who", contested_because="Joint work."),
            "unresolved reference",
            "'alternatives': no developer 'who'",
        ),
        (setting("families", pattern="^(?!x)"), "wrong row", "look-around"),
        (setting("developers", name=""), "wrong row", "'name' is empty"),
        (setting("namespaces", alternatives="bo-lab"), "wrong row", "without the reason"),
        (setting("licences", passes_on="notice_duty;fame"), "wrong row", "'fame' is not one of"),
        (
            setting("licences", accepts="mit;who"),
            "unresolved reference",
            "'accepts': no licence 'who'",
        ),
        (
            setting("licences", alternatives="L77", contested_because="Two texts."),
            "wrong row",
            "'L77' is not one of",
        ),
        (
            lambda rows: rows["developers"].append(rows["developers"][0] | {"name": "Acme 2"}),
            "duplicate key",
            "the same key stands on line 2",
        ),
    ],
)
def test_one_bad_row_is_one_problem(
    write: Write, change: Callable[[Rows], None], kind: str, text: str
) -> None:
    (problem,) = read_registers(bundled=write(change)).problems
    assert problem.kind == kind
    assert text in problem.text
    assert problem.file == f"{problem.register}.csv"
    assert problem.row_id.startswith(f"{problem.register}:")
    assert problem.is_severe


def test_special_countries_need_no_row(write: Write) -> None:
    change = setting(
        "developers",
        country="unresolvable",
        alternatives="US;international",
        contested_because="No seat was found.",
    )
    registers = read_registers(bundled=write(change))
    assert registers.problems == ()
    assert registers.rows["developers"][0].alternatives == ("US", "international")


def test_the_loader_raises_the_first_problem(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def change(rows: Rows) -> None:
        rows["developers"][0]["country"] = "XX"
        rows["developers"][1]["confidence"] = "sure"

    folder = write(change)
    assert len(read_registers(bundled=folder).problems) == 2
    monkeypatch.setattr(load, "bundled_folder", lambda: folder)
    with pytest.raises(RegisterError) as caught:
        load_registers()
    assert (caught.value.file, caught.value.line) == ("developers.csv", 3)
    assert "'sure' is not one of" in caught.value.reason


def damage(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_a_wrong_header_is_one_problem_with_the_right_one(write: Write) -> None:
    folder = write()
    damage(folder, "countries.csv", "country,name", "code,name")
    problems = read_registers(bundled=folder).problems
    header = [p for p in problems if p.kind == "wrong file"]
    assert [(p.file, p.line, p.next_step) for p in header] == [
        ("countries.csv", 1, "write it as: country,name")
    ]
    assert str(header[0].as_error()).endswith("write it as: country,name")


def test_a_row_with_too_few_cells_is_left_out(write: Write) -> None:
    folder = write()
    damage(folder, "countries.csv", "DE,Germany", "DE")
    (problem,) = read_registers(bundled=folder).problems
    assert (problem.line, problem.text) == (3, "1 cells, 2 expected")


def test_a_line_number_is_that_of_the_row_s_first_line(write: Write) -> None:
    folder = write(setting("developers", paraphrase="Two\nlines."))
    damage(folder, "developers.csv", "bo-lab,Bo Lab,CN", "bo-lab,Bo Lab,")
    (problem,) = read_registers(bundled=folder).problems
    assert problem.line == 4


@pytest.mark.parametrize("raw", [b"country,name\n\xff\xfe,x\n", b'country,name\nDE,"x"y\n'])
def test_an_unreadable_file_is_a_problem(write: Write, raw: bytes) -> None:
    folder = write()
    (folder / "countries.csv").write_bytes(raw)
    kinds = {p.kind for p in read_registers(bundled=folder).problems if p.file == "countries.csv"}
    assert kinds & {"wrong file", "wrong row"}


def test_a_byte_order_mark_is_passed_over(write: Write) -> None:
    folder = write()
    path = folder / "countries.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_registers(bundled=folder).problems == ()


@given(raw=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_no_bytes_stop_the_reader(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "countries.csv").write_bytes(raw)
    rows, problems = read_register(REGISTERS["countries"], tmp_path)
    assert problems or all(set(r.cells) == {"country", "name"} for r in rows)


def test_a_row_keeps_its_id_when_lines_move(write: Write) -> None:
    before = read_registers(bundled=write())

    def shuffle(rows: Rows) -> None:
        for found in rows.values():
            random.Random(7).shuffle(found)  # noqa: S311

    after = read_registers(bundled=write(shuffle))
    assert after.versions == before.versions
    assert {r.id: r.cells for r in after.rows["developers"]} == {
        r.id: r.cells for r in before.rows["developers"]
    }
    assert {r.line for r in after.rows["developers"]} == {2, 3}


def test_a_changed_cell_changes_the_version_of_its_register_only(write: Write) -> None:
    before = read_registers(bundled=write()).versions
    after = read_registers(bundled=write(setting("developers", city="Springfield"))).versions
    assert {name for name in before if before[name] != after[name]} == {"developers"}


def test_an_overlay_replaces_and_adds(write: Write) -> None:
    bundled = write()

    def change(rows: Rows) -> None:
        first = rows["developers"][0]
        rows["developers"] = [first | {"country": "DE"}, first | {"developer": "new-co"}]

    overlay = write(change, folder="mine", only=("developers",))
    registers = read_registers([overlay], bundled)
    assert [(r["developer"], r["country"]) for r in registers.rows["developers"]] == [
        ("acme", "DE"),
        ("bo-lab", "CN"),
        ("new-co", "US"),
    ]
    assert len(registers.rows["namespaces"]) == 2
    assert read_registers([overlay, overlay], bundled).versions == registers.versions


def test_an_overlay_must_be_a_folder_of_registers(tmp_path: Path, write: Write) -> None:
    with pytest.raises(SettingsError, match="not a folder"):
        read_registers([tmp_path / "nowhere"], write())
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "people.csv").touch()
    with pytest.raises(SettingsError, match="not a register"):
        read_registers([tmp_path / "strange"], write())


def test_an_unread_row_is_kept_and_enters_no_figure(write: Write) -> None:
    registers = read_registers(bundled=write(setting("developers", seen="unread")))
    assert len(registers.rows["developers"]) == 2
    assert [r["developer"] for r in registers.usable("developers")] == ["bo-lab"]
    assert len(registers.usable("countries")) == 4


def test_what_stops_the_loader_is_severe() -> None:
    assert all(KINDS[kind][0] for kind in STOPPING)
