"""The tutorials for a shop, a researcher and an author run from start to end, and their notebooks are what the pages say."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import good
from tools.notebooks import FOLDER, text_of

PAGES = sorted(FOLDER.glob("*.md"))
NOT_HERE = ("pip", "pyexplain serve", "pyexplain new", "pyexplain plugins check")  # tried by tests of their own


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_cell_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": f"notebook_{page.stem}"}
    ran = {"commands": 0, "cells": 0}
    for cell in json.loads(page.with_suffix(".ipynb").read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        source = "".join(cell["source"])
        if source.startswith("!"):
            for line in source.splitlines():
                if not line[1:].startswith(NOT_HERE):
                    good(*shlex.split(line[1:])[1:])
                    ran["commands"] += 1
        else:
            exec(compile(source, f"{page.name}: {cell['id']}", "exec"), names)  # noqa: S102
            ran["cells"] += 1
    assert ran["commands"] >= 1
    assert ran["cells"] >= 6


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_notebooks_are_their_pages(page: Path) -> None:
    assert page.with_suffix(".ipynb").read_text(encoding="utf-8") == text_of(page), "python tools/notebooks.py --write"


def test_there_is_one_for_each_person() -> None:
    assert [page.stem for page in PAGES] == ["author", "researcher", "shop"]
