"""Two runs compared from Python: a run with itself, with another of its method, and on a data set that has grown."""

from __future__ import annotations

import json

import pytest

import pyexplain as px
from pyexplain.errors import UsageError
from tests.worlds import small_world

QUICK = {"epochs": 2, "dim": 8}


@pytest.fixture(scope="module")
def runs() -> tuple[px.Run, px.Run]:
    data = small_world()
    return px.train(data, explainer="cnr", settings=QUICK), px.train(data, explainer="cnr", seed=1, settings={**QUICK, "dim": 4})


def test_a_run_does_not_differ_from_itself(runs: tuple[px.Run, px.Run]) -> None:
    found = px.diff(runs[0], runs[0])
    assert found.same_data
    assert found.settings == ()
    assert {figure.verdict for figure in found.figures} <= {"level", "unknown"}
    assert all(figure.before == figure.after for figure in found.figures)
    assert (found.lists["overlap"], found.lists["first"]) == (1.0, 1.0)
    assert (found.reasons["overlap"], found.reasons["first"]) == (1.0, 1.0)
    assert found.items == ()


def test_settings_figures_and_conditions(runs: tuple[px.Run, px.Run]) -> None:
    found = px.diff(*runs, names=["a", "b"], fail_if=["lists.overlap < 1.1", "ranking.ndcg@10 > 1"], max_pairs=30)
    assert {key: (old, new) for key, old, new in found.settings} == {"seed": (0, 1), "recommender.dim": (8, 4)}
    assert [condition for condition, _ in found.failed] == ["lists.overlap < 1.1"]
    evaluated = px.evaluate(*runs, explanations=True, max_pairs=30).to_dict()["runs"]
    [ndcg] = [f for f in found.figures if (f.group, f.metric) == ("ranking", "ndcg@10")]
    assert (ndcg.before, ndcg.after) == tuple(run["ranking"]["ndcg@10"] for run in evaluated)
    assert "agreement" in {figure.group for figure in found.figures}
    json.dumps(found.to_dict(), allow_nan=False)
    frame = found.to_frame()
    assert len(frame) == len(found.figures)
    assert "b" in repr(found)


def test_ranking_alone_and_a_run_that_explains_nothing(runs: tuple[px.Run, px.Run]) -> None:
    plain = px.train(runs[0].data, baseline="bpr-mf", settings=QUICK)
    found = px.diff(plain, runs[0])
    assert {figure.group for figure in found.figures} == {"ranking"}
    assert found.reasons["overlap"] is None
    assert ("explainer", None, "cnr") in found.settings


def test_data_that_has_grown_is_matched_by_id(runs: tuple[px.Run, px.Run]) -> None:
    grown = px.train(small_world(n_users=runs[0].data.n_users + 5), explainer="cnr", settings=QUICK)
    found = px.diff(runs[0], grown, explanations=False)
    assert not found.same_data
    assert found.data["users"] == {"before": grown.data.n_users - 5, "after": grown.data.n_users, "new": 5, "gone": 0}
    assert found.lists["users"] == runs[0].data.n_users


def test_a_condition_that_nothing_can_meet_is_refused(runs: tuple[px.Run, px.Run]) -> None:
    with pytest.raises(UsageError, match="no figure"):
        px.diff(*runs, explanations=False, fail_if=["deletion worse"])
