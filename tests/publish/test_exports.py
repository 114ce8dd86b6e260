"""One table of exports: lossless for data, inert for spreadsheets, named by what they hold."""

from __future__ import annotations

import csv
import io
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns
from modelcensus.errors import ContractError, SettingsError
from modelcensus.measures.census import Census
from modelcensus.publish.exports import EXPORTS, export, get_export
from modelcensus.publish.formats import inert, to_csv, to_spreadsheet_csv

FORMULAS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\u2212")
TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.builds(
        lambda lead, sign, rest: lead + sign + rest,
        st.text(" \t\r\n\u00a0\u3000\u200b\ufeff\u202e", max_size=3),
        st.sampled_from(FORMULAS),
        st.text(st.characters(codec="utf-8"), max_size=10),
    ),
)


def of(texts: list[str | None]) -> Figure:
    return Figure(
        contract=Contract("share", by="country", frame="panel:grove"),
        columns=columns(("text", "", ""), ("n", "models", "")),
        rows=pa.table({"text": pa.array(texts, pa.string()), "n": pa.array(range(len(texts)))}),
        finding="Nothing.",
        does_not_show=(),
        coverage={"models": 1},
        bounds={},
        sensitivity={},
        caveats=(),
        release="2031-04-05-abc",
        registers={},
        sources=(),
    )


def cells(text: str) -> list[list[tuple[str, bool]]]:
    """Return the cells of CSV with whether each was in quotes: a reader apart from the writer."""
    rows: list[list[tuple[str, bool]]] = [[]]
    place, end = 0, len(text)
    while place < end:
        is_quoted = text[place] == '"'
        value = ""
        if is_quoted:
            place += 1
            while not (text[place] == '"' and text[place + 1 : place + 2] != '"'):
                value += text[place]
                place += 2 if text[place] == '"' else 1
            place += 1
        else:
            while place < end and text[place] not in ",\n":
                value += text[place]
                place += 1
        rows[-1].append((value, is_quoted))
        if place < end and text[place] == "\n":
            rows.append([])
        place += 1
    return rows[:-1]


@given(st.lists(st.one_of(st.none(), TEXTS), max_size=6))
def test_data_csv_gives_every_text_back_and_tells_null_from_empty(texts: list[str | None]) -> None:
    found = cells(to_csv(of(texts)).decode())[1:]
    read = [None if row[0] == ("", False) else row[0][0] for row in found]
    assert read == texts
    assert [row[1][0] for row in found] == [str(n) for n in range(len(texts))]


@given(st.lists(st.one_of(st.none(), TEXTS), max_size=6))
def test_no_cell_of_a_spreadsheet_is_computed(texts: list[str | None]) -> None:
    written = to_spreadsheet_csv(of(texts)).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(written, newline="")))[1:]
    assert len(rows) == len(texts)
    for (cell, _), text in zip(rows, texts, strict=True):
        assert not begins_a_formula(cell)
        assert cell in ((text or ""), f"'{text}")


def begins_a_formula(cell: str) -> bool:
    """Return whether a spreadsheet could compute a cell, whatever it skips at its beginning."""
    if cell[:1] in ("\t", "\r", "\n"):
        return True
    kept = [c for c in cell if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc")]
    return bool(kept) and unicodedata.normalize("NFKC", kept[0])[:1] in "=+-@\u2212"


@pytest.mark.parametrize("sign", FORMULAS)
@pytest.mark.parametrize("lead", ["", " ", "\t", "\r", "\u3000", "\u200b"])
def test_every_way_to_begin_a_formula_is_neutralised(sign: str, lead: str) -> None:
    text = f"{lead}{sign}HYPERLINK(1)"
    assert begins_a_formula(text)
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Qwen", "a=b", "7B", "'=1", "(+1)", ""])
def test_other_texts_are_left_alone(text: str) -> None:
    assert inert(text) == text


def test_numbers_are_numbers_in_a_spreadsheet() -> None:
    rows = pa.table({"text": ["-1"], "n": pa.array([-1.5])})
    figure = of(["x"])
    negative = Figure(**{**vars(figure), "rows": rows})
    assert to_spreadsheet_csv(negative) == b"\xef\xbb\xbftext,n\r\n'-1,-1.5\r\n"


def test_every_form_of_a_figure(census: Census) -> None:
    figure = census.share(by="country", frame="panel:grove")
    for name, form in EXPORTS.items():
        content, media_type, file = export(figure, name)
        assert content
        assert media_type == form.media_type
        assert file.startswith(f"share-country-{'spreadsheet-' * (name == 'csv-spreadsheet')}")
        assert figure.contract.id in file
        assert figure.release in file
        assert file.endswith(f".{form.extension}")


def test_pictures_take_the_options_of_charts(census: Census) -> None:
    figure = census.series(by="country", frame="panel:grove")
    svg, _, file = export(figure, "svg", kind="slope", width=390, scheme="dark")
    assert b'width="390"' in svg
    assert "-slope-" in file
    small, large = (export(figure, "png", scale=s)[0] for s in (1, 2))
    assert len(small) < len(large)


def test_what_cannot_be_exported_is_refused(census: Census) -> None:
    figure = census.share(by="country", frame="panel:grove")
    with pytest.raises(SettingsError, match="no format 'xls'"):
        get_export("xls")
    with pytest.raises(SettingsError, match="takes no 'kind'") as refused:
        export(figure, "csv", kind="bars")
    assert "svg, png, pdf" in refused.value.next_step
    with pytest.raises(ContractError):
        export(figure, "svg", kind="matrix")


def test_a_file_name_holds_nothing_that_a_path_could_obey() -> None:
    figure = of(["x"])
    hostile = Figure(**{**vars(figure), "release": "../../etc/x y", "is_simulated": True})
    name = export(hostile, "csv")[2]
    assert "/" not in name
    assert " " not in name
    assert name.endswith("-simulated.csv")
