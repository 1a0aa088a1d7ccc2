"""The check of the CUDA side (tools/gpu), tried on the processor: every part runs against the present modules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.gpu.bench import _short

from ..warm import warm

ROOT = Path(__file__).parents[2]
PARTS = "correct,kernels,train,solve,rank,everyone,equal"


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    out = tmp_path_factory.mktemp("gpu")
    given = {"DEVICE": "cpu", "BUILD": "0", "PYTHON": sys.executable, "OUT": str(out), "LIMIT": "600"}
    arguments = f"--small --seconds 600 --only {PARTS}"
    command = ["bash", str(ROOT / "tools" / "gpu" / "check.sh")]
    environment = {**os.environ, **given, "ARGS": arguments, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False), out


def test_every_part_runs_and_nothing_fails(checked: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, out = checked
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {row[0]: row[1:] for row in json.loads((out / "table.json").read_text(encoding="utf-8"))["rows"]}
    assert rows["right in float32"][0] == "ok"
    assert rows["right in float64"][0] == "ok"
    assert rows["the same bits twice"] == ["True"]
    assert rows["counterfactuals, device and processor"][0].startswith("same features in 1.0000")
    for begin in (
        "adam_rows",
        "training step, CNR",
        "adversarial explanations on the device",
        "explain --all of cnr by 2 workers",
        "explain --all of hybrid by 2 workers",
        "the whole catalogue on the device",
        "explain --all on the device",
    ):
        assert any(name.startswith(begin) for name in rows), begin


def test_what_fails_is_said_and_the_others_go_on() -> None:
    script = (
        "import sys, tools.gpu.__main__ as it\n"
        "def broken(bench): raise RuntimeError('no such kernel')\n"
        "it.PARTS['kernels'] = broken\n"
        "sys.argv = ['gpu', '--device', 'cpu', '--small', '--only', 'kernels,correct']\n"
        "sys.exit(it.main())\n"
    )
    done = warm().run("-c", script, cwd=ROOT)
    assert done.returncode == 1
    assert "FAILED: RuntimeError: no such kernel" in done.stdout
    assert "right in float64" in done.stdout


@pytest.mark.parametrize(
    ("kernel", "name"),
    [
        ("void pyexplain::cuda::(anonymous namespace)::rows<float>(pyexplain::SolveWidening<float>)", "rows of SolveWidening"),
        ("void pyexplain::cuda::(anonymous namespace)::rows<T>(pyexplain::cuda::AdamPlan<float>)", "rows of AdamPlan"),
        ("void at::native::vectorized_elementwise_kernel<4, at::FillFunctor<int> >(int, int)", "vectorized_elementwise_kernel"),
        ("ampere_sgemm_128x64_tn", "ampere_sgemm_128x64_tn"),
        ("Memcpy DtoH (Device -> Pinned)", "DtoH"),
    ],
)
def test_kernels_are_named_so_that_ours_can_be_told_apart(kernel: str, name: str) -> None:
    assert _short(kernel) == name
