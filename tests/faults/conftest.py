"""A small world with all three results, made once."""

from __future__ import annotations

import shutil
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from . import jobs


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The review file, the data set and the run of jobs.py; for looking only."""
    folder = tmp_path_factory.mktemp("faults") / "base"
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        jobs.make_base(folder)
    return folder


@pytest.fixture
def world(base: Path, tmp_path: Path) -> Path:
    """A copy to spoil. The run looks for its data set where it was made, so both commands are told."""
    shutil.copytree(base, tmp_path / "world")
    return tmp_path / "world"
