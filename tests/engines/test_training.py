"""pyexplain train --engine ray: the run of as many processes of torchrun, or of this one; also where a worker is lost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import pyexplain as px
from pyexplain.cli import training_on_ray
from pyexplain.cli.training import Asked
from pyexplain.cli.training_on_ray import by_ray
from pyexplain.engines.on_ray import RayEngine
from pyexplain.errors import RunError
from pyexplain.recommenders.checkpoints import CHECKPOINT
from pyexplain.recommenders.options import RunOptions

from ..cli.conftest import good, run
from ..recommenders.ranks import together
from ..recommenders.test_data_parallel import BATCH, METHODS, trained
from ..worlds import small_world
from .ray_here import needs_ray, ray_here
from .work import LostLater

__all__ = ["ray_here"]
EPOCHS = 40  # so many that a kill after the first comes before the last
pytestmark = [needs_ray, pytest.mark.usefixtures("ray_here"), pytest.mark.xdist_group("ray")]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small world, as it is stored."""
    folder = tmp_path_factory.mktemp("world") / "data"
    px.save_dataset(small_world(), folder)
    return folder


def words(data: Path, out: Path, *more: object, method: str = "--baseline vbpr") -> list[object]:
    """A training of METHODS[0] by the command line."""
    keys = ("dim=4", "dropout=0", f"batch_size={BATCH // 2}")
    settings = [word for key in keys for word in ("--set", key)]
    return ["train", *method.split(), "--dataset", data, "--out", out, "--epochs", 2, "--seed", 3, *settings, *more]


def files(out: Path) -> tuple[bytes, str, list[dict[str, float]]]:
    """What a run is, but for how long it took."""
    history = [json.loads(line) for line in (out / "history.jsonl").read_text().splitlines()]
    kept = [{key: value for key, value in entry.items() if key != "seconds"} for entry in history]
    assert sorted(path.name for path in out.iterdir()) == ["history.jsonl", "manifest.json", "run.json", "state.safetensors"]
    return (out / "state.safetensors").read_bytes(), (out / "run.json").read_text(), kept


def test_two_workers_train_the_runs_of_two_processes(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several seeds, with one summary each; also by relative paths. A run that stood there is said to be replaced."""
    monkeypatch.chdir(tmp_path)
    good("train", "--baseline", "ease", "--dataset", data, "--out", "run-4")
    found = good(*words(data, Path("run"), "--engine", "ray", "--workers", 2, "--seeds", 2))
    lines = [line for line in found.output.splitlines() if line.startswith(("Trained", "Seed", "Next", "Replaced"))]
    assert lines[0].startswith("Trained vbpr on world-0")
    assert lines[1:] == ["Replaced: the run that was in run-4.", "Seed 4:", "Next: pyexplain evaluate run-3 run-4"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run-3", "run-4"]
    for seed in (3, 4):
        state, history = expected(2, seed)
        run = px.load_run(f"run-{seed}")
        assert all(torch.equal(run.recommender.state()[name], state[name]) for name in state)
        assert files(tmp_path / f"run-{seed}")[2] == history


def expected(epochs: int, seed: int, **more: Any) -> Any:
    """Parameters and history by two ranks, threads of this process."""
    options = RunOptions(seed=seed)
    return together(2, lambda rank: trained(METHODS[0], BATCH // 2, rank, epochs=epochs, options=options, **more))[0]


@pytest.mark.long
def test_one_worker_trains_the_run_of_this_process(data: Path, tmp_path: Path) -> None:
    """With an explainer that learns."""
    here, there = (words(data, tmp_path / name, "--json", method="--explainer cnr") for name in ("here", "there"))
    one, other = json.loads(good(*here).stdout), json.loads(good(*there, "--engine", "ray").stdout)
    assert files(tmp_path / "here") == files(tmp_path / "there")
    assert {**one, "run": 0, "seconds": 0, "history": 0} == {**other, "run": 0, "seconds": 0, "history": 0}


@pytest.mark.long
def test_a_method_in_closed_form_does_the_same_in_each(data: Path, tmp_path: Path) -> None:
    for name, more in (("here", []), ("there", ["--engine", "ray", "--workers", 2])):
        good("train", "--baseline", "ease", "--dataset", data, "--out", tmp_path / name, *more)
    assert files(tmp_path / "here") == files(tmp_path / "there")


def test_an_error_in_a_worker_is_the_one_of_this_process(data: Path, tmp_path: Path) -> None:
    wrong = ("--set", "learning_rate=1e30")
    here = run(*map(str, words(data, tmp_path / "run", *wrong)))
    there = run(*map(str, words(data, tmp_path / "run", *wrong, "--engine", "ray")))
    assert "the loss is" in here.output
    assert (there.exit_code, there.output) == (here.exit_code, here.output)


class Losing:
    """A training of two workers, of which one is killed after the first epoch; what stands there is not to be gone on with."""

    def __init__(self, data: Path, folder: Path, rank: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.out, self.mark = folder / "run", folder / "lost"
        settings = {"dim": 4, "dropout": 0.0, "batch_size": BATCH // 2, "epochs": EPOCHS, "patience": 0}
        keys = {"settings": settings, "kinds": None, "never": ()}
        machine = {"device": "cpu", "threads": 1, "seed": 3}
        self.asked = Asked(data, None, "vbpr", keys, False, machine, {3: self.out})
        self.out.mkdir()
        (self.out / CHECKPOINT).write_bytes(b"of another one")
        made = training_on_ray.Work

        def killed(*given: Any) -> LostLater:
            return LostLater(made(*given), rank, self.out / CHECKPOINT, len(b"of another one"), self.mark)

        monkeypatch.setattr(training_on_ray, "Work", killed)

    def train(self, losses: int, resume: bool = False) -> list[int]:
        """The epochs that are told."""
        told: list[int] = []
        with by_ray(RayEngine(2, losses=losses), replace(self.asked, resume=resume), None, False) as begin:
            begin(3, lambda *said: None, lambda entry: told.append(int(entry["epoch"])))
        return told

    def check(self) -> None:
        """The run is that of a training that nobody interrupted, and nothing else is left."""
        assert self.mark.exists(), "nobody was lost"
        state, history = expected(EPOCHS, 3, patience=0)
        run = px.load_run(self.out)
        assert all(torch.equal(run.recommender.state()[name], state[name]) for name in state)
        assert files(self.out)[2] == history
        assert sorted(path.name for path in self.out.parent.iterdir()) == ["lost", "run"]


@pytest.mark.long
@pytest.mark.parametrize("rank", [0, 1])
def test_training_goes_on_from_the_last_epoch_when_a_worker_is_lost(
    data: Path, tmp_path: Path, rank: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    losing = Losing(data, tmp_path, rank, monkeypatch)
    told = losing.train(losses=8)
    assert sorted(set(told)) == told, "it began anew"
    assert len(told) >= EPOCHS - 1  # one may be lost between its checkpoint and the telling
    losing.check()


@pytest.mark.long
@pytest.mark.parametrize("rank", [1, 0])
def test_a_training_that_lost_too_many_is_gone_on_with(
    data: Path, tmp_path: Path, rank: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    losing = Losing(data, tmp_path, rank, monkeypatch)
    with pytest.raises(RunError, match="a worker was lost 1 times"):
        losing.train(losses=0)
    assert not (losing.out / "run.json").exists()
    assert losing.train(losses=0, resume=True)[0] > 1
    losing.check()
