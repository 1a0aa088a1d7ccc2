"""One model by processes that torchrun starts: the command line as a cluster calls it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import pyexplain as px

from ..worlds import small_world
from .test_data_parallel import BATCH, METHODS, alike, trained


def test_processes_of_torchrun_train_one_run(tmp_path: Path) -> None:
    px.save_dataset(small_world(), tmp_path / "data")
    words = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "pyexplain", "train", "--baseline", "vbpr", "--json"]
    words += ["--dataset", str(tmp_path / "data"), "--out", str(tmp_path / "run"), "--epochs", "2", "--set", "dim=4"]
    words += ["--set", f"batch_size={BATCH // 2}", "--set", "dropout=0", "--seed", "3"]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["method"] == "vbpr"  # one document
    run, (state, history) = px.load_run(tmp_path / "run"), trained(METHODS[0], BATCH)
    assert alike(run.recommender.state(), state)
    assert [entry["loss"] for entry in run.history] == pytest.approx([entry["loss"] for entry in history], rel=1e-4)
