"""The worked examples run, and find what they say."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from pyexplain.data.store import save_dataset

from ..warm import warm
from ..worlds import small_world

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("examples") / "data"
    save_dataset(small_world(), path)
    return path


def run(name: str, dataset: Path) -> str:
    """In a process of its own, as a person would: scikit-learn brings an OpenMP runtime of its own along."""
    found = warm().run(EXAMPLES / f"{name}.py", dataset)
    assert found.returncode == 0, found.stderr
    return found.stdout


def test_own_torch_model(dataset: Path) -> None:
    said = run("own_torch_model", dataset)
    assert "gradients           ok" in said
    assert "ranks above" in said
    for name in ("cnr", "black-box"):
        (share,) = re.findall(rf"{name} +flips ([0-9.]+)%", said)
        assert float(share) > 80
    assert int(re.findall(r"median (\d+) questions", said)[0]) < 100


def test_black_box(dataset: Path) -> None:
    if not importlib.util.find_spec("sklearn"):
        pytest.skip("scikit-learn is not installed")
    said = run("black_box", dataset)
    assert "none; explainers that ask for scores alone fit" in said
    assert float(re.findall(r"([0-9.]+)% of", said)[-1]) > 50


def test_an_example_without_a_data_set_says_how_to_make_one() -> None:
    found = warm().run(EXAMPLES / "own_torch_model.py")
    assert found.returncode == 1
    assert "pyexplain data demo" in found.stderr


def test_the_model_is_written_in_twenty_lines() -> None:
    lines = (EXAMPLES / "own_torch_model.py").read_text().split("class MyModel")[1].split("def fit")[0].splitlines()
    assert sum(bool(line.strip()) for line in lines) <= 20
