"""`train` where no method is named."""

from __future__ import annotations

from pathlib import Path

import pytest

import pyexplain as px
from pyexplain.api import default_explainer
from pyexplain.registry import Registry, load_registry

from ..worlds import small_world
from .conftest import good, run


def test_it_is_hybrid_on_the_command_line_and_in_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    px.data.save_dataset(small_world(), tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    good("train", "--dataset", tmp_path / "data", "--epochs", 1, "--set", "dim=8")
    assert px.load_run(tmp_path / "runs" / "hybrid-data-0").explainer().name == "hybrid"
    assert px.train(small_world(), epochs=1, dim=8).method == "hybrid"
    assert default_explainer(load_registry(strict=True)) == "hybrid"


def test_two_methods_are_refused_and_so_is_none_where_none_is_marked() -> None:
    done = run("train", "--explainer", "cnr", "--baseline", "vbpr")
    assert done.exit_code == 2
    assert "not both" in done.output
    with pytest.raises(px.UsageError, match="name an explainer or a baseline"):
        px.train(small_world(), registry=Registry((), ()))
