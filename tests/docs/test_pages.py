"""Everything a user can meet is written down, every link leads somewhere, nothing slips in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from doc_tables import GENERATED, filled
from make_data_dictionary import main, pages
from modelcensus import errors
from modelcensus.cli.main import app
from modelcensus.contracts import vocabulary
from modelcensus.contracts.fact_words import LICENCE_CLASSES
from modelcensus.contracts.measure import PARAMETERS
from modelcensus.contracts.registry import MEASURES
from modelcensus.contracts.vet_contract import COUNTINGS
from modelcensus.publish.exports import EXPORTS
from modelcensus.registers.schema import REGISTERS
from modelcensus.releases import gates
from modelcensus.releases.tables import TABLES
from modelcensus.settings import Settings
from modelcensus.sources.source import SOURCES, get_source

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TEXT = {path: path.read_text(encoding="utf-8") for path in PAGES}
DECISIONS = sorted((ROOT / "docs" / "design").glob("*.md"))
EVERYTHING = "\n".join(TEXT.values())

# split, so that this file does not hold what it looks for
FORBIDDEN = [
    *(rf"{name}\.org" for name in ("py" + "pi", "python" + "hosted")),
    *(rf"(?<![\w.])/{root}/" for root in ("work", "tmp", "home", "root", "usr")),
    r"\b(?:chat" + r"gpt|cop" + r"ilot|cl" + r"aude)\b",
    r"!(?=\s|$)",
]


def page(name: str) -> str:
    return TEXT[ROOT / name]


def commands(group: typer.Typer = app) -> Iterator[tuple[str, set[str]]]:
    """Yield each command with its options."""
    root = typer.main.get_command(group)

    def walk(command: object, name: str) -> Iterator[tuple[str, set[str]]]:
        children = getattr(command, "commands", None)
        if children is None or getattr(command, "invoke_without_command", False):
            params = getattr(command, "params", [])
            yield name, {o for p in params for o in p.opts if o.startswith("--")}
        for child, found in (children or {}).items():
            yield from walk(found, f"{name} {child}")

    yield from walk(root, "census")


COMMANDS = dict(commands())


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_and_option_is_documented(command: str) -> None:
    section = page("docs/commands.md").partition(f"\n### {command}\n")[2].partition("\n### ")[0]
    assert section, f"{command} has no section"
    assert all(f"`{option}`" in section for option in COMMANDS[command])


def test_only_commands_of_definitions_show_what_the_registry_says_of_an_option() -> None:
    takers = {*MEASURES, "define", "changes"}
    told = {
        name
        for name in COMMANDS
        for section in page("docs/commands.md").split("\n### ")
        if section.startswith(f"{name}\n") and "words in [methods]" in section
    }
    assert told == {f"census {name}" for name in takers}


@pytest.mark.parametrize("command", ["census vet compare", "census vet rates"])
def test_counting_of_security_tests_is_told_as_those_commands_mean_it(command: str) -> None:
    section = page("docs/commands.md").partition(f"\n### {command}\n")[2].partition("\n### ")[0]
    row = next(line for line in section.splitlines() if line.startswith("| `--counting`"))
    assert all(word in row for word in COUNTINGS)


@pytest.mark.parametrize("name", list(MEASURES))
def test_every_measure_has_its_section_with_units_nulls_and_caveats(name: str) -> None:
    method = page("docs/methods.md")
    section = method.partition(f"\n### {name}\n")[2].partition("\n##")[0]
    assert "**Null**" in section or "null" in section
    assert "**Caveats**" in section or "**Departs**" in section
    assert f"$ census {name} " in section


def test_the_methods_that_docstrings_name_exist() -> None:
    for path in (ROOT / "src").rglob("*.py"):
        for target in re.findall(r"docs/methods\.md#([\w-]+)", path.read_text(encoding="utf-8")):
            assert target in anchors(page("docs/methods.md")), f"{path.name}: #{target}"


@pytest.mark.parametrize(
    "terms",
    [
        vocabulary.METRICS,
        vocabulary.GROUPS,
        vocabulary.LENSES,
        vocabulary.POPULATIONS,
        vocabulary.DENOMINATORS,
        vocabulary.OUTLIERS,
        vocabulary.CODINGS,
        vocabulary.ROLL_UPS,
        vocabulary.PANELS,
        vocabulary.VARIANTS,
        vocabulary.NAMINGS,
        vocabulary.REPORTED,
        PARAMETERS,
    ],
)
def test_every_word_of_a_definition_is_in_methods(terms: dict[str, object]) -> None:
    assert all(re.search(rf"`(--)?{re.escape(t)}`", page("docs/methods.md")) for t in terms)


def test_every_licence_class_is_in_methods() -> None:
    assert all(f"| {name} |" in page("docs/methods.md") for name in LICENCE_CLASSES)


def test_every_incident_that_a_gate_can_find_is_in_methods() -> None:
    assert all(f"| `{kind}` |" in page("docs/methods.md") for kind in gates.NOTES)


def test_every_table_column_register_and_source_is_in_the_dictionary() -> None:
    text = page("docs/data-dictionary.md")
    for name, (_, columns) in TABLES.items():
        assert f"### {name}\n" in text
        assert all(f"`{column}`" in text for column in columns)
    for name, register in REGISTERS.items():
        assert f"### {name}\n" in text
        assert all(f"`{column}`" in text for column in register.columns)
    for name in SOURCES:
        assert f"### {name}\n" in text
        assert all(f"`{option.name}`" in text for option in get_source(name).OPTIONS)


def test_every_setting_and_error_is_in_limits() -> None:
    text = page("docs/limits.md")
    for name in Settings.__dataclass_fields__:
        assert f"`{name}`" in text
        assert f"`CENSUS_{name.upper()}`" in text
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.CensusError):
            assert f"| `{kind.__name__}` |" in text
            assert re.search(rf"^\| {kind.exit_code} \|", text, re.MULTILINE)


def test_every_format_is_documented() -> None:
    assert all(
        re.search(rf"--format {name}\b|{name}", page("docs/tutorial.md")) for name in EXPORTS
    )


def test_generated_pages_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--check"])
    out = capsys.readouterr().out
    assert code == 0, f"{out}run python scripts/make_data_dictionary.py"


def test_every_generated_table_stands_in_a_page() -> None:
    assert all(f"<!-- begin {name} -->" in EVERYTHING for name in GENERATED)


def test_a_generated_table_that_differs_is_found() -> None:
    stale = "<!-- begin lenses -->\nstale\n<!-- end lenses -->\n"
    assert "stale" not in filled(stale)
    assert filled(filled(stale)) == filled(stale)


def test_generated_pages_do_not_depend_on_anything_else() -> None:
    assert pages(ROOT) == pages(ROOT)


def anchors(text: str) -> set[str]:
    """Return the anchors that a page's headings have."""
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in found}


