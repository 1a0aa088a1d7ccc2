"""No call of an operator, however broken, ends the process, reads past its memory, or is refused without a reason.

PYEXPLAIN_FUZZ_SECONDS=300 runs it for so long; `-s` prints what was thrown.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from pyexplain import ops

from ..warm import warm

ROOT = Path(__file__).parents[2]
SECONDS = float(os.environ.get("PYEXPLAIN_FUZZ_SECONDS", 0))


@pytest.mark.parametrize("calls", ["1500", pytest.param("3000", marks=pytest.mark.long)])
def test_broken_calls_run_or_are_refused(tmp_path: Path, calls: str) -> None:
    log = tmp_path / "last"
    words = [sys.executable, "-m", "tests.ops.fuzzed", "--calls", calls, "--seconds", str(SECONDS), "--log", str(log)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ended with {done.returncode} at call {log.read_text()}: {done.stderr[-3000:]}"
    found = json.loads(done.stdout)
    assert found["faults"] == []
    assert found["more memory, MB"] < 400
    outcomes = found["found"]
    for name in {call.split(":")[0] for call in outcomes}:
        assert outcomes.get(f"{name}: ran"), f"no call of {name} got past the checks"
        assert outcomes.get(f"{name}: refused"), f"no call of {name} was refused"
    print(f"{found['calls']:,} calls, {found['more memory, MB']} MB more memory: {outcomes}")


def test_a_step_past_the_memory_ends_the_process() -> None:
    """What the fuzzing relies on: a wall behind a tensor and one before it."""
    code = (
        "import ctypes, torch\nfrom tests.ops.fuzzed import Guarded\n"
        "guarded = Guarded()\nt = guarded.hold(torch.zeros(5), {})\nctypes.c_float.from_address(t.data_ptr() + {}).value"
    )
    for at_end, step, ends in ((True, 16, False), (True, 20, True), (False, 0, False), (False, -4, True)):
        done = warm().run("-c", code.format(at_end, step), cwd=ROOT)
        assert (done.returncode < 0) == ends, done.stderr  # by SIGSEGV, or by a sanitizer that names it


def offsets_that_wrap() -> torch.Tensor:
    """They seem to ascend from 0 to 0: the differences of neighbours overflow."""
    return torch.tensor([0, 2**62, 2**63 - 1, -(2**63), -(2**62), 0])


def test_offsets_whose_differences_overflow_are_refused() -> None:
    none, table, three = torch.zeros(0, dtype=torch.int64), torch.rand(5, 3), torch.tensor([1, 2, 3])
    rows, items = (
        ops.Rows(offsets_that_wrap(), none, torch.zeros(0)),
        ops.Rows(torch.zeros(6, dtype=torch.int64), none, torch.zeros(0)),
    )
    with pytest.raises(ValueError, match=r"user_rows.offsets: wanted to ascend from 0 to 0"):
        ops.pair_features(table, table, table, table, rows, items, three, three, three)
    layer = ops.HiddenLayer(torch.rand(5, 6), *[torch.rand(5, 2)] * 2, torch.rand(4, 2), torch.rand(3, 2), torch.rand(6))
    with pytest.raises(ValueError, match="offsets: wanted to ascend"):
        ops.solve_narrow(ops.Chosen(torch.arange(5), offsets_that_wrap(), none), layer, torch.zeros(0), torch.zeros(0), 1, 1, 0, 3)
    with pytest.raises(ValueError, match="steps 0..100000"):
        ops.solve_narrow(
            ops.Chosen(none, torch.zeros(1, dtype=torch.int64), none), layer, torch.zeros(0), torch.zeros(0), 1, 1, 0, 2**40
        )
    pull = ops.Pull(offsets_that_wrap(), torch.zeros(0), torch.zeros(0), torch.zeros(0))
    with pytest.raises(ValueError, match="offsets: wanted to ascend"):
        ops.steepest_entries(pull, torch.rand(5), 1, 3, 1.0)


def test_steps_that_cannot_be_counted_are_refused() -> None:
    table, zeros = torch.rand(4, 3), torch.zeros(4, 3)
    for step in (2**63 - 1, 2**64, 0, 1.5, True):
        with pytest.raises((TypeError, ValueError), match="step: wanted"):
            ops.adam_rows_flush(table, zeros, zeros.clone(), torch.zeros(4, dtype=torch.int64), step)  # type: ignore[arg-type]
    with pytest.raises(IndexError, match="last_step: wanted numbers in 0..3"):
        ops.adam_rows_flush(table, zeros, zeros.clone(), torch.tensor([0, 1, 2, 9]), 3)
