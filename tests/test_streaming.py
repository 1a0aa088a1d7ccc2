"""What is asked of everybody, part by part: everybody is there, and parts of something else are not mixed in. With workers:
tests/engines/test_streams.py."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch

import pyexplain as px
from pyexplain.engines.local import LocalEngine
from pyexplain.engines.on_ray import RayEngine
from pyexplain.engines.processes import ProcessEngine
from pyexplain.errors import RunError, UsageError
from pyexplain.everyone_listed import _Listed
from pyexplain.streaming import _elsewhere, identity_of

from .streams import listed, run

__all__ = ["run"]


def test_a_worker_that_sees_another_run_says_so(run: px.Run) -> None:
    asked = _Listed(5)
    ready = asked.ready(px.Run(replace(run.trained, options=replace(run.trained.options, seed=7)), run.registry))
    with pytest.raises(RunError, match="a worker has seed 0, this process seed 7"):
        _elsewhere(run, asked, ready, LocalEngine())()


def test_lists_of_everybody_are_those_of_each(run: px.Run, tmp_path: Path) -> None:
    count = listed(run, tmp_path / "x.parquet")
    found = pd.read_parquet(tmp_path / "x.parquet")
    assert count == len(found) == 5 * run.data.n_users
    assert list(found) == ["user", "item", "title", "score", "rank"]
    assert found["user"].drop_duplicates().tolist() == list(run.data.users.names)
    for user in run.data.users.names[:3]:
        assert found.loc[found["user"] == user, "item"].tolist() == [item for item, _ in run.recommend(user, 5)]


def test_workers_need_folders(run: px.Run) -> None:
    asked = _Listed(5)
    for lacking in ("folder", "data_path"):
        with pytest.raises(UsageError, match="one has none"):
            _elsewhere(px.Run(replace(run.trained, **{lacking: None}), run.registry), asked, asked.ready(run), LocalEngine())


@pytest.mark.parametrize("device", ["cpu", "cuda:0", "cuda:1"])
def test_workers_of_this_machine_have_its_card_those_of_others_may_have_none(
    run: px.Run, monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    asked = _Listed(5)
    there = px.Run(replace(run.trained, options=replace(run.trained.options, device=device)), run.registry)
    given = there, asked, asked.ready(there)
    start = _elsewhere(*given, ProcessEngine(2))
    assert start.device == start.identity["device"] == device
    if device == "cpu":
        assert _elsewhere(*given, RayEngine(2)) == start
        return
    with pytest.raises(UsageError, match="of other machines compute on the processor"):
        _elsewhere(*given, RayEngine(2))
    with pytest.raises(RunError, match="CUDA was asked for"):  # by the worker, on a machine without one
        start()


def test_a_model_that_was_moved_by_hand_is_not_mistaken(run: px.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _Listed(5)
    ready = asked.ready(run)
    monkeypatch.setattr(type(run.recommender), "device", torch.device("cuda:0"))
    assert _elsewhere(run, asked, ready, ProcessEngine(2)).device == "cuda:0"
    with pytest.raises(UsageError, match="compute on the processor"):
        _elsewhere(run, asked, ready, RayEngine(2))


def test_parts_of_another_length_of_lists_are_not_mixed(run: px.Run) -> None:
    assert identity_of(run, {}, {"k": 5}) != identity_of(run, {}, {"k": 6})
