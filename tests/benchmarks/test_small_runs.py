"""Benchmarks run whole at their smallest: what they call is there and takes what it is given, and they print. What is left out
needs data that tests do not have, or has no small size."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

import pyexplain as px

from ..worlds import small_world

ROOT = Path(__file__).parents[2]
KEYS = "dim=4,epochs=1"
# DATA and RUN stand for the folders of a small data set and of a run on it.
WORDS = {
    "everyone_memory": "RUN --limit 64M -k 2",
    "heldout": f"DATA --seeds 1 --methods cnr,car --set {KEYS} --max-pairs 6",
    "hybrid": "DATA --seeds 1 --methods hybrid,ease --without word",
    "kept": "--rows 8 --inputs 8 --hidden 4 --repeats 1",
    "mechanisms": f"DATA --pairs 6 --set {KEYS} --model cnr",
    "names": "--sizes 50",
    "preparing": "--sizes 500,1000",
    "reasons": "DATA --pairs 6 --set epochs=1",
    "robustness": f"--dataset DATA --try car --seeds 1 --set {KEYS}",
    "search": f"vbpr --dataset DATA --seeds 1 --set {KEYS} --try dropout=.5",
    "sentences": "RUN RUN --users 2 --key",
    "statements": "RUN --users 3",
    "systems": "DATA --seeds 1 --pairs 6 --methods vbpr:gradient-input",
    "table3": f"DATA --seeds 1 --set {KEYS}",
    "validating": "DATA --dim 4 --epochs 1",
    "waiting": "RUN --users 12",
    "warm_start": "DATA --seeds 1 --methods bpr-mf",
    "weights": f"DATA --seeds 1 --set {KEYS} --method cnr",
    "written": "DATA --seeds 1",
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What DATA and RUN stand for."""
    top = tmp_path_factory.mktemp("benchmarks")
    px.data.save_dataset(small_world(), top / "data")
    px.train(top / "data", explainer="cnr", dim=4, epochs=1).save(top / "run")
    return {"DATA": str(top / "data"), "RUN": str(top / "run")}


@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")  # it is run beside its import
@pytest.mark.parametrize("name", WORDS)
def test_it_runs(name: str, folders: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)  # some start themselves anew
    monkeypatch.setenv("PYEXPLAIN_DROPOUT", "kept")  # one sets it, which is over with the test
    monkeypatch.setattr(sys, "argv", [name, *(folders.get(word, word) for word in WORDS[name].split())])
    runpy.run_module(f"benchmarks.{name}", run_name="__main__")
    assert capsys.readouterr().out.strip()
