"""The search: only the validation part, the same trials whether or not it was stopped, failures told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pyexplain as px
from pyexplain.data.types import Candidates
from pyexplain.registry import load_registry
from pyexplain.tuning.space import space_of
from pyexplain.tuning.study import CONFIG, Search, Tuned, tune
from tests.worlds import small_world

REGISTRY = load_registry()
OPTIONS = px.RunOptions(seed=3)
WANTED = ["dim=4,8,64", "learning_rate=0.001..0.1:log"]


def search(trials: int, **settings: object) -> Search:
    return Search("bpr-mf", space_of(REGISTRY.get("recommender", "bpr-mf").Config, WANTED), {"epochs": 2, **settings}, trials)


def found(out: Path, trials: int, **more: Any) -> list[Tuned]:
    return tune(search(trials), small_world(), out, REGISTRY, OPTIONS, **more)


def test_the_first_trial_has_the_defaults_and_the_best_is_written(tmp_path: Path) -> None:
    trials = found(tmp_path, 5)
    first = next(trial for trial in trials if trial.number == 0)
    assert first.settings == {"dim": 64, "learning_rate": 0.002}
    assert [trial.value for trial in trials] == sorted((trial.value for trial in trials), reverse=True)
    written = json.loads((tmp_path / CONFIG).read_text(encoding="utf-8"))
    assert written == {"epochs": 2, **trials[0].settings}
    again = px.train(small_world(), baseline="bpr-mf", options=OPTIONS, settings=written)
    assert next(entry["ndcg@10"] for entry in again.history if entry.get("kept")) == pytest.approx(trials[0].value)


def test_stopped_and_gone_on_it_finds_the_same(tmp_path: Path) -> None:
    whole = found(tmp_path / "whole", 12)
    told: list[Tuned] = []

    def stop(trial: Tuned) -> None:
        told.append(trial)
        if len(told) == 11:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        found(tmp_path / "parts", 12, tell=stop)
    assert found(tmp_path / "parts", 12, resume=True) == whole
    assert found(tmp_path / "parts", 12, resume=True) == whole  # nothing is left to do


def test_a_trial_that_was_stopped_in_the_middle_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = found(tmp_path / "whole", 3)
    from pyexplain.tuning import study

    real, calls = study._worth, []

    def worth(*given: Any) -> float:
        calls.append(1)
        if len(calls) in (1, 3):
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(study, "_worth", worth)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            found(tmp_path / "parts", 3, resume=True)
    assert found(tmp_path / "parts", 3, resume=True) == whole


def nothing() -> Candidates:
    return Candidates(np.zeros(0, np.int64), np.zeros((0, 15), np.int64), np.zeros((0, 15), bool))


def test_the_test_part_is_not_looked_at(tmp_path: Path) -> None:
    data = small_world()
    other = replace(data, test=data.test[:0], test_candidates=nothing(), heldout=data.heldout[:0])
    values = [[t.value for t in tune(search(3), d, tmp_path / str(n), REGISTRY, OPTIONS)] for n, d in enumerate((data, other))]
    assert values[0] == values[1]


def test_trials_of_another_search_are_refused(tmp_path: Path) -> None:
    found(tmp_path, 1)
    with pytest.raises(px.UsageError, match="there are trials already"):
        found(tmp_path, 2)
    with pytest.raises(px.RunError, match="of another settings"):
        tune(search(2, epochs=3), small_world(), tmp_path, REGISTRY, OPTIONS, resume=True)
    with pytest.raises(px.RunError, match="of another data set"):
        tune(search(2), small_world(1), tmp_path, REGISTRY, OPTIONS, resume=True)


def test_a_trial_that_fails_is_told_and_the_search_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyexplain.tuning import study

    real = study._worth

    def worth(search: Search, settings: dict[str, Any], *more: Any) -> float:
        if settings["dim"] != 64:
            raise px.RunError("the loss is not finite")
        return real(search, settings, *more)

    monkeypatch.setattr(study, "_worth", worth)
    trials = found(tmp_path / "some", 6)
    assert {trial.error for trial in trials if trial.value is None} == {"the loss is not finite"}
    assert trials[-1].value is None
    monkeypatch.setattr(study, "_worth", lambda *given: (_ for _ in ()).throw(px.RunError("the loss is not finite")))
    with pytest.raises(px.RunError, match="no trial could be trained; the first: the loss is not finite"):
        found(tmp_path / "none", 2)


def test_without_a_validation_part_there_is_nothing_to_choose_by(tmp_path: Path) -> None:
    data = small_world()
    with pytest.raises(px.DataError, match="no validation part"):
        tune(search(1), replace(data, valid_candidates=nothing()), tmp_path, REGISTRY, OPTIONS)
