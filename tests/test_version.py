import tomllib
from pathlib import Path

from modelcensus.version import VERSION

ROOT = Path(__file__).parents[1]


def test_the_package_and_its_metadata_name_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION
