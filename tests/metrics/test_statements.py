"""The metric of what is said, by hand: user u0 cares f = (3, 2, 0, 1); a score is f_u . f_i.

Scores of u0: i0 8, i3 7 (liked in training, so never counted), i1 6, i4 5, i2 0. Without f0: i0 2, i3 1, i1 6.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

import pyexplain.metrics.judged as judging
from pyexplain.data.types import Dataset
from pyexplain.errors import UsageError
from pyexplain.evaluation.scoring import BatchScorer
from pyexplain.metrics.base import MetricInput
from pyexplain.metrics.printed import Lines, read_lines
from pyexplain.recommenders.base import Recommender
from tests.metrics.toys import DotRecommender, all_metrics, explanations, plugin_module, toy_data

HOLDING = plugin_module("metrics_statements")
USERS = [[3.0, 2, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1]]
ITEMS = [[2.0, 1, 0, 0], [0, 3, 1, 0], [0, 0, 5, 0], [2, 0.5, 0, 0], [0, 2, 1, 1]]
MENTIONS = [  # user, item, feature, sentiment, sentence
    (1, 0, 0, 1.0, "Great f0."),
    (2, 0, 0, 1.0, "The f0 is\n good."),
    (2, 0, 0, -0.5, "But f0 breaks."),
    (0, 3, 0, 0.5, "I like its f0."),
    (1, 0, 1, -1.0, "Bad f1."),
    (1, 1, 1, 1.0, "Good f1."),
    (2, 1, 1, -1.0, "Poor f1."),
    (0, 1, 1, -1.0, "No f1."),
    (1, 0, 3, 1.0, "Fine f3."),
]


def world() -> Dataset:
    data = toy_data(USERS, ITEMS, train=[(0, 3), (1, 0), (2, 0)])
    columns = ["user", "item", "feature", "sentiment", "sentence"]
    return replace(data, evidence=pd.DataFrame(MENTIONS, columns=columns).assign(opinion="good"))


def said(kind: str, item: str = "i0", other: str | None = "i1", feature: str | None = None, **more: Any) -> dict[str, Any]:
    named = None if feature is None else {"kind": "word", "name": feature}
    made = {"kind": kind, "text": "", "feature": named, "item": item, "other": other, "change": [], "quote": None, "count": None}
    return made | more


def change(*moves: tuple[str, float, float]) -> list[dict[str, Any]]:
    return [{"kind": "word", "name": name, "from": before, "to": after} for name, before, after in moves]


def quote(sentence: str, item: str = "i0", user: str = "u1", sentiment: float = 1.0, own: bool = False) -> dict[str, Any]:
    return {"sentence": sentence, "item": item, "user": user, "sentiment": sentiment, "own": own}


def given(documents: list[dict[str, Any]], pairs: list[tuple[int, int]] | None = None, k: int = 10) -> MetricInput:
    data = world()
    found = explanations(data, pairs or [(0, 0)] * len(documents), [[1, 0, 0, 0]] * len(documents))
    scores = BatchScorer(DotRecommender(data), data.n_features)
    return MetricInput(data, k, explanations=found, scores=scores, said=tuple(documents))


def holds(statement: dict[str, Any], k: int = 10, **document: Any) -> bool:
    """The value of one statement about u0."""
    metric = all_metrics()[f"statements-{statement['kind']}"]()
    found = metric.values(given([{"user": "u0", "item": "i0", "statements": [statement]} | document], k=k))
    assert found.values.tolist() in ([0.0], [1.0])
    return bool(found.values[0])


FLIP = change(("f0", 3, 1.9))  # i0 5.8, i1 6
LEAVE = change(("f0", 3, 1))  # i0 4, i1 6, i4 5


@pytest.mark.parametrize(
    ("statement", "true"),
    [
        (said("reason", feature="f0"), True),  # adds 3 (2 - 0) = 6 to a margin of 2
        (said("reason", feature="f1"), False),  # 2 (1 - 3) = -4, and a complaint
        (said("reason", "i1", "i4", feature="f1"), False),  # adds 2 (3 - 2) = 2, but of three mentions two complain
        (said("reason", feature="f2"), False),  # the user does not care
        (said("reason", feature="f3"), False),  # the item does not have it, though somebody wrote so
        (said("reason", other="i3", feature="f0"), False),  # both have 2: it adds nothing, and nothing falls without it
        (said("reason", other=None, feature="f0"), False),
        (said("reason", feature="unheard of"), False),
        (said("contrast"), True),  # i3 lies between, and is liked already
        (said("contrast", "i1", "i4"), True),
        (said("contrast", "i0", "i4"), False),  # i1 lies between
        (said("contrast", "i1", "i0"), False),  # the wrong way round
        (said("contrast", "i0", "i3"), False),  # liked already
        (said("contrast", "i0", "i0"), False),
        (said("contrast", "i9", "i1"), False),  # no such item
        (said("flip", change=FLIP), True),
        (said("flip", change=change(("f0", 3, 2))), False),  # 6 and 6: a tie is no flip
        (said("flip", change=change(("f0", 2.9, 1.9))), False),  # it is 3, not 2.9
        (said("flip", change=change(("f0", 3, -1))), False),  # below the scale
        (said("flip", change=change(("f1", 2, 6))), False),  # above it
        (said("flip", change=change(("f1", 2, 3.1))), True),  # i0 9.1, i1 9.3
        (said("flip", change=change(("f0", 3, 1.9), ("unheard of", 0, 1))), False),
        (said("flip", change=[]), False),
        (said("flip", "i1", "i0", change=FLIP), False),  # i1 is behind already
        (said("replacement", change=FLIP), True),
        (said("replacement", change=FLIP, count=[1, 1]), True),
        (said("replacement", change=FLIP, count=[1, 2]), False),
        (said("replacement", other="i4", change=LEAVE), False),  # it flips, but i1 is first then
        (
            said("replacement", "i1", "i4", change=change(("f1", 2, 0), ("f3", 1, 1.5))),
            True,
        ),  # i0 6, i4 1.5, i1 0: second, as i1 was
        (said("leaving", change=LEAVE, count=[2, 3]), True),
        (said("leaving", change=LEAVE, count=[3, 3]), False),  # third is among the first three
        (said("leaving", change=LEAVE, count=[2, 4]), False),
        (said("leaving", change=FLIP, count=[2, 2]), False),
        (said("leaving", "i4", "i2", change=change(("f2", 0, 5)), count=[2, 3]), False),  # it was third before
        (said("evidence", feature="f0", other=None, quote=quote("Great f0.")), True),
        (said("evidence", feature="f0", other=None, quote=quote("The f0 is good.", user="u2")), True),  # a line break is none
        (said("evidence", feature="f0", other=None, quote=quote("The f0 is", user="u2")), False),  # cut short
        (said("evidence", feature="f0", other=None, quote=quote("Great f0.", user="u2")), False),  # not by that user
        (said("evidence", feature="f1", other=None, quote=quote("Great f0.")), False),  # not of that feature
        (said("evidence", feature="f1", other=None, quote=quote("Bad f1.", sentiment=1.0)), False),  # the wrong side
        (said("evidence", feature="f0", other=None, quote=quote("I like its f0.", "i3", "u0", own=True)), True),  # of another item
        (said("evidence", feature="f0", other=None, quote=quote("I like its f0.", "i3", "u0")), False),  # not told as their own
        (said("evidence", "i1", None, feature="f0", quote=quote("Great f0.")), False),  # others, of another item
        (said("evidence", feature="f0", other=None, quote=None), False),
        (said("size", other=None, feature="f0", count=[2, 2]), True),  # u2's two mentions come to 0.25
        (said("size", other=None, feature="f0", count=[1, 2]), False),
        (said("size", other=None, feature="f0", count=[2, 3]), False),  # three mentions, two reviews
        (said("size", "i1", None, feature="f1", count=[1, 3]), True),
        (said("size", "i1", None, feature="f1", count=[2, 3], text="2 of 3 complain"), True),
        (said("size", "i1", None, feature="f1", count=[2, 3], text="2 of 3 praise it"), False),
        (said("size", "i2", None, feature="f2", count=[0, 0]), False),
        (said("size", other=None, feature="f0", count=None), False),
    ],
)
def test_what_holds_and_what_is_a_lie(statement: dict[str, Any], true: bool) -> None:
    assert holds(statement) is true


def test_a_change_of_the_item_is_put_to_the_item() -> None:
    """f_i of i0 (2, 1, 0, 0): with f0 at 1 it scores 5, behind i1's 6 and beside i4's 5."""
    lower = change(("f0", 2, 1))
    assert holds(said("flip", change=lower), side="item")
    assert not holds(said("flip", change=lower), side="user")
    assert not holds(said("flip", change=change(("f0", 3, 1))), side="item")
    assert holds(said("replacement", change=lower, count=[1, 1]), side="item")
    assert holds(said("leaving", change=change(("f0", 2, 0.5)), count=[2, 3]), side="item")


def test_why_not_compares_with_an_item_that_need_not_be_next() -> None:
    assert holds(said("contrast", "i0", "i4"), why_not=True)
    assert not holds(said("contrast", "i4", "i0"), why_not=True)


def test_without_a_told_k_the_length_of_the_list_counts() -> None:
    assert holds(said("leaving", change=LEAVE), k=2)
    assert not holds(said("leaving", change=LEAVE), k=3)


def test_who_is_not_in_the_data_set_is_told_nothing_true() -> None:
    assert not holds(said("contrast"), user="nobody")


def test_coverage_counts_true_reasons_of_users_with_features() -> None:
    true, false = said("reason", feature="f0"), said("reason", feature="f2")
    documents = [
        {"user": "u0", "item": "i0", "statements": [false, true]},
        {"user": "u0", "item": "i1", "statements": [false]},
        {"user": "u0", "item": "i4", "statements": []},
        {"user": "u1", "item": "i1", "statements": []},  # no features: not asked
    ]
    found = all_metrics()["statements-coverage"]().measure(given(documents, [(0, 0), (0, 1), (0, 4), (1, 1)]), "m")
    assert found.values.tolist() == [1, 0, 0]
    assert (found.value, found.group, found.metric) == (pytest.approx(1 / 3), "statements", "coverage")


def test_a_share_is_of_all_statements_of_the_kind() -> None:
    statements = [said("contrast"), said("contrast", "i0", "i4"), said("contrast", "i1", "i4"), said("flip", change=FLIP)]
    everything = given([{"user": "u0", "item": "i0", "statements": statements}])
    assert all_metrics()["statements-contrast"]().measure(everything, "m").value == pytest.approx(2 / 3)
    assert all_metrics()["statements-flip"]().measure(everything, "m").value == 1
    nothing = all_metrics()["statements-leaving"]().measure(everything, "m")
    assert np.isnan(nothing.value)


def test_a_document_for_each_explanation() -> None:
    with pytest.raises(UsageError, match="1 documents of 2 explanations"):
        all_metrics()["statements-reason"]().values(replace(given([{}, {}]), said=({},), _memo={}))


def test_what_says_nothing_is_read_without_complaint() -> None:
    assert all_metrics()["statements-coverage"]().values(given([{}])).values.tolist() == [0]


class Product(Recommender):
    """Score of item 0: sign (f0 f1 - 1.5 f0) + 9 of f_u; of all others 0."""

    name = "product"

    def __init__(self, data: Dataset, sign: float) -> None:
        super().__init__()
        self.f_u, self.sign = torch.from_numpy(data.user_features.dense()), sign

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        f_u = self.f_u[users] if user_features is None else user_features
        return torch.where(items == 0, self.sign * (f_u[:, 0] * f_u[:, 1] - 1.5 * f_u[:, 0]) + 9, 0.0)


@pytest.mark.parametrize(("sign", "adds"), [(1.0, -1.0), (-1.0, 1.0)])
def test_a_reason_adds_to_the_margin_and_the_margin_falls_without_it(sign: float, adds: float) -> None:
    """f = (2, 2): on the way from nothing f0 gets half of f0 f1 = 4, and - 3 of its own: -1. Without it the margin loses 4 - 3 = 1.
    With the other sign it adds 1, and the margin rises by 1 when it goes."""
    columns = ["user", "item", "feature", "sentiment", "sentence"]
    data = toy_data([[2.0, 2]], [[1.0, 1], [1, 1]])
    data = replace(data, evidence=pd.DataFrame([(0, 0, 0, 1.0, "Good f0.")], columns=columns))
    document = {"user": "u0", "item": "i0", "statements": [said("reason", feature="f0")]}
    asked = MetricInput(data, scores=BatchScorer(Product(data, sign), 2), said=(document,))
    found = HOLDING.contribution(asked, Lines(read_lines([document], data)), data.user_features, np.array([0]))
    assert found == pytest.approx([adds], abs=1e-5)
    judged = replace(asked, explanations=explanations(data, [(0, 0)], [[1, 0]]), _memo={})
    assert all_metrics()["statements-reason"]().values(judged).values.tolist() == [0.0]


def test_of_very_many_a_part_is_looked_at_and_the_rest_still_covers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "MOST_LINES", 2)
    true, false = said("reason", feature="f0"), said("reason", feature="f2")
    documents = [{"user": "u0", "item": "i0", "statements": [statement]} for statement in [true] * 6 + [false] * 6]
    asked = given(documents)
    looked = all_metrics()["statements-reason"]().values(asked)
    assert len(looked) == 2
    covered = all_metrics()["statements-coverage"]().values(asked).values
    assert covered.sum() == 12 - (looked.values == 0).sum()  # whoever was not looked at is believed
    monkeypatch.setattr(judging, "MOST_SCORES", 11)
    contrasts = given([{"user": "u0", "item": "i0", "statements": [said("contrast")] * 12}])
    assert len(all_metrics()["statements-contrast"]().values(contrasts)) == 2  # 5 items each
