import json
from pathlib import Path

import pytest

import audit

CLEAN = {"name": "duckdb", "version": "1.5.6", "vulns": []}
VULNERABLE = {
    "name": "jinja2",
    "version": "2.10",
    "vulns": [{"id": "PYSEC-2019-217", "fix_versions": ["2.10.1"]}],
}
UNKNOWN = {"name": "rich", "skip_reason": "not found"}


def report(*packages: object) -> audit.Run:
    return audit.Run(json.dumps({"dependencies": packages, "fixes": []}), "")


def outcome(run: audit.Run, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = audit.main(["core.txt"], run=lambda lock: run)
    return code, capsys.readouterr().out


def test_nothing_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(report(CLEAN), capsys) == (
        0,
        "audit of core.txt: 1 checked, 0 known vulnerabilities\n",
    )


def test_a_vulnerability_fails(capsys: pytest.CaptureFixture[str]) -> None:
    code, words = outcome(report(CLEAN, VULNERABLE, UNKNOWN), capsys)
    assert code == 1
    assert "FAIL core.txt: jinja2 2.10: PYSEC-2019-217 (fixed in: 2.10.1)" in words
    assert "not checked: rich" in words


@pytest.mark.parametrize(
    "run",
    [
        audit.Run("", "requests.exceptions.ProxyError: HTTPSConnectionPool"),
        audit.Run("", "pip_audit._service.interface.ServiceError: no answer"),
        report(UNKNOWN, UNKNOWN),
    ],
    ids=["proxy refuses", "service fails", "index without vulnerability data"],
)
def test_no_service_is_not_a_pass(run: audit.Run, capsys: pytest.CaptureFixture[str]) -> None:
    code, words = outcome(run, capsys)
    assert code == 0
    assert words == "audit of core.txt: not checked: no vulnerability service reachable\n"


@pytest.mark.parametrize(
    "run",
    [
        audit.Run("", "requirement jinja2==2.10 does not contain a hash"),
        audit.Run("", ""),
        report(),
    ],
    ids=["bad lock", "silent", "empty lock"],
)
def test_a_broken_audit_fails(run: audit.Run, capsys: pytest.CaptureFixture[str]) -> None:
    code, words = outcome(run, capsys)
    assert code == 1
    assert "could not be made" in words


def test_one_bad_lock_among_several_fails(capsys: pytest.CaptureFixture[str]) -> None:
    runs = {"a.txt": report(VULNERABLE), "b.txt": report(CLEAN)}
    assert audit.main(["a.txt", "b.txt"], run=runs.__getitem__) == 1
    assert "b.txt: 1 checked" in capsys.readouterr().out


def locks(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text)
    return folder


def pin(name: str, version: str) -> str:
    return f"{name}=={version} --hash=sha256:00\n"


def test_a_vulnerability_is_told_with_every_lock_that_ships_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clean, bad = pin("duckdb", "1.5.6"), pin("Jinja2", "2.10")
    folder = locks(tmp_path, all=clean + bad, core=clean, vet=clean + bad)
    runs = {str(folder / "all.txt"): report(CLEAN, VULNERABLE)}
    assert audit.main([], runs.__getitem__, folder) == 1
    words = capsys.readouterr().out
    assert f"FAIL {folder}/all.txt, {folder}/vet.txt: jinja2 2.10: PYSEC-2019-217" in words
    assert "all.txt holds every version of core.txt, vet.txt" in words


def test_a_lock_that_is_not_covered_is_looked_up_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = locks(
        tmp_path,
        all=pin("duckdb", "1.5.6"),
        dev=pin("jinja2", "2.10"),
        spark="pyspark>=4\n",
        vet=pin("duckdb", "1.5.6"),
    )
    runs = {
        str(folder / "all.txt"): report(CLEAN),
        str(folder / "dev.txt"): report(VULNERABLE),
        str(folder / "spark.txt"): audit.Run("", "pyspark>=4 is not pinned"),
    }
    assert audit.main([], runs.__getitem__, folder) == 1
    words = capsys.readouterr().out
    assert f"FAIL {folder}/dev.txt: jinja2 2.10" in words
    assert f"FAIL audit of {folder}/spark.txt could not be made" in words


def test_the_locks_of_this_project_are_all_covered(capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(audit.__file__).parents[1] / "locks"
    asked: list[str] = []

    def run(lock: str) -> audit.Run:
        asked.append(Path(lock).name)
        return report(CLEAN)

    assert audit.main([], run, folder) == 0
    words = capsys.readouterr().out
    others = {path.name for path in folder.glob("*.txt")} - set(asked)
    assert "all.txt" in asked
    assert "core.txt" in others
    assert all(name in words for name in others)


def test_a_folder_without_locks_fails(tmp_path: Path) -> None:
    assert audit.main([], lambda lock: report(CLEAN), tmp_path) == 1
