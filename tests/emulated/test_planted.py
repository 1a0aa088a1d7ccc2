"""What the emulation is worth: each planted fault is caught, and the same kernel without it is not accused."""

from __future__ import annotations

import os
import subprocess

import pytest

from .emulation import SCHEDULES, folder

pytestmark = pytest.mark.skipif("PYEXPLAIN_EMULATED" in os.environ, reason="the planted kernels have builds of their own")
TURNED, IN_ORDER = "1 2 3 4", "8128 8128 8128 0"  # of `barrier`, what the neighbours gave; of `sum`, sums of 0 .. 127


def ask(name: str, seed: int, blind: bool = False, program: str = "planted") -> subprocess.CompletedProcess[str]:
    words = [str(folder() / program), name, str(seed), str(int(blind))]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("name", "begin"), [("barrier", TURNED), ("sum", IN_ORDER), ("in range", TURNED)])
@pytest.mark.parametrize("program", ["planted", "planted_asan"])
def test_a_right_kernel_passes_under_every_schedule(name: str, begin: str, program: str) -> None:
    found = [ask(name, seed, program=program) for seed in SCHEDULES]
    assert {(one.returncode, one.stderr) for one in found} == {(0, "")}
    assert len({one.stdout for one in found}) == 1
    assert found[0].stdout.startswith(begin)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("no barrier", ("read before it was written", "a race")),
        ("race", ("a race",)),
        ("race of blocks", ("a race",)),
        ("some wait", ("not all threads reach the barrier",)),
        ("threads wait apart", ("threads wait at different places",)),
        ("half a warp", ("not all threads reach the shuffle",)),
    ],
)
def test_a_planted_fault_is_named(name: str, says: tuple[str, ...]) -> None:
    for seed in SCHEDULES:
        found = ask(name, seed)
        assert found.returncode == 1
        assert found.stderr.startswith(f"{name}: ")
        assert any(words in found.stderr for words in says), found.stderr


@pytest.mark.parametrize("name", ["no barrier", "race of blocks"])
def test_schedules_alone_show_what_depends_on_the_order(name: str) -> None:
    found = {ask(name, seed, blind=True).stdout for seed in range(6)}
    assert len(found) > 1


def test_a_read_beyond_an_array_is_caught() -> None:
    found = ask("out of range", 1, program="planted_asan")
    assert found.returncode != 0
    assert "heap-buffer-overflow" in found.stderr
