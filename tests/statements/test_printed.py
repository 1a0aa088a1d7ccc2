"""The documents that metrics read are those that are printed; and evaluate measures them."""

from __future__ import annotations

import json

import numpy as np
import pytest

import pyexplain as px
from pyexplain.answers import Printed
from pyexplain.evaluation.questions import top_pairs
from tests.worlds import small_world


@pytest.fixture(scope="module")
def run() -> px.Run:
    return px.train(small_world(n_features=12), explainer="cnr", epochs=6, dim=8)


def test_a_document_is_what_explain_prints(run: px.Run) -> None:
    pairs = top_pairs(run.recommender, run.data, np.arange(5))
    found = run.explainer().explain(pairs, run.order.below(pairs))
    documents = Printed()(run.recommender, run.data, found)
    assert len(documents) == len(pairs)
    for (user, item), document in zip(pairs.tolist(), documents, strict=True):
        printed = json.loads(run.explain(run.data.users[user], run.data.items[item]).to_json())
        told, shown = ([{**said, "change": None} for said in d["statements"]] for d in (document, printed))
        assert told == shown != []  # a change may differ in the last digit: many pairs are solved at once
        assert {document[key] for key in ("user", "item", "against")} == {printed[key] for key in ("user", "item", "against")}


def test_what_is_compared_with_another_item_than_the_next_is_told_to_nobody(run: px.Run) -> None:
    pairs = top_pairs(run.recommender, run.data, np.arange(3))
    against = run.order.below(pairs)
    against[1] = (set(range(run.data.n_items)) - {*pairs[1].tolist(), int(against[1])}).pop()
    documents = Printed()(run.recommender, run.data, run.explainer().explain(pairs, against))
    assert [document["statements"] == [] for document in documents] == [False, True] + [False] * (len(pairs) - 2)


def test_evaluate_measures_what_is_printed_beside_the_controls(run: px.Run) -> None:
    document = px.evaluate(run, explanations=True, max_pairs=60).to_dict()["runs"][0]
    told = document["explanations"]["statements"]
    assert {told[kind] for kind in ("reason", "contrast", "flip", "evidence", "size")} == {1.0}
    assert 0 < told["coverage"] <= 1
    assert "statements" in document["samples"]["top"]["groups"]
    assert document["controls"]["echo"]["statements"]["reason"] == 1.0
    assert document["controls"]["echo"]["statements"]["flip"] is None
    assert not [name for name in document["skipped"] if name.startswith("statements")]
    assert "statements" not in document["lift"]
