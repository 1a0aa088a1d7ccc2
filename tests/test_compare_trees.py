"""tools/compare_trees.py: two trees, in turn, their tables compared row by row."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[1] / "tools" / "compare_trees.py"
TABLE = "| what | against | ours | theirs | ratio | must | aim | |\n|---|---|---|---|---|---|---|---|\n"


def tree(folder: Path, *seconds: float) -> Path:
    """A checkout whose benchmarks print the next of these figures each time that they are run."""
    program = folder / ".venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    (folder / "waiting").write_text(" ".join(map(str, seconds)))
    rest = f"{TABLE}| a step | eager | $1 ms | 9 ms | **2.00** | 2 |  | reached |"
    table = f"{rest}\n| only here {folder.name} | x | 1 s | 2 s | **2** | | | |"
    lines = ["#!/bin/sh", "set -- $(cat waiting)", "cat <<END", table, "END", "shift", "echo $@ > waiting"]
    program.write_text("\n".join(lines) + "\n")
    program.chmod(0o755)
    return folder


def compare(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(TOOL), *map(str, words)], check=False, capture_output=True, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="the trees of this test are made with a shell script")
def test_a_row_that_became_slower_is_named_and_noise_is_not(tmp_path: Path) -> None:
    before = tree(tmp_path / "a", 10, 11, 10, 10, 11, 10)
    slower = tree(tmp_path / "b", 12, 13.2, 12.1)
    found = compare(before, slower, "--turns", 3)
    assert found.returncode == 1, found.stderr
    assert "| a step | eager | 1.200 | 1.1" in found.stdout
    assert "only here" not in found.stdout, "a row of one tree has nothing beside it"
    noisy = tree(tmp_path / "c", 9, 13, 10.2)
    found = compare(before, noisy, "--turns", 3)
    assert found.returncode == 0, found.stderr
    assert "slower" not in found.stdout
