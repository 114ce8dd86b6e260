"""Changes between two releases: planted changes of all kinds are found, and the parts add up."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import census_command as census_command  # the fixture
from tests.worlds import Rows, import_counts, write_overlay

from modelcensus.catalogue import attribution
from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure
from modelcensus.contracts.registry import MEASURES
from modelcensus.errors import ContractError, StoreError
from modelcensus.measures.census import Census
from modelcensus.measures.changes import DATA, DEFINITION, ROW, changes_between
from modelcensus.measures.headline import headline_values
from modelcensus.releases import build
from modelcensus.releases.build import build_release
from modelcensus.releases.release import open_release
from modelcensus.releases.unwritten import inputs_of, stored_registers, unwritten_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from modelcensus.version import VERSION

FRAME = "panel:quarry"
LABELS = ("2031-01-05", "2031-02-05")
COUNTS = {
    "quarryhill/slate": (100, 150),
    "mossbank/fern": (100, 100),
    "wildfell/thing": (50, 50),
    "copyist/slate-gguf": (30, 30),
}


def developer(slug: str, country: str) -> dict[str, str]:
    row = {"developer": slug, "name": slug.title(), "country": country}
    return row | {"developer_type": "industry"}


def namespace(account: str, owner: str, role: str = "official", **more: str) -> dict[str, str]:
    row = {"hub": "huggingface", "namespace": account, "developer": owner, "role": role}
    return row | more


def rows_before() -> Rows:
    return {
        "developers": [developer("quarryhill-lab", "IS"), developer("mossbank-house", "PT")],
        "namespaces": [
            namespace("quarryhill", "quarryhill-lab"),
            namespace("mossbank", "mossbank-house"),
            namespace("copyist", "mossbank-house", "redistributor"),
        ],
    }


def rows_after() -> Rows:
    """Return other registers: one developer moved, and an account that somebody stands behind."""
    rows = rows_before()
    rows["developers"][1] = developer("mossbank-house", "IS")
    rows["developers"].append(developer("wildfell-works", "PT"))
    rows["namespaces"].append(namespace("wildfell", "wildfell-works"))
    return rows


def add(store: Store, folder: Path, place: int, counts: dict[str, Any] = COUNTS) -> None:
    import_counts(
        store,
        folder / f"inputs-{place}",
        FRAME,
        LABELS[place : place + 1],
        {name: values[place : place + 1] for name, values in counts.items()},
    )


def built(store: Store, folder: Path, rows: Rows, settings: Settings | None = None) -> str:
    overlay = write_overlay(folder, rows)
    return build_release(store, settings or Settings(), overlays=[overlay]).name


def share(*subjects: str, **values: str) -> Contract:
    return MEASURES["share"].contract(subjects=subjects, frame=FRAME, **values)


def changed(
    store: Store, before: str, after: str, now: Contract, was: Contract | None = None
) -> Figure:
    with Census(open_release(store, before)) as old, Census(open_release(store, after)) as new:
        return changes_between(store, (old.release, new.release), (was or now, now))


@pytest.fixture(scope="module")
def quarry(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, str, str]:
    """A store with two releases between which data and registers changed."""
    folder = tmp_path_factory.mktemp("quarry")
    store = Store(folder / "store")
    add(store, folder, 0)
    before = built(store, folder / "before", rows_before())
    add(store, folder, 1)
    return store, before, built(store, folder / "after", rows_after())


def parts_of(figure: Figure, group: str) -> list[tuple[str, float]]:
    return [(r["part"], round(r["change"], 9)) for r in figure if r["group"] == group]


def test_planted_changes_of_all_kinds_are_told_apart(quarry: tuple[Store, str, str]) -> None:
    """IS: attributed 100 of 200, of all 100 of 280; then 150 of 330; then 250 of 330.

    PT: attributed 100 of 200; 100 of 280; 100 of 330; none when mossbank moved; 50 when wildfell
    is somebody's. The copyist's 30 stay unknown under the lens of developers.
    """
    store, before, after = quarry
    figure = changed(
        store, before, after, share("IS", "PT"), share("IS", "PT", denominator="attributed")
    )
    assert [(r["part"], r["what"].split(":")[0]) for r in figure if r["group"] == "IS"] == [
        (DEFINITION, "denominator attributed -> all"),
        (DATA, "1 snapshot(s) more"),
        (ROW, "developers"),
        (ROW, "developers"),
        (ROW, "namespaces"),
    ]
    told = [r["what"] for r in figure if r["group"] == "IS"][2:]
    assert "developers:mossbank-house:: country PT -> IS" in told[0]
    assert told[1:] == [
        "developers:wildfell-works: added",
        "namespaces:huggingface:wildfell: added",
    ]
    assert parts_of(figure, "IS") == [
        (DEFINITION, round(100 / 280 - 0.5, 9)),
        (DATA, round(150 / 330 - 100 / 280, 9)),
        (ROW, round(100 / 330, 9)),
        (ROW, 0.0),
        (ROW, 0.0),
    ]
    assert parts_of(figure, "PT") == [
        (DEFINITION, round(100 / 280 - 0.5, 9)),
        (DATA, round(100 / 330 - 100 / 280, 9)),
        (ROW, round(-100 / 330, 9)),
        (ROW, 0.0),
        (ROW, round(50 / 330, 9)),
    ]
    total = next(t for t in figure.details["totals"] if t["group"] == "IS")
    assert total["before"] == 0.5
    assert total["after"] == 250 / 330
    assert figure.bounds["largest_remainder"] < 1e-15
    for text in (before, after, "50.00 %", "75.76 %", "points by register row"):
        assert text in figure.finding
    assert figure.release == f"{before} to {after}"
    assert figure.contract.measure == "changes"


def test_the_other_order_is_stated_as_what_the_split_hangs_on(
    quarry: tuple[Store, str, str],
) -> None:
    """With the registers first mossbank's 100 move within 280, and wildfell's 50 too."""
    store, before, after = quarry
    figure = changed(store, before, after, share("IS", "PT"))
    other = figure.sensitivity["register_rows_first"]
    assert other["register rows"]["IS"] == pytest.approx(100 / 280)
    assert other["register rows"]["PT"] == pytest.approx(-50 / 280)
    assert other["new data"]["IS"] == pytest.approx(250 / 330 - 200 / 280)


def test_every_step_is_what_a_release_of_that_state_gives(
    quarry: tuple[Store, str, str], tmp_path: Path
) -> None:
    """The counterfactual is no estimate: a store built in that state has the same shares."""
    store, before, after = quarry
    figure = changed(store, before, after, share("IS", "PT"))
    real = Store(tmp_path / "real")
    add(real, tmp_path, 0)
    add(real, tmp_path, 1)
    name = built(real, tmp_path / "overlay", rows_before())
    with Census(open_release(real, name)) as census:
        shares = headline_values(census.release, share("IS", "PT"))
    after_data = {r["group"]: r["after"] for r in figure if r["part"] == DATA}
    assert after_data == shares


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.long) for n in (1, 2, 3))])
def test_the_parts_add_up_to_the_whole_difference(tmp_path: Path, seed: int) -> None:
    """Random counts and owners: no remainder, and each step begins where the last one ended."""
    draw = random.Random(seed)  # noqa: S311  # the same draws each time
    accounts = [f"account-{i}" for i in range(6)]
    counts = {f"{a}/model": (draw.randrange(1, 1000), draw.randrange(1, 1000)) for a in accounts}

    def rows() -> Rows:
        owners = [developer(f"owner-{i}", draw.choice(["IS", "PT", "UY"])) for i in range(4)]
        owned = [
            namespace(a, f"owner-{draw.randrange(4)}") for a in accounts if draw.random() < 0.8
        ]
        return {"developers": owners, "namespaces": owned}

    store = Store(tmp_path / "store")
    add(store, tmp_path, 0, counts)
    before = built(store, tmp_path / "before", rows())
    if seed % 2:
        add(store, tmp_path, 1, counts)
    after = built(store, tmp_path / "after", rows())
    figure = changed(store, before, after, MEASURES["rank"].contract(by="country", frame=FRAME))
    assert figure.bounds["largest_remainder"] == 0  # counts are whole: exact
    ends: dict[str, float | None] = {}
    for row in figure:
        if row["group"] in ends:
            assert row["before"] == ends[row["group"]]
        ends[row["group"]] = row["after"]
    with Census(open_release(store, after)) as census:
        last = census.rank(by="country", frame=FRAME)
    # a group that no model is in any more has no row
    assert {r["group"]: r["value"] for r in last} == {g: v for g, v in ends.items() if v}


def test_another_tool_and_other_settings_are_changed_definitions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The earlier tool gave redistributors what they copy: 130 of 280."""
    store = Store(tmp_path / "store")
    add(store, tmp_path, 0)
    with monkeypatch.context() as older:
        plain = attribution.attribute_developers

        def with_copies(models: Any, ownership: Any) -> Any:
            return plain(models, ownership.mutate(role=ownership.role.replace("redist", "x")))

        older.setattr(attribution, "attribute_developers", with_copies)
        older.setattr(build, "VERSION", "0.0.1")
        before = built(store, tmp_path / "overlay", rows_before())
    after = built(store, tmp_path / "overlay", rows_before(), Settings(spike_factor=20))
    figure = changed(store, before, after, share("IS", "PT"))
    ((part, change),) = parts_of(figure, "PT")
    assert part == DEFINITION
    assert change == round(100 / 280 - 130 / 280, 9)
    (told,) = {r["what"] for r in figure}
    assert told == f"tool 0.0.1 -> {VERSION}, spike_factor 10 -> 20"
    assert "why_none" in figure.sensitivity
    assert figure.coverage["tool_before"] == "0.0.1"


