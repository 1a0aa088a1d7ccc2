"""The training loop: determinism, resuming, stopping, refusing, dropout."""

import math
import signal
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

import pyexplain as px
from pyexplain.data.sparse import SparseRows
from pyexplain.errors import DataError, RunError, UsageError
from pyexplain.recommenders.checkpoints import CHECKPOINT
from pyexplain.recommenders.config import LoopConfig
from pyexplain.recommenders.options import RunOptions
from pyexplain.registry import load_registry

from ..warm import warm
from ..worlds import small_world

REGISTRY = load_registry(strict=True)
# those of the common loop; a method with a fit() of its own is held to its promises by the conformance kit
TRAINED = [name for name, cls in REGISTRY.classes("recommender").items() if issubclass(cls.Config, LoopConfig)]
SHORT = {"dim": 8, "epochs": 6, "batch_size": 32, "patience": 0, "dropout": 0.2}


def short_keys(name: str) -> dict[str, object]:
    cls = REGISTRY.get("recommender", name)
    keys: dict[str, object] = SHORT | {"warmup_epochs": 1, "rounds": 2} | dict(getattr(cls, "check_settings", {}))
    return {k: v for k, v in keys.items() if k in cls.Config.model_fields}


def losses(run: px.Run) -> list[tuple[float, float]]:
    return [(entry["loss"], entry["ndcg@10"]) for entry in run.history]


def fit(name: str, options: RunOptions | None = None, **more: object) -> px.Run:
    return px.train(small_world(), baseline=name, options=options, registry=REGISTRY, settings=short_keys(name) | more)


@cache
def fitted(name: str) -> px.Run:
    """One run of each method for all tests that only ask it."""
    return fit(name)


@pytest.mark.parametrize("name", TRAINED)
def test_same_seed_same_bits_and_another_seed_another_run(name: str) -> None:
    one, two, other = fitted(name), fit(name), fit(name, RunOptions(seed=1))
    for key, value in one.recommender.state().items():
        assert torch.equal(value, two.recommender.state()[key]), key
    assert losses(one) == losses(two)
    assert losses(one) != losses(other)


@pytest.mark.parametrize("name", TRAINED)
def test_a_resumed_run_ends_with_the_same_numbers(name: str, tmp_path: Path) -> None:
    whole = fitted(name)

    def leave(label: str, done: int, total: int) -> None:
        if label == "training" and done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(name, RunOptions(checkpoints=tmp_path, progress=leave))
    again = fit(name, RunOptions(checkpoints=tmp_path, resume=True))
    assert len(again.history) == 6
    assert losses(again) == losses(whole)
    for key, value in whole.recommender.state().items():
        assert torch.equal(value, again.recommender.state()[key]), key


