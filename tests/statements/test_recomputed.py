"""Every statement printed about users' first three items, recomputed from the run and the data set's files: all of them hold.

benchmarks/recomputed.py shares no code with the checks of pyexplain/statements, nor with the metric of that name.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pyexplain as px
from benchmarks.recomputed import Recomputed
from benchmarks.statements import documents, measure
from pyexplain.data.store import save_dataset
from pyexplain.evaluation.scoring import BatchScorer
from pyexplain.preparation.prepare import import_data, prepare
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.registry import load_registry
from tests.shared import SHARED, needs

SEVERAL = [50, pytest.param(500, marks=pytest.mark.long)]
FEW = [20, *SEVERAL[1:]]  # of real data, which takes longer
KINDS = {"reason", "contrast", "evidence", "size", "flip", "replacement"}


def trained(data: px.Dataset, folder: Path, epochs: int) -> px.Run:
    save_dataset(data, folder)
    return px.train(folder, explainer="cnr", epochs=epochs, dim=32)


@pytest.fixture(scope="module")
def demo(built_in: Path) -> tuple[px.Run, Path]:
    return px.train(built_in, explainer="cnr", epochs=12, dim=32), built_in


def test_all_that_is_printed_about_the_demo_holds(demo: tuple[px.Run, Path]) -> None:
    tally = measure(*demo, n_users=40)
    assert set(tally.said) >= KINDS
    assert tally.false == []
    assert tally.coverage(1) >= 0.95


@pytest.mark.parametrize("n_users", SEVERAL)
def test_all_that_is_printed_about_other_users_of_the_demo_holds(demo: tuple[px.Run, Path], n_users: int) -> None:
    tally = measure(*demo, n_users=n_users, seed=1)
    assert tally.false == []
    assert tally.coverage(1) >= 0.9  # of 50 people, one more or less without a reason is .02


@pytest.mark.parametrize("n_users", FEW)
@needs("reviews/amazon2014_reviews_Musical_Instruments_5.json.gz")
def test_all_that_is_printed_about_instruments_holds(tmp_path: Path, n_users: int) -> None:
    reviews = SHARED / "reviews" / "amazon2014_reviews_Musical_Instruments_5.json.gz"
    data = prepare([reviews], PrepareOptions(name="raw"), load_registry())
    tally = measure(trained(data, tmp_path / "d", 10), tmp_path / "d", n_users)
    assert tally.false == []
    assert tally.coverage(1) >= 0.75


@pytest.mark.parametrize("n_users", FEW)
@needs("cellphones")
def test_all_that_is_printed_about_cell_phones_holds(tmp_path: Path, n_users: int) -> None:
    data = import_data(SHARED / "cellphones", PrepareOptions(name="cell", format="mentions-csv"), load_registry())
    tally = measure(trained(data, tmp_path / "d", 2), tmp_path / "d", n_users)
    assert tally.false == []


Lie = Callable[[dict[str, Any], px.Dataset], dict[str, Any]]


def other_feature(said: dict[str, Any], data: px.Dataset) -> dict[str, Any]:
    """One that the item does not have."""
    mine = set(data.item_features.row(data.items.index(said["item"]))[0].tolist())
    strange = next(f for f in range(data.n_features) if f not in mine)
    return said | {"feature": {"kind": "word", "name": data.features[strange]}}


LIES: dict[str, Lie] = {
    "reason": other_feature,
    "contrast": lambda said, data: said | {"item": said["other"], "other": said["item"]},
    "flip": lambda said, data: said | {"change": [c | {"to": c["from"]} for c in said["change"]]},
    "replacement": lambda said, data: said | {"count": [said["count"][0], said["count"][1] + 5]},
    "evidence": other_feature,
    "size": lambda said, data: said | {"count": [said["count"][0], said["count"][1] + 1]},
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_lie_of_each_kind_is_found(kind: str, demo: tuple[px.Run, Path]) -> None:
    """Both by what recomputes them here and by the metric."""
    run, folder = demo
    checked, metric = Recomputed(run, folder), run.registry.get("metric", f"statements-{kind}")()
    for _, document in documents(run, [run.data.users[n] for n in range(20)]):
        for said in (said for said in document["statements"] if said["kind"] == kind):
            lie = LIES[kind](said, run.data)
            assert checked.holds(document, said)
            assert not checked.holds(document, lie)
            assert judged(run, document, [said, lie], metric) == [1.0, 0.0]
            return
    raise AssertionError(f"nothing of kind {kind} was printed")


def judged(run: px.Run, document: dict[str, Any], statements: list[dict[str, Any]], metric: px.metrics.Metric) -> list[float]:
    user, item = run.data.users.index(document["user"]), run.data.items.index(document["item"])
    row = run.data.user_features.select([user])
    found = px.Explanations("", np.array([user]), np.array([item]), row, run.data.features.fingerprint)
    said = (json.loads(json.dumps(document)) | {"statements": statements},)
    scores = BatchScorer(run.recommender, run.data.n_features)
    return metric.values(px.metrics.MetricInput(run.data, explanations=found, scores=scores, said=said)).values.tolist()
