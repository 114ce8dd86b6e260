from __future__ import annotations

import pyarrow as pa
import pytest

from modelcensus.errors import SettingsError, UnknownName
from modelcensus.sources.record import (
    RECORD_SCHEMA,
    Reject,
    RejectLog,
    absent_columns,
    conform,
)
from modelcensus.sources.source import SOURCES, check_options, get_source


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_every_source_offers_what_a_source_must(name: str) -> None:
    source = get_source(name)
    assert source.INFO.name == name
    assert source.INFO.title
    assert source.INFO.licence
    assert all(option.description for option in source.OPTIONS)
    given = {option.name: "x" for option in source.OPTIONS if option.is_required}
    values = check_options(source, given)
    assert check_options(source, values) == values


def test_an_unknown_source_or_option_is_refused() -> None:
    with pytest.raises(UnknownName):
        get_source("osirr")
    with pytest.raises(SettingsError, match="no option 'colour'"):
        check_options(get_source("osir"), {"colour": "red"})


def test_a_record_table_has_every_column() -> None:
    table = conform({"model_id": pa.array(["a/b"]), "likes": pa.array([1], pa.int32())}, 1)
    assert table.schema.equals(RECORD_SCHEMA)
    with pytest.raises(KeyError, match="colour"):
        conform({"colour": pa.array(["red"])}, 1)


def test_absent_columns_are_the_others() -> None:
    absent = absent_columns(["likes", "tags"])
    assert "downloads_30d" in absent
    assert not {"likes", "tags", "model_id", "absent", "observed_at"} & set(absent)


def test_a_reject_keeps_the_beginning_of_its_row() -> None:
    log = RejectLog()
    log.add("bad_id", "row 1", {"id": "x" * 5000})
    log.add("bad_id", "row 2", "\ud800")
    log.add("a_reason", "row 3", None)
    assert len(log.rejects[0].raw) == 2000
    assert log.rejects[1].raw == "?"
    assert log.by_reason() == {"a_reason": 1, "bad_id": 2}
    assert Reject.of("x", "y", [1]).raw == "[1]"