@pytest.mark.parametrize("name", TRAINED)
def test_scores_are_deterministic_without_dropout_and_leave_the_data_alone(name: str) -> None:
    data = small_world()
    before = data.user_features.values.copy()
    run = fit(name)
    users, items = torch.arange(data.n_users).repeat(2), torch.arange(2 * data.n_users) % data.n_items
    first, second = run.recommender.scores(users, items), run.recommender.scores(users, items)
    assert torch.equal(first, second)
    assert torch.isfinite(first).all()
    assert np.array_equal(before, data.user_features.values)
    one_by_one = torch.cat([run.recommender.scores(users[k : k + 1], items[k : k + 1]) for k in range(len(users))])
    torch.testing.assert_close(first, one_by_one, rtol=1e-4, atol=1e-5)
    order = torch.randperm(len(users), generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(run.recommender.scores(users[order], items[order]), first[order], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", TRAINED)
def test_given_features_stand_in_for_the_rows_of_the_data(name: str) -> None:
    run = fitted(name)
    data = run.data
    users, items = torch.arange(20), torch.arange(20)
    f_u, f_i = (torch.from_numpy(rows.select(np.arange(20)).dense()) for rows in (data.user_features, data.item_features))
    torch.testing.assert_close(
        run.recommender.scores(users, items, f_u, f_i), run.recommender.scores(users, items), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("name", ["vbpr", "car", "cnr", "nar"])
def test_training_learns_what_drives_the_choice(name: str) -> None:
    run = fit(name, epochs=25, patience=0, dropout=0.0)
    assert max(entry["ndcg@10"] for entry in run.history) > 1.3 * run.history[0]["ndcg@10"] or run.history[0]["ndcg@10"] > 0.7
    if name in ("vbpr", "nar"):  # the loss of the others has more terms once they are warm
        assert run.history[-1]["loss"] < 0.7 * run.history[0]["loss"]


def test_training_stops_when_validation_no_longer_improves_and_keeps_the_best() -> None:
    run = fit("vbpr", epochs=60, patience=3, learning_rate=0.05)
    values = [entry["ndcg@10"] for entry in run.history]
    assert len(values) < 60
    assert len(values) - 1 - int(np.argmax(values)) == 3
    assert run.trained.recommender.model.network is not None


def test_a_loss_that_is_not_finite_stops_with_epoch_batch_and_the_checkpoint_kept(tmp_path: Path) -> None:
    fit("vbpr", RunOptions(checkpoints=tmp_path), epochs=2)
    kept = (tmp_path / CHECKPOINT).read_bytes()
    cls = REGISTRY.get("recommender", "vbpr")
    recommender = cls(cls.Config.model_validate(SHORT | {"epochs": 4}))

    class Poisoned(px.recommenders.Objective):
        def terms(self, batch: px.recommenders.Term, user_gradient: object) -> Iterator[px.recommenders.Term]:
            yield replace(batch, weight=math.nan)

    recommender.objective = lambda data, options: Poisoned()
    with pytest.raises(RunError, match=r"epoch 3, batch 1: the loss is nan[\s\S]*checkpoint of the epoch before is kept"):
        recommender.fit(small_world(), RunOptions(checkpoints=tmp_path, resume=True))
    assert (tmp_path / CHECKPOINT).read_bytes() == kept


def test_features_that_are_not_finite_are_refused_when_made() -> None:
    with pytest.raises(ValueError, match="finite"):
        SparseRows(np.array([0, 1]), np.array([0]), np.array([np.nan], dtype=np.float32), 1)


def test_resuming_with_other_settings_is_refused(tmp_path: Path) -> None:
    fit("vbpr", RunOptions(checkpoints=tmp_path), epochs=2)
    with pytest.raises(RunError, match="made with dim 8, this run has dim 16"):
        fit("vbpr", RunOptions(checkpoints=tmp_path, resume=True), dim=16)


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    fit("vbpr", RunOptions(checkpoints=tmp_path), epochs=2)
    (tmp_path / CHECKPOINT).write_bytes(b"\x00" * 50)
    with pytest.raises(RunError, match="damaged"):
        fit("vbpr", RunOptions(checkpoints=tmp_path, resume=True))


@pytest.mark.parametrize(("rate", "epochs"), [(1e-3, 3), (0.05, 12)])
def test_the_best_parameters_are_written_once_where_they_are_the_last(rate: float, epochs: int, tmp_path: Path) -> None:
    asked = {"patience": 0, "learning_rate": rate}
    kept = [
        entry["epoch"] for entry in fit("vbpr", RunOptions(checkpoints=tmp_path), epochs=epochs, **asked).history if "kept" in entry
    ]
    with safe_open(tmp_path / CHECKPOINT, framework="pt") as file:
        groups = {key.partition("/")[0] for key in file.keys()}  # noqa: SIM118  (safe_open is no mapping)
    assert ("best" in groups) is (kept != [epochs])
    assert (kept == [epochs]) is (rate < 0.01)  # both ways are seen
    resumed = fit("vbpr", RunOptions(checkpoints=tmp_path, resume=True), epochs=epochs + 4, **asked)
    whole = fit("vbpr", epochs=epochs + 4, **asked)
    for key, value in whole.recommender.state().items():
        assert torch.equal(value, resumed.recommender.state()[key]), key


def test_an_unknown_key_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"unknown key dimm[\s\S]*batch_size, counterfactual_weight, dim,"):
        px.train(small_world(), explainer="cnr", registry=REGISTRY, dimm=3)
    with pytest.raises(UsageError, match="dim: input should be greater than or equal to 1"):
        px.train(small_world(), explainer="cnr", registry=REGISTRY, dim=0)


def test_an_unknown_method_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"unknown explainer 'cnn'[\s\S]*car, cer, cnr"):
        px.train(small_world(), explainer="cnn", registry=REGISTRY)


def test_nothing_to_train_on_is_said() -> None:
    data = replace(small_world(), train=np.zeros((0, 2), dtype=np.int64))
    with pytest.raises(DataError, match="no training pair"):
        px.train(data, baseline="vbpr", registry=REGISTRY)


def test_killed_in_the_middle_the_run_goes_on_to_the_same_numbers(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path; import os, signal\n"
        "import pyexplain as px\n"
        "from tests.worlds import small_world\n"
        "from tests.recommenders.test_training import SHORT\n"
        "def tell(label, done, total):\n"
        "    if done == 3: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"o = px.RunOptions(checkpoints=Path({str(tmp_path)!r}), progress=tell)\n"
        "px.train(small_world(), baseline='vbpr', options=o, settings=SHORT)\n"
    )
    done = warm().run("-c", script, cwd=Path(__file__).parents[2])
    assert done.returncode == -signal.SIGKILL, done.stderr
    again = fit("vbpr", RunOptions(checkpoints=tmp_path, resume=True))
    assert losses(again) == losses(fit("vbpr"))
