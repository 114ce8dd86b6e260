import json

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
