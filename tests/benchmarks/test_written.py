"""Sentences that need no model: of the item's reviews, and the commonest one; the table has a row a figure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

import pyexplain as px
from benchmarks.written import commonest, figures, from_reviews, rewritten, table
from pyexplain.data.sparse import SparseRows
from pyexplain.explainers.types import Explanations, Sentence

from ..worlds import small_world

ROWS = [(0, 1, 2, "Good f2"), (1, 1, 2, "Nice f2"), (1, 3, 2, "good F2"), (2, 3, 0, "A f0")]


def test_sentences_without_a_model() -> None:
    frame = pd.DataFrame(ROWS, columns=["user", "item", "feature", "sentence"]).assign(opinion="good", sentiment=1.0)
    data = replace(small_world(), evidence=frame)
    pairs = np.array([[5, 1], [6, 3], [7, 0]])
    written = ((Sentence(2, "x"),), (Sentence(0, "y"), Sentence(2, "z")), (Sentence(2, "w"),))
    weights = SparseRows.empty((3, data.n_features))
    found = Explanations("mine", pairs[:, 0], pairs[:, 1], weights, data.features.fingerprint, sentences=written)
    drawn = rewritten(found, from_reviews(data, found, 0)).sentences
    assert drawn is not None
    assert drawn[0][0].text in ("Good f2", "Nice f2")
    assert drawn[1:] == ((Sentence(0, "A f0"), Sentence(2, "good F2")), ())
    assert rewritten(found, commonest(data)).sentences == (
        (Sentence(2, "good f2"),),
        (Sentence(0, "a f0"), Sentence(2, "good f2")),
        (Sentence(2, "good f2"),),
    )


def test_a_table_of_a_small_run() -> None:
    data = small_world()
    run = px.train(data, explainer="nete", dim=8, hidden=8, state=16, epochs=2, text_epochs=2)
    found = figures(run, {"heldout": data.test, "top": data.train[:20]}, 0)
    assert list(found) == ["nete", "a review of the item", "the commonest sentence"]
    assert set(found["nete"]) >= {"text bleu-4", "text usr", "sentences hold"}
    lines = table([found, found]).splitlines()
    assert len(lines) == 2 + len(found["nete"])
    assert all(line.count("|") == 5 and "± 0.000" in line for line in lines[2:] if "nan" not in line)
