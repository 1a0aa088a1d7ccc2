"""A signal to `explain --all` ends it with one line, keeps the parts, and the next call goes on to the same bits."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from ..signalled import begin, wait_for
from .conftest import Made, good

WORDS = ("-k", 2, "--threads", 1, "--max-memory", "8K")


@pytest.fixture(scope="module")
def whole(made: Made, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What an undisturbed call writes."""
    path = tmp_path_factory.mktemp("whole") / "y.parquet"
    good("explain", made.run, "--all", *WORDS, "--out", path)
    return path.read_bytes()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_explaining_everybody_says_how_to_go_on(made: Made, whole: bytes, tmp_path: Path, how: signal.Signals) -> None:
    words = ("explain", made.run, "--all", *WORDS)
    parts = tmp_path / ".x.parquet.parts"
    process = begin(*words, "--out", tmp_path / "x.parquet")
    wait_for(lambda: len(list(parts.glob("0*.arrow"))) >= 2, process)
    process.send_signal(how)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 128 + how, said
    assert said.splitlines()[-1] == f"Error: stopped by {how.name}; what is done is kept: go on with --resume"
    assert "Traceback" not in said
    assert not (tmp_path / "x.parquet").exists()
    assert parts.is_dir()
    good(*words, "--out", tmp_path / "x.parquet", "--resume")
    assert (tmp_path / "x.parquet").read_bytes() == whole
    assert [path.name for path in tmp_path.iterdir()] == ["x.parquet"]
