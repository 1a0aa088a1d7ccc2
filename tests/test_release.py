"""The version stands in one place, and what repeats it says the same; the package says that it is typed."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pyexplain

ROOT = Path(__file__).parents[1]


def test_the_version_stands_in_one_place() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert pyexplain.__version__ == version
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for path in (ROOT / "pyexplain").rglob("*.py"):
        assert not re.search(rf"""["']{re.escape(version)}["']""", path.read_text(encoding="utf-8")), f"{path.name} repeats it"


def test_no_change_is_told_twice() -> None:
    """CHANGELOG.md is merged line by line, so that a line that was moved may come back."""
    lines = [line for line in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines() if line.startswith("* ")]
    assert [line[:80] for number, line in enumerate(lines) if line in lines[:number]] == []


def test_workflows_call_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    called = set()
    for path in [ROOT / ".ci" / "run", *(ROOT / ".github" / "workflows").glob("*.yml")]:
        called |= set(re.findall(r"^(?:\s*- run: )?make ([a-z]+)$", path.read_text(encoding="utf-8"), re.MULTILINE))
    assert {"test", "lint", "types", "docs", "long"} <= called <= targets


def test_wheels_leave_the_openmp_runtime_to_torch() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["cibuildwheel"]
    assert "--exclude libgomp.so.1" in build["linux"]["repair-wheel-command"]
    assert {name.split("-")[0] for name in build["build"]} == {"cp311", "cp312", "cp313"}


def test_the_package_is_typed() -> None:
    assert files("pyexplain").joinpath("py.typed").is_file()
