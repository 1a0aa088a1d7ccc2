"""`pyexplain report`, as people call it."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import Made, good, run


def test_a_page_is_written_and_the_line_that_holds_is_said(made: Made, tmp_path: Path) -> None:
    said = good("report", made.run, "--out", tmp_path / "r.html", "--max-pairs", 20, "--users", 1)
    assert "best control" in said.stderr
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    document = json.loads(good("report", made.run, "--out", tmp_path / "r.html", "--without-explanations", "--json").stdout)
    assert document["evaluation"]["runs"][0]["method"] == "cnr"


def test_a_place_that_cannot_be_written_is_told_before_the_work(made: Made, tmp_path: Path) -> None:
    result = run("report", str(made.run), "--out", str(tmp_path))
    assert result.exit_code == 1
    assert str(tmp_path) in result.stderr
