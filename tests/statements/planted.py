"""A world in which everything that a statement needs is put there by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Dataset
from pyexplain.data.vocabulary import Vocabulary
from pyexplain.explainers.order import Order
from pyexplain.explainers.types import Explanations
from pyexplain.statements.facts import Checker, Facts

from ..explainers.toys import Linear, world_with

COLUMNS = ["user", "item", "feature", "opinion", "sentiment", "sentence"]
Said = tuple[int, int, int, str, float, str]
# item 0 is ahead of item 1 by what user 0 cares about at feature 0; item 2 is behind both
LIKES = [[2.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 0.0]]
HAS = [[3.0, 0.0, 3.0], [0.0, 3.0, 3.0], [3.0, 3.0, 3.0]]
CARES = [[3.0, 4.0, 1.0]]
PRAISE: list[Said] = [
    (5, 0, 0, "good", 1.0, "The f0 is good."),
    (6, 0, 0, "great", 1.0, "Great f0, I say it again."),
]


def world(said: list[Said] | None = None, has: list[list[float]] | None = None, cares: list[list[float]] | None = None) -> Dataset:
    """User 0 cares about features 0, 1 and 2; items 0, 1, 2 have what `has` says; `said` is all that was ever written."""
    data = world_with(
        CARES if cares is None else cares, [[3.0, 0.0, 3.0], [0.0, 3.0, 3.0], [3.0, 3.0, 3.0]] if has is None else has
    )
    evidence = pd.DataFrame(PRAISE if said is None else said, columns=COLUMNS)
    evidence = evidence.astype({"opinion": "str", "sentence": "str", "sentiment": "float64"})
    names = Vocabulary([f"f{k}" for k in range(data.n_features)], "feature")
    return replace(data, features=names, evidence=evidence, train=data.train[data.train[:, 0] != 0])


def model(data: Dataset, likes: list[list[float]] | None = None) -> Linear:
    """R(u, i) = a_i . f_u; all other items score far below."""
    made = Linear(data, LIKES if likes is None else likes)
    made.a[3:] -= 1.0
    return made


def checked(
    data: Dataset,
    item: int = 0,
    other: int | None = 1,
    change: dict[int, float] | None = None,
    k: int = 10,
    toy: Linear | None = None,
) -> Facts:
    """What holds of (user 0, item) against the other, with a change of f_u."""
    toy = toy or model(data)
    checker = Checker(Order(toy, data))
    questions = checker.pose(np.array([[0, item]]), None if other is None else np.array([other]), k)
    return checker.check(questions, explained(data, questions.front, questions.back, change))


def explained(data: Dataset, front: np.ndarray, back: np.ndarray, change: dict[int, float] | None) -> Explanations:
    """An explanation that says nothing but its change."""
    cells = sorted((change or {}).items())
    shape = (1, data.n_features)
    rows = SparseRows.from_triples([0] * len(cells), [f for f, _ in cells], [v for _, v in cells], shape)
    return Explanations(
        "toy", np.array([0]), front, SparseRows.empty(shape), data.features.fingerprint, back, None if change is None else rows
    )


def kinds(facts: Facts) -> list[str]:
    """The kinds of the statements that hold."""
    return [statement.kind for statement in facts.statements(0)]
