"""The item that is compared with, where none is named, in the Python interface and in what is written for everybody."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pyexplain as px
from pyexplain.everyone import explain_everyone
from pyexplain.run import Run

from ..worlds import small_world
from .toys import Relu

DATA = small_world()


@pytest.fixture(scope="module")
def run() -> Run:
    return px.explain_model(Relu(DATA), DATA, "cnr")


def test_of_shown_items_it_is_the_next_in_the_list(run: Run) -> None:
    for user in ("u003", "u017"):
        ranked = [item for item, _ in run.recommend(user, 11)]
        for place, item in enumerate(ranked[:10]):
            found = run.explain(user, item)
            assert (found.item, found.against, found.why_not) == (item, ranked[place + 1], False)
            assert found.rank_before == place + 1


def test_of_an_item_that_is_not_shown_the_question_is_why_not(run: Run) -> None:
    """The item at place ten is ahead of it, and a change at which it no longer is turns the order around."""
    ranked = [item for item, _ in run.recommend("u003", 20)]
    found = run.explain("u003", ranked[15])
    assert (found.item, found.against, found.why_not) == (ranked[9], ranked[15], True)
    assert found.rank_before == 10
    assert found.margin_before > 0
    assert found.to_dict()["why_not"] is True
    assert run.explain("u003", ranked[15], shown=16).why_not is False


def test_who_names_the_other_item_is_answered_about_it(run: Run) -> None:
    """Where the other is ahead, the question is why the item is not."""
    ranked = [item for item, _ in run.recommend("u003", 20)]
    for item, other in ((2, 15), (15, 2)):
        found = run.explain("u003", ranked[item], against=ranked[other])
        assert (found.item, found.against, found.why_not) == (ranked[2], ranked[15], item == 15)


def test_the_last_item_of_the_catalogue_has_none_below_it(run: Run) -> None:
    everything = [item for item, _ in run.recommend("u003", DATA.n_items)]
    found = run.explain("u003", everything[-1], shown=DATA.n_items)
    assert found.against == everything[-2]
    assert found.margin_before < 0


def test_everybody_is_told_the_same(run: Run, tmp_path: Path) -> None:
    count = explain_everyone(run, tmp_path / "all.parquet", k=4)
    frame = pd.read_parquet(tmp_path / "all.parquet").drop_duplicates(["user", "item"])
    assert count == len(frame)
    for user, rows in frame.groupby("user"):
        ranked = run.recommend(user, 5)
        assert rows["item"].tolist() == [item for item, _ in ranked[:4]]
        assert rows["against"].tolist() == [item for item, _ in ranked[1:]]
        np.testing.assert_allclose(rows["score"], [score for _, score in ranked[:4]], rtol=1e-6)


def test_pairs_that_have_no_item_below_are_not_counted(run: Run, tmp_path: Path) -> None:
    count = explain_everyone(run, tmp_path / "all.parquet", k=DATA.n_items, top=2)
    pairs = pd.read_parquet(tmp_path / "all.parquet")[["user", "item"]].drop_duplicates()
    assert count == len(pairs) < DATA.n_users * DATA.n_items
