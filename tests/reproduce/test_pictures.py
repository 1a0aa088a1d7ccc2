"""Pictures: both kinds are written, say what they show, and their absence is told before anything is trained."""

from __future__ import annotations

import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from pyexplain.cli import group
from pyexplain.errors import UsageError
from pyexplain.reproduce import pictures

from .folders import authors_folder


def call(path: Path, *names: str) -> Result:
    words = ["reproduce", *names, "--data", str(authors_folder(path / "p")), "--seeds", "1", "--set", "dim=4", "--epochs", "1"]
    return CliRunner().invoke(group, [*words, "--threads", "1", "--out", str(path / "o")])


def test_figures_are_drawn_as_png_and_svg_with_json_and_csv_beside(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("sklearn")
    found = call(tmp_path, "figure4", "figure5", "table9")
    assert found.exit_code == 0, found.output
    for name in ("figure4", "figure5"):
        head = (tmp_path / "o" / f"{name}.png").read_bytes()[:24]
        assert head[:8] == b"\x89PNG\r\n\x1a\n"
        assert min(struct.unpack(">II", head[16:24])) > 500
        assert ElementTree.parse(tmp_path / "o" / f"{name}.svg").getroot().tag.endswith("svg")
    written = {path.name for path in (tmp_path / "o").iterdir()}
    assert written == {f"{n}.{k}" for n in ("figure4", "figure5") for k in ("png", "svg", "json", "csv")} | {
        "table9.json",
        "table9.csv",
        "runs",
    }
    for part in (
        "mean Pearson correlation",
        "The paper: of the three",
        "distance of centres",
        "control: echo",
        "the user wrote about",
    ):
        assert part in found.output


def test_without_the_packages_nothing_is_trained_and_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "find_spec", lambda name: None)
    found = call(tmp_path, "figure4")
    assert isinstance(found.exception, UsageError)
    assert "pyexplain[pictures]" in str(found.exception)
    assert not (tmp_path / "o").exists()
