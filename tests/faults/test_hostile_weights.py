"""T18: hostile weights. All planted pickles are found, none is executed, harmless files pass."""

from __future__ import annotations

import importlib
import io
import json
import os
import pickle
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from tests.faults.hostile_weights import (
    CORRUPT,
    SOUND,
    Touch,
    disguises,
    harmless_pickles,
    payloads,
    tar_of,
    torch_zip,
)

from modelcensus.errors import LimitExceeded, SettingsError, SourceError
from modelcensus.settings import Settings
from modelcensus.testing import FaultFigures
from modelcensus.vet import files
from modelcensus.vet.file_scan import NOT_EXAMINED, OWN_CODE
from modelcensus.vet.files import FileReport, look_at_files
from modelcensus.vet.pickles import DAMAGED, DANGEROUS, NOTHING_FOUND, UNKNOWN_IMPORT

SETTINGS = Settings()


def look(folder: Path, named: dict[str, bytes], settings: Settings = SETTINGS) -> FileReport:
    folder.mkdir(exist_ok=True)
    for name, content in named.items():
        (folder / name).write_bytes(content)
    return look_at_files(folder, settings)


def states(report: FileReport) -> dict[str, set[str]]:
    """Return the states of each file, of its members together with it."""
    found: dict[str, set[str]] = {}
    for one in report.found:
        name = one.path.partition(":")[0].partition(" (")[0]
        found.setdefault(name, set()).add(one.state)
    return found


