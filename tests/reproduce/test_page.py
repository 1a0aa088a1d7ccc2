"""docs/reproduction.md names every target, shows commands that are real, and quotes the paper as the data files do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from pyexplain.cli import group
from pyexplain.reproduce.paper import read_target, target_names

PAGE = (Path(__file__).parents[2] / "docs" / "reproduction.md").read_text(encoding="utf-8")


def test_every_target_is_on_the_page() -> None:
    for name in target_names():
        number = int(name.removeprefix("table")) if name.startswith("table") else 0
        assert f"`{name}`" in PAGE or 4 <= number <= 8, name
    assert "`table4` to `table8`" in PAGE


def test_commands_on_the_page_are_real(tmp_path: Path) -> None:
    commands = re.findall(r"^    pyexplain (reproduce .+)$", re.sub(r" \\\n\s+", " ", PAGE), re.M)  # a long one goes on
    assert len(commands) >= 6
    for command in commands:
        words = command.replace("FOLDER", str(tmp_path)).replace("reproduction/", str(tmp_path / "o")).split()
        found = CliRunner().invoke(group, words)
        assert "no folder of the paper's authors here" in str(found.exception), (
            command
        )  # read to the end, stopped by the empty folder


@pytest.mark.parametrize("name", ["table3", "table4"])
def test_the_page_quotes_the_paper_as_the_data_files_do(name: str) -> None:
    target = read_target(name)
    for label, values in target.values["instrument"].items():
        row = " | ".join(f"{value:.4f}".removeprefix("0") for value in values)
        assert f"| {label}, paper | {row} |" in PAGE


def test_the_page_says_with_which_commit_and_seeds_its_figures_were_made() -> None:
    assert re.search(r"commit `[0-9a-f]{7,}`", PAGE)
    assert "seeds 0 to 4" in PAGE
