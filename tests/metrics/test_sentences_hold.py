"""Whether sentences hold, by hand, and beside the checks that they pass before they are printed: two programs, one definition."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pyexplain.data import Dataset
from pyexplain.data.demo import write_demo
from pyexplain.explainers import Sentence
from pyexplain.metrics import MetricInput
from pyexplain.preparation.prepare import prepare
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.registry import load_registry
from pyexplain.statements.evidence import EvidenceIndex
from pyexplain.statements.written import SentenceChecker
from tests.metrics.toys import COLUMNS, all_metrics, explanations, plugin_module, toy_data

METRICS, HOLDING = all_metrics(), plugin_module("metrics_sentences_hold")
MENTIONS = [  # user, item, feature, opinion, sentiment
    (1, 0, 0, "great", 1.0),
    (2, 0, 0, "Good", 1.0),
    (2, 0, 1, "bad", -1.0),
    (1, 1, 2, "poor", -1.0),
    (1, 1, 0, "low", 1.0),
    (2, 1, 1, "low", -1.0),
]


def world() -> Dataset:
    """User 0 mentions f0, f1 and f2, user 1 f0 alone, user 2 nothing."""
    data = toy_data([[1, 1, 1], [1, 0, 0], [0, 0, 0]], [[1, 1, 0], [1, 1, 1]])
    rows = [(*mention, "So it is.") for mention in MENTIONS]
    return replace(data, evidence=pd.DataFrame(rows, columns=COLUMNS))


def measured(name: str, told: list[tuple[int, int, list[Sentence]]], **more: Any) -> list[float]:
    data = world()
    pairs = [(user, item) for user, item, _ in told]
    found = explanations(data, pairs, [[1, 0, 0]] * len(told), sentences=tuple(tuple(written) for *_, written in told))
    values: list[float] = METRICS[name]().values(MetricInput(data, explanations=found, **more)).values.tolist()
    return values


@pytest.mark.parametrize(
    ("feature", "text", "holds"),
    [
        (0, "The f0s are great", True),
        (0, "A GOOD f0.", True),
        (0, "It is great", False),
        (0, "Great f1", False),
        (0, "The f0", False),
        (0, "The f0 is bad", False),
        (0, "The f0 is poor", False),
        (0, "Great but bad f0", False),
        (0, "A great bad f0", False),
        (0, "The f0 isn't great", False),
        (0, "If the f0 is great", False),
        (0, "Great f0 and f1", False),
        (0, "Great f0 and f2", False),
        (0, "A low f0", True),
        (1, "A low f1", True),
        (1, "A bad f1", True),
        (1, "A great f1", False),
    ],
)
def test_what_holds(feature: int, text: str, holds: bool) -> None:
    assert measured("sentences-hold", [(0, 0, [Sentence(feature, text)])]) == [float(holds)]
    told = {"kind": "word", "name": f"f{feature}"}
    line = {
        "kind": "sentence",
        "text": text,
        "feature": told,
        "item": "i0",
        "other": None,
        "change": [],
        "quote": None,
        "count": None,
    }
    documents = ({"user": "u0", "item": "i0", "statements": [line]},)
    assert measured("statements-sentence", [(0, 0, [])], said=documents) == [float(holds)]
    unknown = ({"user": "u0", "item": "i0", "statements": [line | {"feature": {"kind": "word", "name": "f9"}}]},)
    assert measured("statements-sentence", [(0, 0, [])], said=unknown) == [0.0]


def test_every_sentence_counts_and_every_item_of_who_mentions_something() -> None:
    good, bad = Sentence(0, "Great f0"), Sentence(0, "Bad f0")
    told = [(0, 0, [good, bad]), (0, 1, []), (1, 0, [bad]), (1, 0, [good]), (2, 0, [good])]
    assert measured("sentences-hold", told) == [1, 0, 0, 1, 0]
    assert measured("sentences-coverage", told) == [1, 0, 0, 1]


def test_what_is_told_holds_by_the_metric_too(tmp_path: Path) -> None:
    """Sentences of the demo's reviews, told of the items that they are of and of others."""
    data = prepare([write_demo(tmp_path, users=80, items=40, features=12)], PrepareOptions("demo"), load_registry(strict=True))
    checker, judge = SentenceChecker(EvidenceIndex.of(data)), HOLDING.Judge(data)
    frame, rng = data.evidence, np.random.default_rng(1)
    rows = rng.integers(0, len(frame), 600)
    features, texts = frame["feature"].to_numpy(np.int64)[rows], frame["sentence"].astype(str).to_numpy()[rows]
    items = np.where(rng.random(600) < 0.5, frame["item"].to_numpy(np.int64)[rows], rng.integers(0, data.n_items, 600))
    users = frame["user"].to_numpy(np.int64)[rows]
    judged = judge.holds(users, items, features, texts.tolist())
    cares = [set(data.user_features.row(int(user))[0].tolist()) for user in users]
    told = np.array(
        [checker.holds(int(i), c, Sentence(int(f), t)) for i, c, f, t in zip(items, cares, features, texts, strict=True)]
    )
    assert 0.1 < told.mean() < 0.9
    assert judged[told].all()
    assert (judged == told).mean() > 0.95  # the checks know more words that turn a sentence
