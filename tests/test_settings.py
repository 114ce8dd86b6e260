"""Settings: one table, changed by the environment, refused when they mean nothing."""

from __future__ import annotations

from dataclasses import fields

import pytest

from modelcensus.errors import SettingsError
from modelcensus.settings import CONTINUOUS, Settings, load_settings

NUMBERS = [f for f in fields(Settings) if not isinstance(f.default, str)]
TEXTS = [f for f in fields(Settings) if isinstance(f.default, str)]


def test_without_an_environment_the_defaults_hold() -> None:
    assert load_settings({}) == Settings()
    assert load_settings({"CENSUS_STORE": "/somewhere", "OTHER": "1"}) == Settings()


@pytest.mark.parametrize("name", [f.name for f in NUMBERS])
def test_every_number_has_a_unit_a_reason_and_a_variable(name: str) -> None:
    item = next(f for f in NUMBERS if f.name == name)
    assert item.metadata["unit"]
    assert item.metadata["description"]
    assert item.default > 0
    changed = load_settings({f"CENSUS_{name.upper()}": "7.5"})
    assert getattr(changed, name) == 7.5
    assert [f.name for f in fields(Settings) if getattr(changed, f.name) != f.default] == [name]


@pytest.mark.parametrize("name", [f.name for f in NUMBERS])
@pytest.mark.parametrize("text", ["0", "-1", "many", "", "nan", "inf", "-inf", "1e999"])
def test_what_is_no_positive_number_is_refused(name: str, text: str) -> None:
    variable = f"CENSUS_{name.upper()}"
    with pytest.raises(SettingsError) as caught:
        load_settings({variable: text})
    assert caught.value.exit_code == 2
    assert repr(text) in caught.value.what
    assert variable in caught.value.where
    unit = next(f for f in NUMBERS if f.name == name).metadata["unit"]
    assert f"a number of {unit}" in caught.value.next_step


@pytest.mark.parametrize("name", [f.name for f in NUMBERS])
def test_what_is_counted_is_one_at_least(name: str) -> None:
    unit = next(f for f in NUMBERS if f.name == name).metadata["unit"]
    given = {f"CENSUS_{name.upper()}": "0.5"}
    if unit in CONTINUOUS:
        assert getattr(load_settings(given), name) == 0.5
    else:
        with pytest.raises(SettingsError):
            load_settings(given)


@pytest.mark.parametrize("name", [f.name for f in TEXTS])
def test_texts_are_taken_as_they_are(name: str) -> None:
    changed = load_settings({f"CENSUS_{name.upper()}": "a,b"})
    assert getattr(changed, name) == "a,b"


def test_the_process_s_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CENSUS_HUB_TOTAL_DAYS", "9")
    assert load_settings().hub_total_days == 9


def test_a_release_depends_on_the_marked_settings_only() -> None:
    marked = {f.name for f in fields(Settings) if f.metadata["build"]}
    assert set(Settings().build_values()) == marked
    assert {"hub_total_days", "spike_factor", "global_drop"} <= marked
    assert "engine_threads" not in marked
    assert Settings(engine_threads=9).build_values() == Settings().build_values()
    assert Settings(spike_factor=9).build_values()["spike_factor"] == 9