@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    prose = re.sub(r"^```.*?^```$", "", TEXT[path], flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"https?:", target):
            continue
        name, _, anchor = target.partition("#")
        other = (path.parent / name).resolve() if name else path
        assert other.exists(), target
        if anchor:
            assert anchor in anchors(TEXT[other]), target


@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_forbidden_is_written(path: Path) -> None:
    prose = TEXT[path].replace("<!--", "")
    found = [w for pattern in FORBIDDEN for w in re.findall(pattern, prose, re.IGNORECASE)]
    assert not found


@pytest.mark.parametrize("planted", ["see /" + "tmp/x", "from py" + "pi.org", "Great!"])
def test_something_forbidden_would_be_found(planted: str) -> None:
    assert any(re.search(pattern, planted, re.IGNORECASE) for pattern in FORBIDDEN)


def test_british_spelling_of_licence() -> None:
    prose = re.sub(r"`[^`]*`|\([^)]*\)|LICENSE|License", "", EVERYTHING)
    assert not re.findall(r"\blicenses?\b", prose)


@pytest.mark.parametrize("path", DECISIONS, ids=lambda p: p.stem[:4])
def test_a_decision_says_what_holds_it(path: Path) -> None:
    text = TEXT[path]
    for part in ("**Problem.**", "**Decision.**", "**Consequences.**", "**Held by**"):
        assert part in text
    held = re.findall(r"`(tests/[\w/.]+)(?:::(\w+))?`", text.partition("**Held by**")[2])
    assert held
    for file, name in held:
        code = (ROOT / file).read_text(encoding="utf-8")
        assert not name or f"def {name}(" in code, f"{file}::{name}"


def test_every_decision_is_listed() -> None:
    assert [p.stem[:4] for p in DECISIONS] == [f"{i:04}" for i in range(1, len(DECISIONS) + 1)]
    assert all(f"docs/design/{path.name}" in page("ARCHITECTURE.md") for path in DECISIONS)


def test_every_module_has_a_line_in_the_architecture_and_every_line_a_module() -> None:
    package = ROOT / "src" / "modelcensus"
    there = {p.relative_to(package).as_posix() for p in package.rglob("*.py")}
    listed = re.findall(r"^\| `([\w/]+\.py)` \| \S", page("ARCHITECTURE.md"), re.MULTILINE)
    assert sorted(listed) == sorted(there)
