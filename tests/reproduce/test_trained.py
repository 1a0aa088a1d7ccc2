"""Methods are trained once a seed; one that is missing or breaks is written down and stops nobody else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pyexplain.errors import UsageError
from pyexplain.recommenders.options import RunOptions
from pyexplain.registry import Registry, load_registry
from pyexplain.reproduce import trained
from pyexplain.reproduce.folder import recognise
from pyexplain.reproduce.paper import read_setup
from pyexplain.reproduce.trained import Trainer

from .folders import authors_folder

SMALL = {"dim": 4, "epochs": 1}


def trainer(path: Path, seeds: tuple[int, ...] = (0, 1), registry: Registry | None = None, **settings: object) -> Trainer:
    folder = recognise(authors_folder(path / "p"))
    return Trainer(folder, registry or load_registry(), read_setup(), seeds, SMALL | settings, RunOptions(threads=1))


def test_every_method_is_trained_with_every_seed_and_its_own_validation_part(tmp_path: Path) -> None:
    made = trainer(tmp_path)
    methods = made.setup.methods[:2]
    found = [(m.label, seed, run.trained.options.seed, run.data.settings.seed) for m, seed, run in made.runs(methods)]
    assert found == [("NCF", 0, 0, 0), ("VBPR", 0, 0, 0), ("NCF", 1, 1, 1), ("VBPR", 1, 1, 1)]
    assert made.data(0).fingerprint != made.data(1).fingerprint
    assert len(made.data(0).train) == len(made.carved(0).train) + len(made.carved(0).valid)
    assert len(made.carved(0).valid) > 0 == len(made.data(0).valid)
    assert all(run.recommender.config.dim == 4 for _, _, run in made.runs(methods))


def test_the_epoch_is_chosen_by_the_validation_part_and_trained_again_on_all_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = trainer(tmp_path, (0,), epochs=6)
    calls = []
    real = trained.train
    monkeypatch.setattr(trained, "train", lambda data, **given: calls.append((data, real(data, **given))) or calls[-1][1])
    ((_, _, run),) = made.runs(made.setup.methods[1:2])
    (carved, first), (whole, second) = calls
    assert second is run
    assert carved is made.carved(0)
    assert whole is made.data(0)
    values = [entry["ndcg@10"] for entry in first.history]
    assert len(second.history) == 1 + values.index(max(values))
    assert "ndcg@10" not in second.history[0]


def test_a_run_that_is_kept_is_trained_once(tmp_path: Path) -> None:
    made = replace(trainer(tmp_path, (0,)), keep=True)
    first = [run for _, _, run in made.runs(made.setup.methods[:1])]
    again = [run for _, _, run in made.runs(made.setup.methods[:1])]
    assert first[0] is again[0]


def test_a_method_that_is_not_there_is_written_down_and_the_others_go_on(tmp_path: Path) -> None:
    whole = load_registry()
    gone = Registry(tuple(r for r in whole.found if r.name != "vbpr"), whole.failures)
    made = trainer(tmp_path, (0,), gone)
    assert [method.label for method, _, _ in made.runs(made.setup.methods[:2])] == ["NCF"]
    assert "vbpr" in made.failures["VBPR"]


def test_a_method_that_breaks_in_training_is_written_down_and_not_tried_again(tmp_path: Path) -> None:
    made = trainer(tmp_path, (0, 1))
    calls: list[int] = []

    def broken() -> None:
        calls.append(1)
        raise ValueError("torn\nlong traceback")

    method = made.setup.methods[0]
    assert made.attempt(method, broken) is None
    assert made.failures == {"NCF": "ValueError: torn"}
    assert list(made.runs((method,))) == []


def test_a_key_reaches_the_methods_that_know_it_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    made = trainer(tmp_path, (0,), radius=0.25)
    made.check_settings(made.setup.methods)
    with pytest.raises(UsageError, match="radius"):
        made.check_settings(made.setup.methods[:2])
    car = next(method for method in made.setup.methods if method.label == "CAR")
    runs = [run for _, _, run in made.runs((made.setup.methods[0], car))]
    assert runs[1].recommender.config.radius == 0.25


def test_no_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no seed"):
        replace(trainer(tmp_path), seeds=())
