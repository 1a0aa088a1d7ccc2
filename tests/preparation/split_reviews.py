"""Reviews in several files, and what is prepared from them; for tests of engines and of their workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyexplain.data.demo import write_demo
from pyexplain.data.store import save_dataset
from pyexplain.engines.base import Engine
from pyexplain.preparation.mentions import MANY_FILES
from pyexplain.preparation.prepare import prepare
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.readers.base import ReadOptions
from pyexplain.registry import load_registry

PARTS = MANY_FILES + 1


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The demo's reviews in several files of different length, one line of which is broken."""
    top = tmp_path_factory.mktemp("files")
    write_demo(top / "demo", users=60, items=30, features=10, reviews=600)
    lines = (top / "demo" / "reviews.jsonl").read_text(encoding="utf-8").splitlines()
    lines.insert(100, "{broken")
    cuts = [0, 3, 50, 150, 151, 300, 350, 420, 500, len(lines)]
    assert len(cuts) == PARTS + 1
    paths = [top / f"{number}.jsonl" for number in range(PARTS)]
    for path, begin, end in zip(paths, cuts, cuts[1:], strict=False):
        path.write_text("\n".join(lines[begin:end]) + "\n")
    return paths


def written(paths: list[Path], out: Path, engine: Engine | None) -> dict[str, bytes]:
    """The files of a data set, by name."""
    read = ReadOptions(skip_bad=True, find_scale=True, chunk=100)
    save_dataset(prepare(paths, PrepareOptions("x", read=read, engine=engine), load_registry()), out)
    return {path.name: path.read_bytes() for path in out.iterdir()}


def whole(files: list[Path]) -> Path:
    """All in one file."""
    path = files[0].parent / "whole.jsonl"
    path.write_text("".join(file.read_text() for file in files))
    return path
