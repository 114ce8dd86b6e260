"""What the pages show is what the commands print."""

from __future__ import annotations

import contextlib
import doctest
import os
import subprocess
import sys
from pathlib import Path

import pytest

from doc_examples import (
    Command,
    Outcome,
    Workspace,
    blocks,
    commands,
    main,
    renewed,
    run_page,
    same,
    why_not_run,
)

ROOT = Path(__file__).resolve().parents[2]
RENEW = "python scripts/doc_examples.py --write PAGE renews it"


@pytest.mark.parametrize("name", ["README.md", "docs/tutorial.md", "docs/methods.md"])
def test_the_commands_of_a_page_print_what_it_shows(name: str, workspace: Workspace) -> None:
    page = (ROOT / name).read_text(encoding="utf-8")
    count = 0
    for block, outcomes in run_page(page, workspace):
        for command, outcome in zip(commands(block.body), outcomes, strict=True):
            count += 1
            assert outcome.agrees(command), (
                f"{name}: $ {command.line} (exit code {outcome.code}; {RENEW})\n{outcome.printed}"
            )
    assert count, f"{name} shows no command"


@pytest.mark.long
def test_the_live_run_of_a_page_goes_as_it_shows() -> None:
    page = ROOT / "docs/security.md"
    if reason := why_not_run(page.read_text(encoding="utf-8")):
        pytest.skip(f"{reason}: make .venv/.vet")
    # the engine warns while it is imported, and warnings are errors in this process
    command = [sys.executable, str(ROOT / "scripts/doc_examples.py"), str(page)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{ran.stdout}{ran.stderr}\n{RENEW}"


@pytest.mark.parametrize("name", ["README.md", "docs/tutorial.md"])
def test_the_python_examples_of_a_page_run(
    name: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CENSUS_STORE", str(workspace.store))
    page = (ROOT / name).read_text(encoding="utf-8")
    code = "\n".join(block.body for block in blocks(page, "pycon"))
    assert ">>>" in code
    test = doctest.DocTestParser().get_doctest(code, {}, name, name, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    words: list[str] = []
    with contextlib.chdir(workspace.folder):
        runner.run(test, out=words.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(words)


def test_exit_codes_shown_in_the_tutorial_are_those_of_the_errors(workspace: Workspace) -> None:
    page = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
    section = page[page.index("## 11.") : page.index("## 12.")]
    codes = [int(part[0]) for part in section.split("(exit code ")[1:]]
    shown = list(run_page(section, workspace))
    assert codes == [outcome.code for _, outcomes in shown for outcome in outcomes]


@pytest.mark.parametrize(
    ("shown", "printed", "agrees"),
    [
        ("a\n", "a\n", True),
        ("a\n", "b\n", False),
        ("a\n...\nz\n", "a\nb\nc\nz\n", True),
        ("a\n...\nz\n", "a\nz\n", True),
        ("a\n...\n", "b\nc\n", False),
        ("built 2025-09-07-0123456789\n", "built 2026-01-01-abcdefabcd\n", True),
        ("built 2025-09-07\n", "built 2026-01-01\n", False),
        ("store s (1.2 MB)\n", "store s (3.4 MB)\n", True),
    ],
)
def test_what_counts_as_the_same(shown: str, printed: str, agrees: bool) -> None:
    assert same(shown, printed) is agrees


def test_an_error_that_is_not_shown_is_a_difference() -> None:
    assert not Outcome("done\n", 1).agrees(Command("census x", "done\n"))
    assert Outcome("error: no\n", 2).agrees(Command("census x", "error: no\n"))


def test_stale_output_is_renewed_and_cut_output_is_kept(workspace: Workspace) -> None:
    page = (
        "```console\n$ census define totals\nwrong\n"
        "$ census totals --format csv --quiet | head -2\n...\n```\n"
    )
    fresh = renewed(page, workspace)
    assert "wrong" not in fresh
    assert "definition " in fresh
    assert fresh.endswith("head -2\n...\n```\n")
    assert renewed(fresh, workspace) == fresh


@pytest.mark.parametrize("line", ["rm -r x", "census status | wc -l"])
def test_other_programs_are_not_run(line: str, workspace: Workspace) -> None:
    with pytest.raises(ValueError, match="only"):
        workspace.run(line)


def test_examples_leave_the_environment_alone(workspace: Workspace) -> None:
    before = dict(os.environ)
    workspace.run("census define totals")
    assert dict(os.environ) == before


def test_a_page_with_an_endpoint_is_left_alone_without_the_engine_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    text = "```sh endpoint=8931\nserve\n```\n\n```console\n$ census vet plan\nwrong\n```\n"
    page.write_text(text, encoding="utf-8")
    monkeypatch.setattr("doc_examples.find_spec", lambda name: None)
    assert main(["--write", str(page)]) == 0
    assert "examples not run: the extra vet is not installed" in capsys.readouterr().out
    assert page.read_text(encoding="utf-8") == text


def test_files_of_a_page_name_the_endpoint_that_answers(workspace: Workspace) -> None:
    page = (
        "```sh endpoint=8931\nserve\n```\n\n"
        '```toml file=at.toml\nurl = "http://127.0.0.1:8931/v1"\n```\n\n'
        "```console\n$ census vet plan -c at.toml\nerror: no\n```\n"
    )
    [(_, [outcome])] = run_page(page, workspace)
    written = (workspace.folder / "at.toml").read_text(encoding="utf-8")
    assert outcome.code != 0
    assert "http://127.0.0.1:" in written
    assert ":8931/" not in written
