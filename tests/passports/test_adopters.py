"""Who adopts or restricts a model or its family stands on its passport, with what is not known."""

from __future__ import annotations

import json
from io import StringIO

from rich.console import Console

from modelcensus.passports.adopters import FOUND, NONE_FOUND, NONE_OF_MODEL
from modelcensus.passports.passport import Passport
from modelcensus.passports.read import read_passport
from modelcensus.publish.passport import draw_passport, passport_markdown
from modelcensus.publish.passport_text import ADOPTERS_SHOWN
from modelcensus.releases.lookup import Lookup


def texts(passport: Passport) -> set[str]:
    return {g.text for g in passport.gaps if g.topic == "adoption"}


def drawn(passport: Passport) -> str:
    out = StringIO()
    draw_passport(passport, Console(file=out, width=200))
    return out.getvalue()


def test_records_of_the_model_come_before_those_of_its_family(root: Passport) -> None:
    assert [(a.record_id, a.about) for a in root.adopters] == [
        ("harbour-root", "this model"),
        ("county-root", "its family"),
        ("state-root", "its family"),
    ]
    county = root.adopters[1]
    assert county.status == "reversed"
    assert county.steps == ("announced 2031-02-01", "reversed 2031-03-01")
    assert root.adopters[0].steps == ("in use 2031-01",)
    assert root.adopters[2].object == "app"
    assert texts(root) == {FOUND}


def test_text_and_json_tell_the_same(root: Passport) -> None:
    whole = json.loads(root.to_json())
    assert [a["record_id"] for a in whole["adopters"]] == [a.record_id for a in root.adopters]
    for text in (drawn(root), passport_markdown(root).decode().replace("\\", "")):
        assert "Harbour (IS) uses this model" in text
        assert "State (IS) restricts its family (app)" in text
        assert "announced 2031-02-01, reversed 2031-03-01" in text
        assert "Rumour" not in text


def test_where_nothing_was_found_it_says_so(lookup: Lookup) -> None:
    for name in ("solo/thing", "mid/tune"):
        passport = read_passport(lookup, name)
        assert passport.adopters == ()
        assert texts(passport) == {NONE_FOUND}
        assert "Adoption records" not in drawn(passport)


def test_records_of_a_family_alone_say_that_the_model_is_not_named(root: Passport) -> None:
    from dataclasses import replace

    from modelcensus.passports.adopters import adoption_gaps

    family = replace(root, adopters=root.adopters[1:])
    assert {gap.text for gap in adoption_gaps(family)} == {NONE_OF_MODEL, FOUND}


def test_a_crowd_is_cut_in_text_and_whole_in_json(root: Passport) -> None:
    from dataclasses import replace

    crowd = replace(root, adopters=root.adopters * ADOPTERS_SHOWN)
    rest = len(crowd.adopters) - ADOPTERS_SHOWN
    assert f"{rest} more: census adoption list --family root" in drawn(crowd)
    assert len(json.loads(crowd.to_json())["adopters"]) == len(crowd.adopters)
