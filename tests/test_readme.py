"""The example that the README opens with is what the commands print on the built-in data."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import pyexplain as px
from pyexplain.cli.demo import DEMO_SETTINGS
from pyexplain.recommenders.options import RunOptions

from .cli.conftest import good

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"-?\d+\.\d+")
NEAR = 0.05  # scores come out a little different on other processors


def example() -> list[tuple[str, list[str]]]:
    """Commands of the first block, and the lines that follow each; "..." stands for the rest."""
    block = README.split("```")[1]
    parts = re.split(r"^\$ (.*)$", block, flags=re.MULTILINE)[1:]
    return [(command, output.strip("\n").splitlines()) for command, output in zip(parts[::2], parts[1::2], strict=True)]


@pytest.fixture(scope="module")
def demo(built_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pyexplain demo` makes, as far as the example needs it."""
    folder = tmp_path_factory.mktemp("readme")
    px.train(built_in, explainer="cnr", options=RunOptions(threads=1), settings=DEMO_SETTINGS).save(folder / "run")
    return folder


@pytest.mark.xdist_group("readme")
@pytest.mark.parametrize(("command", "shown"), example(), ids=lambda value: value.split()[1] if isinstance(value, str) else "")
def test_the_opening_example_is_what_is_printed(demo: Path, command: str, shown: list[str]) -> None:
    words = shlex.split(command, comments=True)[1:]
    printed = [line.rstrip() for line in good(*(w.replace("demo/", f"{demo}/") for w in words)).stdout.strip("\n").splitlines()]
    if shown[-1].strip() == "...":
        shown, printed = shown[:-1], printed[: len(shown) - 1]
    told = "\n".join(printed)
    assert [NUMBER.sub("#", line).split() for line in shown] == [NUMBER.sub("#", line).split() for line in printed], told
    for ours, theirs in zip(shown, printed, strict=True):
        assert [float(n) for n in NUMBER.findall(ours)] == pytest.approx([float(n) for n in NUMBER.findall(theirs)], abs=NEAR), told