def test_a_later_release_of_another_tool_ends_in_a_changed_definition(
    quarry: tuple[Store, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "store")
    shutil.copytree(quarry[0].path, store.path)
    with monkeypatch.context() as other:
        other.setattr(build, "VERSION", "9.9.9")
        last = built(store, tmp_path / "overlay", rows_after())
    figure = changed(store, quarry[1], last, share("IS", "PT"))
    steps = [(r["part"], r["what"]) for r in figure if r["group"] == "IS"]
    assert steps[-1] == (DEFINITION, f"tool {VERSION} -> 9.9.9, at the later release")
    assert parts_of(figure, "IS")[-1] == (DEFINITION, 0.0)
    assert figure.bounds["largest_remainder"] < 1e-15


def test_nothing_changed_is_no_step(quarry: tuple[Store, str, str]) -> None:
    store, _, after = quarry
    figure = changed(store, after, after, share("IS"))
    assert figure.records() == []
    assert figure.details["totals"][0]["change"] == 0
    assert "+0.00 points" in figure.finding


def test_an_account_that_changes_hands_is_one_step(tmp_path: Path) -> None:
    """One undated row becomes two dated ones; either state between would own the account twice."""
    store = Store(tmp_path / "store")
    add(store, tmp_path, 0)
    before = built(store, tmp_path / "before", rows_before())
    rows = rows_before()
    rows["namespaces"][0] = namespace("quarryhill", "quarryhill-lab", valid_to="2030-01-01")
    rows["namespaces"].append(namespace("quarryhill", "mossbank-house", valid_from="2030-01-01"))
    after = built(store, tmp_path / "after", rows)
    figure = changed(store, before, after, share("IS", "PT"))
    assert len({r["step"] for r in figure}) == 1
    assert parts_of(figure, "PT") == [(ROW, round(100 / 280, 9))]


def test_a_missing_snapshot_is_named(quarry: tuple[Store, str, str], tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    shutil.copytree(quarry[0].path, store.path)
    for folder in store.snapshots_path.rglob("2031-02-05--*"):
        shutil.rmtree(folder)
    with pytest.raises(StoreError) as caught:
        changed(store, quarry[1], quarry[2], share("IS"))
    assert quarry[2] in caught.value.what
    assert "import it again" in caught.value.next_step


def test_measures_without_numbers_of_groups_are_refused(quarry: tuple[Store, str, str]) -> None:
    contract = MEASURES["spread"].contract(subjects=("IS", "PT"), frame=FRAME)
    with pytest.raises(ContractError, match="holds no numbers") as caught:
        changed(*quarry, contract)
    assert caught.value.next_step


def test_an_unwritten_release_is_the_written_one(quarry: tuple[Store, str, str]) -> None:
    """Every table but incidents has the same rows, and nothing is left in the store."""
    store, before, after = quarry
    held = sorted(p for p in store.path.rglob("*"))
    for name in (before, after):  # the earlier one's snapshots are keyed apart
        with Census(open_release(store, name)) as census:
            written = census.release
            inputs = inputs_of(store, written)
            assert stored_registers(written).versions == inputs.registers.versions
            with unwritten_release(inputs) as found:
                assert found.name == written.name
                assert found.frames == written.frames
                tables = ["models", "names", "attribution", "families", "groups", "rollups"]
                for table in [*tables, "facts", "edges", "registers/developers", "snapshots"]:
                    one, other = found.table(table), written.table(table)
                    columns = sorted(set(one.columns) & set(other.columns))
                    assert set(other.columns) - set(columns) <= {"rows"}
                    plain = [c for c in columns if not one[c].type().is_nested()]
                    left = found.fetch(one.select(plain).order_by(plain)).to_pylist()
                    assert left == written.fetch(other.select(plain).order_by(plain)).to_pylist()
    left_over = sorted(p for p in store.path.rglob("*") if p.name != ".lock")
    assert [p for p in left_over if p not in held] == []


def test_the_command_gives_the_figure(
    quarry: tuple[Store, str, str], census_command: Callable[..., Any]
) -> None:
    store, before, after = quarry
    where = ["--store", str(store.path), "--frame", FRAME, "--format", "json"]
    ran = census_command("changes", "IS", "PT", "--was", "denominator=attributed", *where)
    assert ran.code == 0, ran.err
    figure = changed(
        store, before, after, share("IS", "PT"), share("IS", "PT", denominator="attributed")
    )
    assert ran.out == figure.to_json() + "\n"
    named = census_command(
        "changes", "IS", "PT", "--from", before, "--to", after, *where, "--was",
        "denominator=attributed",
    )  # fmt: skip
    assert named.out == ran.out, named.err
    for arguments, code, told in (
        (("IS", "--to", before), 1, "no release before this one"),
        (("IS", "--from", "nothing"), 6, before),
        (("IS", "--was", "denominator"), 2, "is not NAME=VALUE"),
        (("IS", "PT", "--measure", "crossover", "--by", "country"), 2, "holds no numbers"),
    ):
        ran = census_command("changes", *arguments, *where)
        assert (ran.code, told in ran.words) == (code, True), (arguments, ran.code, ran.words)
