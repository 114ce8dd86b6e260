"""The decisions of docs/design that no other test holds."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from modelcensus.contracts.registry import MEASURES
from modelcensus.errors import ContractError, UnknownName
from modelcensus.files import sha256_of
from modelcensus.measures.census import Census, open_census
from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store

PANEL = "panel:osir"
LENIENT = Settings(max_reject_share=1)


@pytest.fixture(scope="module")
def census(sample_store: Path) -> Iterator[Census]:
    with open_census(sample_store) as opened:
        yield opened


def write_counts(path: Path, *rows: tuple[str, str, int]) -> Path:
    lines = ["id,date,downloads", *(f"{a},{b},{c}" for a, b, c in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def add(store: Store, path: Path, frame: str) -> None:
    import_source(store, "observations", path, {"frame": frame}, LENIENT)


def sums(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): sha256_of(p) for p in sorted(folder.rglob("*.*"))}


def test_0001_same_inputs_give_the_same_release(tmp_path: Path) -> None:
    file = write_counts(tmp_path / "a.csv", ("Qwen/a", "2025-01-01", 5), ("x/b", "2025-02-01", 7))
    built = []
    for name in ("one", "two"):
        store = Store(tmp_path / name)
        add(store, file, "panel:a")
        built.append(build_release(store, Settings()))
    assert built[0].name == built[1].name
    assert sums(built[0].path) == sums(built[1].path)
    assert not build_release(store, Settings()).is_new


def test_0003_ambiguous_frames_are_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for frame in ("panel:a", "panel:b"):
        add(store, write_counts(tmp_path / "a.csv", ("Qwen/a", "2025-01-01", 5)), frame)
    build_release(store, Settings())
    with open_census(store.path) as census:
        with pytest.raises(ContractError, match="2 frames could answer"):
            census.share()
        assert census.share(frame="panel:b").coverage["frame"] == "panel:b"


def test_0003_a_sample_answers_only_where_nothing_else_can(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    file = write_counts(tmp_path / "a.csv", ("Qwen/a", "2025-01-01", 5))
    add(store, file, "sample:a")
    build_release(store, Settings())
    with open_census(store.path) as census:
        assert census.share().coverage["frame"] == "sample:a"
    add(store, file, "panel:a")
    report = build_release(store, Settings())
    with open_census(store.path, release=report.name) as census:
        assert census.share().coverage["frame"] == "panel:a"


def test_0004_a_transfer_does_not_move_the_developer(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    before, after = "2025-09-01", "2025-12-01"
    name = "sentence-transformers/" + "all-MiniLM-L6-v2"
    add(
        store,
        write_counts(tmp_path / "a.csv", (name, before, 5), (name, after, 7)),
        "panel:a",
    )
    build_release(store, Settings())
    with open_census(store.path) as census:
        found = {
            lens: census.share(by="developer", lens=lens).records()[0]["group"]
            for lens in ("developer", "publisher")
        }
    assert found == {"developer": "ukp-lab", "publisher": "hugging-face"}


def test_0004_a_family_row_does_not_move_the_developer(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    name = "NousResearch/" + "Llama-2-7b-hf"
    add(store, write_counts(tmp_path / "a.csv", (name, "2025-01-01", 5)), "panel:a")
    build_release(store, Settings())
    with open_census(store.path) as census:
        assert census.share(by="family").records()[0]["group"] == "llama"
        assert census.share(by="developer").records()[0]["group"] == "nous-research"


def test_0005_stating_a_default_changes_no_id() -> None:
    share = MEASURES["share"]
    plain = share.contract(subjects=("CN",))
    stated = share.contract(
        subjects=("CN",), by="country", metric="downloads_30d", population="all", outliers="none"
    )
    assert plain.id == stated.id
    assert plain.stated() == {"measure": "share", "subjects": ["CN"]}
    assert share.contract(subjects=("CN",), denominator="attributed").id != plain.id


def test_0006_the_order_of_imports_does_not_matter(tmp_path: Path) -> None:
    early = write_counts(tmp_path / "a.csv", ("z/z", "2025-01-01", 5), ("b/b", "2025-01-01", 5))
    late = write_counts(tmp_path / "b.csv", ("a/a", "2025-02-01", 7), ("z/z", "2025-02-01", 9))
    built = []
    for name, files in (("one", (early, late)), ("two", (late, early))):
        store = Store(tmp_path / name)
        for file in files:
            add(store, file, "panel:a")
        built.append(build_release(store, Settings()).path)
    assert built[0].name == built[1].name
    assert sums(built[0]) == sums(built[1])


def test_0007_not_asked_is_not_none_declared(census: Census) -> None:
    with pytest.raises(ContractError, match="does not hold any licence class"):
        census.share(by="licence_class", frame=PANEL)
    declared = census.share(by="licence_class", metric="models", frame="sample:declared-radar")
    groups = [row["group"] for row in declared]
    assert "L9" in groups


def test_0008_a_negative_count_is_a_reject(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    file = write_counts(tmp_path / "a.csv", ("a/a", "2025-01-01", -29), ("b/b", "2025-01-01", 0))
    report = import_source(store, "observations", file, {"frame": "panel:a"}, LENIENT)
    assert report.rejects == {"count_not_integer": 1}
    assert report.rows == 1


def test_0009_ibis_refuses_ambiguous_joins() -> None:
    backend = ibis.duckdb.connect()
    table = backend.create_table("t", pa.table({"k": [1, 2], "v": [10, 20]}))
    left, right = table.filter(table.v > 0), table.filter(table.v < 15)
    try:
        with pytest.raises(ibis.common.exceptions.IbisInputError, match="Ambiguous"):
            left.join(right, [table.k == table.k])
        joined = left.join(right, [left.k == right.k]).select(left.k)
        assert backend.to_pyarrow(joined).to_pydict() == {"k": [1]}
    finally:
        backend.disconnect()


def test_0010_another_coding_keeps_its_own_words(census: Census) -> None:
    figure = census.share(by="country", coding="atom", frame=PANEL)
    assert {"china", "us"} <= {row["group"] for row in figure}
    assert figure.sensitivity["contested_rows"] == []
    with pytest.raises(UnknownName):
        census.share("CN", by="country", coding="atom", frame=PANEL)
    with pytest.raises(ContractError, match="only says where developers are based"):
        census.share(by="family", coding="atom", frame=PANEL)


def test_a_copy_of_a_store_answers_the_same(sample_store: Path, tmp_path: Path) -> None:
    shutil.copytree(sample_store, tmp_path / "copy")
    with open_census(sample_store) as one, open_census(tmp_path / "copy") as other:
        assert one.share("CN", "US").to_json() == other.share("CN", "US").to_json()
