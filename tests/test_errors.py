"""The error tree: its drawing is true, every class has an exit code and keeps its fields."""

from __future__ import annotations

import pytest

from modelcensus import errors
from modelcensus.errors import CensusError


def tree(root: type[CensusError] = CensusError, depth: int = 0) -> list[tuple[int, str, int]]:
    """Return (depth, name, exit code) of this package's own errors, in order of definition."""
    own = [c for c in root.__subclasses__() if c.__module__ == errors.__name__]
    return [
        (depth, root.__name__, root.exit_code),
        *(line for sub in own for line in tree(sub, depth + 1)),
    ]


def test_the_drawing_is_the_tree() -> None:
    drawn = []
    for line in (errors.__doc__ or "").splitlines():
        words = line.split()
        if line.startswith("    ") and words[1].isdigit():
            depth = (len(line) - len(line.lstrip()) - 4) // 2
            drawn.append((depth, words[0], int(words[1])))
    assert sorted(drawn) == sorted(tree())
    assert drawn[0] == (0, "CensusError", 1)


def test_there_are_few_classes() -> None:
    assert len(tree()) <= 25


def test_the_three_parts_stand_on_lines_of_their_own() -> None:
    error = CensusError("it broke", where="file.csv, line 3", next_step="mend it")
    assert str(error) == "it broke\n  where: file.csv, line 3\n  next:  mend it"
    assert str(CensusError("it broke")) == "it broke"
    assert error.args == ("it broke",)


@pytest.mark.parametrize(
    ("error", "fields", "code", "words"),
    [
        (errors.SchemaChanged("id", "gone", where="x"), {"field": "id"}, 3, "gone"),
        (
            errors.HubUnavailable("no answer", status=503, wait_s=2.5),
            {"status": 503, "wait_s": 2.5},
            3,
            "no answer",
        ),
        (errors.RateLimited(61.4), {"reset_s": 61.4}, 3, "for 61 s"),
        (
            errors.ChecksumMismatch("a.parquet", "e" * 64, "f" * 64),
            {"path": "a.parquet", "expected": "e" * 64, "found": "f" * 64},
            3,
            f"a.parquet (expected sha256 {'e' * 12}, found {'f' * 12})",
        ),
        (errors.IncompleteSnapshot("cut short", rows=7), {"rows": 7}, 3, "cut short"),
        (
            errors.RegisterError("x.csv", 4, "a wrong cell"),
            {"file": "x.csv", "line": 4, "reason": "a wrong cell"},
            1,
            "census registers check",
        ),
        (
            errors.RegisterError("x.csv", 4, "a wrong cell", next_step="do this"),
            {"line": 4},
            1,
            "next:  do this",
        ),
        (errors.TooManyRejects("many", reasons={"bad_id": 3}), {"reasons": {"bad_id": 3}}, 4, "m"),
        (errors.CoverageError("little"), {}, 4, "little"),
        (errors.ContractError("no"), {}, 2, "no"),
        (errors.SettingsError("no"), {}, 2, "no"),
        (errors.LimitExceeded("long"), {}, 5, "long"),
        (
            errors.UnknownName("frame", "hb", ("hub",), where="r"),
            {"kind": "frame", "name": "hb", "nearest": ["hub"]},
            6,
            "did you mean hub?",
        ),
        (errors.UnknownName("frame", "x", ()), {"nearest": [], "next_step": ""}, 6, "named 'x'"),
    ],
)
def test_errors_carry_their_fields(
    error: CensusError, fields: dict[str, object], code: int, words: str
) -> None:
    assert {name: getattr(error, name) for name in fields} == fields
    assert error.exit_code == code
    assert words in str(error)
