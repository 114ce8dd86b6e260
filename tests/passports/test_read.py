"""What a passport says, and what it says it does not know."""

from __future__ import annotations

import dataclasses
import json

import pytest

from modelcensus.errors import UnknownName
from modelcensus.passports.passport import NOTICE, Passport
from modelcensus.passports.read import read_passport
from modelcensus.releases.lookup import Lookup
from modelcensus.settings import Settings


def gaps(passport: Passport, topic: str) -> list[tuple[str, str]]:
    return [(g.state, g.text) for g in passport.gaps if g.topic == topic]


def test_who_made_it_and_what_says_so(root: Passport) -> None:
    developer = root.owner("developer")
    assert developer is not None
    assert (developer.name, developer.country) == ("Top-Lab", "IS")
    assert [e.row for e in developer.evidence] == [
        "namespaces:huggingface:top:",
        "developers:top-lab:",
    ]
    assert all(e.url == "https://example.org/page" for e in developer.evidence)
    assert developer.valid_from is None
    assert (root.family, root.created_at) == ("root", "2031-01-01T00:00:00Z")
    assert ("attention", "Its developer is contested. NO: It has two seats.") in gaps(
        root, "developer"
    )


def test_a_former_name_leads_to_the_model(lookup: Lookup, root: Passport) -> None:
    former = read_passport(lookup, "oldtop/root")
    assert (former.model_id, former.asked_as) == ("top/root", "oldtop/root")
    assert dataclasses.replace(former, asked_as="top/root") == root
    assert [(n.model_id, n.rule) for n in root.names] == [
        ("oldtop/root", "namespace renamed"),
        ("top/root", "as seen"),
    ]


def test_a_fact_names_its_frame(root: Passport) -> None:
    parameters = root.facts["parameters"]
    assert parameters is not None
    assert (parameters.value, parameters.frame, parameters.label) == (
        7_000_000_000,
        "sample:trees",
        "2031-06-01",
    )
    assert root.facts["formats"] is None


def test_zero_null_absent_and_not_observed_are_four_things(root: Passport) -> None:
    panel = next(h for h in root.history if h.frame == "panel:count")
    assert [(r.label, r.state, r.counters) for r in panel.readings] == [
        ("2031-03-01", "observed", {"likes": 0}),
        ("2031-04-01", "observed", {"likes": None}),
        ("2031-05-01", "not observed", {}),
        ("2031-06-01", "observed", {"likes": 80}),
    ]
    assert panel.standing is None


def test_a_rank_is_within_family_and_size(root: Passport) -> None:
    sample = next(h for h in root.history if h.frame == "sample:trees")
    assert sample.standing is not None
    assert (sample.standing.family_rank, sample.standing.family_models) == (1, 1)
    assert (sample.standing.size_rank, sample.standing.size_models) == (1, 1)


def test_a_licence_says_what_it_asks(root: Passport) -> None:
    assert root.terms is not None
    assert (root.terms.licence_class, root.terms.spdx_id) == ("L1", "MIT")
    assert root.terms.duties == root.terms.passes_on == ("keeping notices",)


def test_an_unread_licence_and_none_differ(lookup: Lookup) -> None:
    unread = read_passport(lookup, "low/quant")
    assert unread.terms is not None
    assert (unread.terms.declared, unread.terms.licence_class) == ("other (my own words)", "L8")
    none = read_passport(lookup, "solo/thing")
    assert none.terms is not None
    assert (none.terms.declared, none.terms.licence_class) == (None, "L9")
    assert gaps(none, "licence")[0] == ("attention", "No licence is declared.")


def test_a_natural_person_has_an_account_and_no_more(lookup: Lookup) -> None:
    passport = read_passport(lookup, "solo/thing")
    for owner in passport.owners:
        assert (owner.developer, owner.name, owner.country) == ("", "", "unknown")
        assert owner.evidence == ()
    assert "onymous" not in passport.to_json().lower()


def test_a_removed_model_says_so_first(lookup: Lookup) -> None:
    gap = read_passport(lookup, "gone/away").gaps[0]
    assert (gap.state, gap.text) == (
        "removed",
        "The source found it removed at 2031-05-20T08:00:00Z (sample:trees, 2031-06-01).",
    )


def test_a_model_about_which_nothing_is_declared(lookup: Lookup) -> None:
    topics = {g.topic for g in read_passport(lookup, "solo/thing").gaps}
    assert topics >= {
        "security",
        "weights",
        "files",
        "training data",
        "use",
        "licence",
        "bases",
        "created_at",
        "parameters",
        "size_bytes",
        "revision",
        "gated",
        "formats",
        "developer",
        "family",
    }


def test_a_model_that_is_only_named(lookup: Lookup) -> None:
    passport = read_passport(lookup, "far/away")
    assert not passport.is_observed
    assert passport.history == ()
    assert gaps(passport, "existence")[0][0] == "attention"
    assert passport.lineage[0].largest[0].model_id == "low/merge"


def test_every_passport_says_that_it_does_not_clear(lookup: Lookup, root: Passport) -> None:
    assert root.notice == NOTICE == "It identifies; it does not clear."
    assert json.loads(root.to_json())["notice"] == NOTICE
    assert ("not checked", "Its security was not tested here.") in gaps(root, "security")


def test_an_unknown_name_gets_the_nearest(lookup: Lookup) -> None:
    with pytest.raises(UnknownName) as error:
        read_passport(lookup, "top/rooot")
    assert error.value.nearest[0] == "top/root"
    assert error.value.exit_code == 6


def test_case_is_offered_and_never_taken(lookup: Lookup) -> None:
    with pytest.raises(UnknownName) as error:
        read_passport(lookup, "Top/Root")
    assert error.value.nearest == ["top/root"]


def test_a_hub_that_does_not_have_it(lookup: Lookup) -> None:
    with pytest.raises(UnknownName, match="top/root"):
        read_passport(lookup, "top/root", hub="modelscope")


@pytest.mark.parametrize("name", ["'; DROP TABLE names; --", "top/root' OR '1'='1", "\x00", "%"])
def test_a_name_is_a_value_and_no_statement(lookup: Lookup, name: str) -> None:
    with pytest.raises(UnknownName):
        read_passport(lookup, name)
    assert read_passport(lookup, "top/root").model_id == "top/root"


def test_a_walk_ends_at_its_limit(lookup: Lookup) -> None:
    cut = read_passport(lookup, "low/quant", settings=Settings(passport_models=1))
    assert cut.lineage[0].is_cut
    assert [r.model_id for r in cut.lineage[0].ancestors] == ["mid/tune"]
    assert any(g.topic == "lineage" for g in cut.gaps)
