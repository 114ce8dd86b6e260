"""A reader's own rules: what meets them, what fails, and what is not known is never met."""

from __future__ import annotations

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from modelcensus.cli.main import app
from modelcensus.errors import QueryError, SettingsError
from modelcensus.passports.policy import (
    FAILS,
    MEETS,
    NOT_KNOWN,
    RULE_WORDS,
    Policy,
    judge,
    read_policy,
)
from modelcensus.passports.read import read_passport
from modelcensus.passports.shortlist import Shortlist, judged
from modelcensus.publish.shortlist import shortlist_bom, shortlist_csv
from modelcensus.releases.lookup import Lookup
from modelcensus.snapshots.store import Store

# what the small world (conftest.py) says of three models, rule by rule
TOLD = {
    "top/root": {
        "licences": MEETS,  # keep-notices is L1
        "chain": NOT_KNOWN,  # it declares no base
        "weights": NOT_KNOWN,  # no source of the world tells formats
        "own_code": NOT_KNOWN,
        "gated": MEETS,
        "tested": NOT_KNOWN,
        "present": NOT_KNOWN,
        "countries": MEETS,
    },
    "mid/tune": {
        "licences": MEETS,
        "chain": FAILS,  # fewer declared duties than its base
        "gated": FAILS,  # auto: whoever wants it has to ask
        "countries": NOT_KNOWN,
    },
    "low/quant": {"licences": NOT_KNOWN},  # "my own words": terms unread
    "gone/away": {"present": FAILS, "licences": NOT_KNOWN},
}
ALL = Policy(
    licences=("L1",), chain="compatible", weights="safetensors", own_code="no", gated="no",
    tested="yes", present="yes", countries=("IS",),
)  # fmt: skip


@pytest.mark.parametrize("model_id", TOLD)
def test_each_rule_is_answered_with_a_reason(lookup: Lookup, model_id: str) -> None:
    found = judge(read_passport(lookup, model_id), ALL)
    assert [f.rule for f in found.findings] == list(RULE_WORDS)
    assert all(f.why for f in found.findings)
    answers = {f.rule: f.answer for f in found.findings}
    assert {rule: answers[rule] for rule in TOLD[model_id]} == TOLD[model_id]


def test_gravest_answer_is_that_of_the_policy(lookup: Lookup) -> None:
    root, tune = (read_passport(lookup, name) for name in ("top/root", "mid/tune"))
    assert judge(root, Policy(licences=("L1",), gated="no")).answer == MEETS
    assert judge(root, Policy(licences=("L1",), tested="yes")).answer == NOT_KNOWN
    assert judge(tune, Policy(licences=("L1",), gated="no", tested="yes")).answer == FAILS
    assert judge(root, Policy(licences=("L2",))).answer == FAILS
    assert judge(root, Policy()).answer == MEETS
    assert not Policy()


def test_evidence_of_a_licence_is_its_register_row(lookup: Lookup) -> None:
    (finding,) = judge(read_passport(lookup, "top/root"), Policy(licences=("L1",))).findings
    assert "keep-notices" in finding.evidence[0].row
    assert "keeping notices" in finding.why


def test_rules_are_read_from_texts_and_wrong_ones_are_named() -> None:
    read = read_policy({"licences": "L1, L2,,L1", "gated": "no", "tested": ""})
    assert read == Policy(licences=("L1", "L2"), gated="no")
    assert read_policy(read.stated) == read
    with pytest.raises(SettingsError, match="no 'L12'"):
        read_policy({"licences": "L12"})
    with pytest.raises(SettingsError, match="no rule 'colour'"):
        read_policy({"colour": "red"})


def test_order_keeps_what_meets_first_and_no_cell_is_computed(lookup: Lookup) -> None:
    passports = [read_passport(lookup, name) for name in ("mid/tune", "low/path", "top/root")]
    policy = Policy(licences=("L1",), gated="no")
    found = Shortlist("r", "", {}, policy, 3, judged(passports, policy))
    assert [one.passport.model_id for one in found.judgements] == [
        *("top/root", "low/path", "mid/tune"),
    ]
    rows = list(csv.DictReader(io.StringIO(shortlist_csv(found).decode())))
    assert [row["answer"] for row in rows] == [MEETS, NOT_KNOWN, FAILS]
    document = json.loads(shortlist_bom(found))
    assert [c["name"] for c in document["components"]] == ["root"]
    none = Shortlist("r", "", {}, policy, 1, judged(passports[:1], policy))
    with pytest.raises(QueryError, match="meets every rule"):
        shortlist_bom(none)


def test_command_gives_the_same_from_filters_and_from_a_list(grange: Store, tmp_path) -> None:
    def run(*words: str):
        return CliRunner().invoke(app, ["shortlist", *words, "--store", str(grange.path)])

    ran = run("--frame", "sample:trees", "--licences", "L1", "--format", "json")
    assert ran.exit_code == 0, ran.output
    whole = json.loads(ran.stdout)
    assert whole["models_left_by_filters"] == whole["looked_at"] == 9
    assert whole["counts"] == {MEETS: 2, NOT_KNOWN: 7, FAILS: 0}
    assert "not legal advice" in whole["notice"]
    listed = tmp_path / "list.txt"
    listed.write_text("top/root\nmid/tune\n")
    ran = run("--from", str(listed), "--licences", "L1", "--format", "json")
    assert json.loads(ran.stdout)["rows"] == [
        row for row in whole["rows"] if row["answer"] == MEETS
    ]
    assert run("--from", str(listed), "--family", "root").exit_code != 0
    assert run("--most", "0").exit_code != 0