def test_every_planted_pickle_is_found_and_none_is_executed(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    planted = {f"{n:02}.bin": content for n, content in enumerate(payloads(marker).values())}
    report = look(tmp_path / "weights", planted)
    assert {name: DANGEROUS in found for name, found in states(report).items()} == dict.fromkeys(
        planted, True
    )
    assert len(report.flagged) == len(planted)
    assert not marker.exists()
    FaultFigures().record("T18", samples=len(planted), refused=len(report.flagged), executed=0)


@pytest.mark.parametrize("how", ["os.system, protocol 4", "eval, protocol 0"])
def test_no_disguise_hides_a_pickle(tmp_path: Path, how: str) -> None:
    marker = tmp_path / "marker"
    planted = disguises(payloads(marker)[how])
    if how.endswith("0"):
        # without a sign of its own at the start, only a loader's endings tell of a pickle
        for name in ("no_ending", "picture.png", "odd_member.pth", "renamed.safetensors"):
            del planted[name]
    report = look(tmp_path / "weights", planted)
    assert {name for name, found in states(report).items() if DANGEROUS in found} == set(planted)
    assert not marker.exists()


def test_the_marker_would_be_made_by_whoever_loads(tmp_path: Path) -> None:
    """The payloads are real: a Python of its own that loads one makes the marker."""
    import subprocess
    import sys

    marker, weights = tmp_path / "marker", tmp_path / "w.pkl"
    weights.write_bytes(payloads(marker)["open, protocol 4"])
    code = "import pickle, sys; pickle.load(open(sys.argv[1], 'rb'))"
    subprocess.run([sys.executable, "-I", "-c", code, str(weights)], check=True, timeout=60)
    assert marker.exists()


def test_harmless_files_pass(tmp_path: Path) -> None:
    plain = harmless_pickles()
    named = {f"{n}.bin": content for n, content in enumerate(plain.values())}
    named |= {f"{n}.pt": torch_zip(content) for n, content in enumerate(plain.values())}
    named |= SOUND
    named["config.json"] = b'{"model_type": "elm"}'
    report = look(tmp_path / "weights", named)
    assert {one.state for one in report.found} == {NOTHING_FOUND}, report.found
    assert report.flagged == ()


def test_corrupt_safetensors_are_named_with_what_is_wrong(tmp_path: Path) -> None:
    report = look(tmp_path / "weights", {name: content for name, (content, _) in CORRUPT.items()})
    why = {one.path: (one.state, one.why) for one in report.found}
    for name, (_, said) in CORRUPT.items():
        assert why[name][0] == DAMAGED
        assert said in why[name][1], (name, why[name])


def test_unknown_imports_are_named_and_not_called_harmless(tmp_path: Path) -> None:
    content = pickle.dumps(Touch(json.loads, "{}"), protocol=4)
    (one,) = look(tmp_path / "weights", {"a.pkl": content}).found
    assert one.state == UNKNOWN_IMPORT
    assert "json.loads" in one.why


@pytest.mark.parametrize("function", [importlib.import_module, io.open_code])
def test_imports_that_the_scanner_does_not_list_are_found_too(
    tmp_path: Path, function: object
) -> None:
    content = pickle.dumps(Touch(function, "elm"), protocol=4)
    (one,) = look(tmp_path / "weights", {"a.pkl": content}).found
    assert one.state == DANGEROUS


def test_code_of_the_models_own_is_named(tmp_path: Path) -> None:
    named = {
        "config.json": b'{"auto_map": {"AutoModel": "modeling.Model"}}',
        "modeling.py": b"raise SystemExit\n",
        "weights.7z": b"7z\xbc\xaf\x27\x1c" + b"\x00" * 50,
    }
    found = {one.path: one.state for one in look(tmp_path / "weights", named).found}
    assert found == {
        "config.json": OWN_CODE,
        "modeling.py": OWN_CODE,
        "weights.7z": NOT_EXAMINED,
    }


def bomb(size: int, name: str = "data.pkl") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(name, b"\x80\x04" + b"\x00" * size)
    return out.getvalue()


def matryoshka(depth: int) -> bytes:
    content = torch_zip(b"\x80\x04N.")
    for _ in range(depth):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("inner.zip", content)
        content = out.getvalue()
    return content


def test_bombs_are_not_unpacked(tmp_path: Path) -> None:
    small = replace(SETTINGS, member_bytes=1_000_000)
    size = 50_000_000
    named = {
        "bomb.pt": bomb(size),
        "deep.zip": matryoshka(8),
        "packed.pkl.gz": __import__("gzip").compress(b"\x80\x04" + b"\x00" * size, mtime=0),
        "large.tar": tar_of("pickle", b"\x80\x04" + b"\x00" * 1_500_000),
    }
    report = look(tmp_path / "weights", named, small)
    said = {one.path.partition(":")[0]: (one.state, one.why) for one in report.found}
    assert said["bomb.pt"] == (NOT_EXAMINED, "unpacked it is larger than 1,000,000 bytes")
    assert said["packed.pkl.gz"] == said["bomb.pt"]
    assert said["large.tar"] == said["bomb.pt"]
    assert said["deep.zip"] == (NOT_EXAMINED, "an archive nested too deeply")


def test_too_many_files_stop_the_look(tmp_path: Path) -> None:
    named = {f"{n}.bin": b"" for n in range(12)}
    with pytest.raises(LimitExceeded, match="more than 10 files") as caught:
        look(tmp_path / "weights", named, replace(SETTINGS, scan_files=10))
    assert "CENSUS_SCAN_FILES" in caught.value.next_step
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for n in range(50):
            archive.writestr(f"{n}.pkl", b"N.")
    with pytest.raises(LimitExceeded, match="more than 10 files"):
        look(tmp_path / "other", {"a.zip": out.getvalue()}, replace(SETTINGS, scan_files=10))


def test_a_length_of_exabytes_hides_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    length = b"\x8e" + (1 << 60).to_bytes(8, "little") + b"x"
    call = payloads(marker)["eval, protocol 4"][:-1]
    named = {"a.pkl": b"\x80\x04" + length, "b.pkl": call + length, "c.pkl": b"\x80\x04N."}
    found = {one.path: one.state for one in look(tmp_path / "weights", named).found}
    assert found == {"a.pkl": NOT_EXAMINED, "b.pkl": DANGEROUS, "c.pkl": NOTHING_FOUND}
    assert not marker.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.pt", torch_zip(b"\x80\x04N.")[:60]),
        ("empty.bin", b""),
        ("noise.bin", bytes(range(256)) * 4),
        ("cut.pkl.gz", b"\x1f\x8b\x08\x00 cut"),
        ("cut.npy", b"\x93NUMPY\x01\x00\x10\x00 cut"),
        ("config.json", b"{"),
    ],
)
def test_damaged_files_are_called_so(tmp_path: Path, name: str, content: bytes) -> None:
    report = look(tmp_path / "weights", {name: content})
    assert {one.state for one in report.found} == {DAMAGED}, report.found


def test_links_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.pkl").write_bytes(b"\x80\x04N.")
    (folder / "link.pkl").symlink_to(outside / "a.pkl")
    (folder / "folder").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    found = {one.path: (one.state, one.why) for one in look_at_files(folder, SETTINGS).found}
    said = (NOT_EXAMINED, "a link, which is not followed")
    assert found == {"folder": said, "link.pkl": said, "loop": said}


def test_names_cannot_forge_what_is_printed(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    raw = os.fsencode(str(folder)) + b"/a\xff\x1b[31m.pkl"
    Path(os.fsdecode(raw)).write_bytes(payloads(tmp_path / "m")["eval, protocol 4"])
    (one,) = look_at_files(folder, SETTINGS).found
    assert one.state == DANGEROUS
    assert json.loads(json.dumps(one.path)) == one.path
    assert one.path.startswith("a\\xff")


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        look_at_files(tmp_path / "nowhere", SETTINGS)
    assert look_at_files(tmp_path, SETTINGS).found == ()


def test_without_picklescan_the_message_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match="picklescan") as caught:
        look_at_files(tmp_path, SETTINGS)
    assert "modelcensus[vet]" in caught.value.next_step


def test_a_look_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"N.")
    with pytest.raises(LimitExceeded, match="seconds"):
        look_at_files(tmp_path, replace(SETTINGS, reader_seconds=0.01))
