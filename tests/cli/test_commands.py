"""The command line: the same names as the registry, data on stdout, words on stderr, exit codes."""

from __future__ import annotations

import csv
import io
import json
import resource
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import typer

from modelcensus.cli.main import app, main
from modelcensus.contracts.registry import MEASURES
from modelcensus.errors import CensusError
from modelcensus.measures.census import Census
from modelcensus.snapshots.store import Store

QUESTIONS = {
    "share": (("CN", "US"), {"by": "country"}),
    "rank": ((), {"by": "family"}),
    "series": (("Qwen",), {"by": "namespace", "period": "2025-01..2025-09"}),
    "totals": ((), {"frame": "panel:osir-modelscope", "metric": "downloads_all_time"}),
    "crossover": (("Qwen", "meta-llama"), {"by": "namespace"}),
}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a command line in this process; return exit code, stdout and stderr."""
    try:
        code = main(list(arguments))
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(bool(stop.code))
    out = capsys.readouterr()
    return code, out.out, out.err


def test_every_measure_is_a_command_with_the_registry_s_options() -> None:
    group = typer.main.get_command(app)
    for name, measure in MEASURES.items():
        names = {p.name for p in group.commands[name].params}  # type: ignore[attr-defined]
        own = {"preset", "store", "release", "engine", "format", "output", "quiet"}
        own |= {"registers"} if name == "influence" else set()
        own |= {"chart", "width", "scheme"}
        subjects = {"subjects"} if measure.subjects[1] else set()
        assert names - {"help"} == {*measure.parameters, *own, *subjects}


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_face_gives_the_same_figure(
    capsys: pytest.CaptureFixture[str], sample_store: Store, sample_census: Census, name: str
) -> None:
    subjects, values = QUESTIONS[name]
    options = [f"--{key}={value}" for key, value in values.items()]
    where = ["--store", str(sample_store.path)]
    code, out, _ = run(capsys, name, *subjects, *options, *where, "--format", "json")
    figure = getattr(sample_census, name)(*subjects, **values)
    assert code == 0
    assert json.loads(out) == json.loads(figure.to_json())
    _, defined, words = run(capsys, "define", name, *subjects, *options)
    assert json.loads(defined)["measure"] == name
    assert "definition" in words


def test_data_go_to_stdout_and_words_to_stderr(
    capsys: pytest.CaptureFixture[str], sample_store: Store, tmp_path: Path
) -> None:
    where = ["--store", str(sample_store.path)]
    code, out, err = run(capsys, "share", "CN", "US", *where, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (code, [r["group"] for r in rows]) == (0, ["CN", "US", "unknown"])
    assert err.startswith("On 2025-09-07")
    _, plain, quiet = run(capsys, "share", "CN", "US", *where, "--quiet")
    assert plain.splitlines()[0].split("\t")[0] == "group"
    assert quiet == ""
    target = tmp_path / "figure.parquet"
    code, out, _ = run(capsys, "share", *where, "--format", "parquet", "-o", str(target))
    assert (code, out) == (0, "")
    assert pq.read_table(target)["group"].to_pylist()[0] == "US"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["share", "Chn"], 6, "did you mean CN?"),
        (["share", "--by", "contry"], 2, "one of: country"),
        (["share", "--period", "2025-13"], 2, "is not a period"),
        (["share", "--frame", "panel:osirr"], 6, "did you mean panel:osir"),
        (["share", "--period", "2025-01..2025-09"], 2, "overlap"),
        (["share", "--lens", "base"], 2, "lineage"),
        (["share", "--format", "xls"], 2, "one of: table, json"),
        (["share", "--release", "nothing"], 6, "no release named"),
        (["share", "--engine", "abacus"], 2, "use duckdb"),
        (["crossover", "Qwen"], 2, "takes 2 groups"),
        (["status", "accept", "abc", "--why", "x"], 6, "no blocking incident"),
        (["registers", "show", "nothing"], 6, "no register named"),
        (["import", "osirr", "x"], 6, "did you mean osir"),
        (["import", "osir"], 2, "needs a file or folder"),
        (["import", "osir", "x", "--option", "a"], 2, "is not NAME=VALUE"),
    ],
)
def test_bad_input_has_its_exit_code_and_says_what_next(
    capsys: pytest.CaptureFixture[str],
    sample_store: Store,
    arguments: list[str],
    code: int,
    told: str,
) -> None:
    where = [] if arguments[:2] == ["registers", "show"] else ["--store", str(sample_store.path)]
    found, out, err = run(capsys, *arguments, *where)
    assert (found, out) == (code, "")
    assert told in " ".join(err.split())
    assert "Traceback" not in err


def test_an_unknown_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "shar")
    assert code == 2
    assert "share" in err


def test_an_empty_store_says_what_to_do(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    where = ["--store", str(tmp_path / "new")]
    for arguments in (["share"], ["build"], ["registers", "agreement"]):
        code, _, err = run(capsys, *arguments, *where)
        assert code == 1
        assert "next:" in err
    code, out, _ = run(capsys, "status", "--json", *where)
    assert (code, json.loads(out)["frames"]) == (0, [])
    code, out, _ = run(capsys, "doctor", *where)
    assert (code, "none yet" in out) == (0, True)


def test_status_registers_and_doctor_on_the_sample(
    capsys: pytest.CaptureFixture[str], sample_store: Store
) -> None:
    where = ["--store", str(sample_store.path)]
    code, out, _ = run(capsys, "status", *where)
    assert (code, "panel:osir" in out, "dated" in out) == (0, True, True)
    frames = json.loads(run(capsys, "status", "--json", *where)[1])["frames"]
    assert {f["frame"]: f["state"] for f in frames}["panel:osir"] == "dated"
    code, out, _ = run(capsys, "registers", "check", *where)
    assert (code, "namespaces" in out) == (0, True)
    code, out, _ = run(capsys, "registers", "agreement", *where)
    assert (code, "atom: 112 of 118 agree" in out) == (0, True)
    assert run(capsys, "registers", "agreement", "--json", *where)[0] == 0
    code, out, _ = run(capsys, "registers", "show", "namespaces", "sentence-transformers")
    assert {json.loads(line)["developer"] for line in out.splitlines()} == {
        "ukp-lab",
        "hugging-face",
    }
    code, out, _ = run(capsys, "doctor", *where)
    assert (code, "engine" in out) == (0, True)


def test_the_article_goes_through_every_statement(
    capsys: pytest.CaptureFixture[str], sample_store: Store
) -> None:
    where = ["--store", str(sample_store.path)]
    code, out, _ = run(capsys, "article", "--json", *where)
    statements = {s["statement"]: s for s in json.loads(out)}
    assert code == 0
    assert list(statements) == list("abcdefghijklmno")
    assert {k for k, s in statements.items() if s["status"] == "computed"} == set("defhjn")
    shares = statements["f"]["answers"][0]["figure"]["rows"]
    assert [round(100 * row["share_of_all"], 2) for row in shares[:2]] == [18.87, 59.94]
    assert len(statements["f"]["published"]) >= 6
    assert statements["g"]["status"] == "traced"
    code, out, _ = run(capsys, "article", *where)
    # records that were found stand for what no figure and no claim answers
    assert (code, out.count("not knowable from these sources")) == (0, 0)
    assert {k for k, s in statements.items() if s["records"]} == set("abcikmn")
    assert "reversed 2026-04-27" in " ".join(out.split())


def test_importing_and_building_from_the_command_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table = tmp_path / "mine.csv"
    table.write_text("id,date,downloads\nalder/ash,2031-01-05,10\nbirch/bay,2031-01-05,5\n")
    where = ["--store", str(tmp_path / "store")]
    options = ["--option", "frame=panel:mine"]
    code, _, err = run(capsys, "import", "observations", str(table), *options, *where)
    assert (code, "2 rows" in err) == (0, True)
    _, _, again = run(capsys, "import", "observations", str(table), *options, *where)
    assert "already imported: nothing changed" in again
    code, name, _ = run(capsys, "build", *where)
    assert (code, name.startswith("2031-01-05-")) == (0, True)
    code, _, err = run(capsys, "build", *where)
    assert (code, "already built" in err) == (0, True)
    code, out, _ = run(capsys, "share", "--by", "namespace", *where)
    assert (code, out.splitlines()[1].split("\t")[:3]) == (0, ["alder", "alder", "10"])


def test_help_starts_fast_and_loads_no_engine() -> None:
    command = [
        sys.executable,
        "-c",
        "import sys; from modelcensus.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'ibis','duckdb','pandas','pyarrow'} & set(sys.modules)))",
    ]
    best = 9.0
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(best, spent)
    assert done.stdout.splitlines()[-1] == "[]"
    # Processor seconds: beside other tests the wall clock says nothing. Start-up is all
    # computing, so on a free processor this is how long a person waits.
    assert best < 0.5


def test_every_error_class_has_an_exit_code_of_the_table() -> None:
    def classes(root: type[CensusError]) -> list[type[CensusError]]:
        return [root, *(c for sub in root.__subclasses__() for c in classes(sub))]

    found = classes(CensusError)
    assert len(found) <= 25
    assert {c.exit_code for c in found} <= {1, 2, 3, 4, 5, 6, 7}
