"""A disk that is really full: a small tmpfs. The shim plays one at every call (test_kills.py)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..cli.conftest import run
from . import jobs


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """An empty file system of 128 KiB."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    place = tmp_path / "small"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("name", ["prepare", "train", "explain"])
@pytest.mark.parametrize("free", [0, 4, 12, 24])
def test_a_full_disk_ends_with_a_message_and_what_was_there_stays(name: str, free: int, small: Path, base: Path) -> None:
    job = jobs.jobs(base)[name]
    place = small / "place"
    jobs.fresh(place, job, base, older=True)
    before = jobs.content(place / job.out)
    stat = os.statvfs(small)
    (small / "filler").write_bytes(bytes(max(0, stat.f_bavail * stat.f_frsize - free * 1024)))
    result = run(*job.command(place))
    if result.exit_code == 0:
        assert free == 24, "there was no room for it"
        return
    assert result.exit_code == 1, result.output
    assert str(place) in result.output
    assert "bug in pyexplain" not in result.output
    kept = {key: value for key, value in jobs.content(place / job.out).items() if key != ".checkpoint.safetensors"}
    assert kept == before
    left = [path for path in jobs.left_behind(place, job) if path not in (".x.parquet.parts", ".checkpoint.safetensors")]
    assert left == []
    (small / "filler").unlink()


@pytest.mark.parametrize("free", [0, 8, 40])
def test_no_room_for_what_does_not_fit_into_memory_is_said_and_nothing_is_left(free: int, small: Path, base: Path) -> None:
    stat = os.statvfs(small)
    (small / "filler").write_bytes(bytes(max(0, stat.f_bavail * stat.f_frsize - free * 1024)))
    result = run(*map(str, jobs.jobs(base)["prepare"].command(small)), "--max-memory", "1K")
    assert result.exit_code == 1, result.output
    assert str(small / jobs.jobs(base)["prepare"].out) in result.output
    assert ".pyexplain-part" not in result.output
    assert [path.name for path in small.iterdir()] == ["filler"]
