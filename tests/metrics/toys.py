"""Small data sets, recommenders and explainers whose every figure can be worked out by hand."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from pyexplain.data.settings import Settings
from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Candidates, Dataset
from pyexplain.data.vocabulary import Vocabulary
from pyexplain.explainers.base import Explainer
from pyexplain.explainers.types import Explanations
from pyexplain.recommenders.base import Recommender
from pyexplain.recommenders.options import RunOptions

ROOT = Path(__file__).parents[2]
COLUMNS = ["user", "item", "feature", "opinion", "sentiment", "sentence"]


def plugin_module(name: str) -> ModuleType:
    """A module of plugins/, as installed or from the source tree."""
    try:
        return importlib.import_module(f"pyexplain.plugins.{name}")
    except ModuleNotFoundError:
        known = f"plugins_under_test_{name}"
        if known not in sys.modules:
            spec = importlib.util.spec_from_file_location(known, ROOT / "plugins" / f"{name}.py")
            assert spec is not None
            assert spec.loader is not None
            sys.modules[known] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(sys.modules[known])
        return sys.modules[known]


def all_metrics() -> dict[str, type]:
    """Name -> class of every metric in plugins/metrics_*.py."""
    modules = [plugin_module(path.stem) for path in sorted((ROOT / "plugins").glob("metrics_*.py"))]
    return {cls.name: cls for module in modules for cls in module.pyexplain_metrics()}


def mentions(triples: Sequence[tuple[int, int, int]]) -> pd.DataFrame:
    """A frame of mentions from (user, item, feature)."""
    rows = [(u, i, f, "good", 1.0, "It is good.") for u, i, f in triples]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"user": "int64", "item": "int64", "feature": "int64"})


def toy_data(
    user_features: Sequence[Sequence[float]],
    item_features: Sequence[Sequence[float]],
    train: Sequence[tuple[int, int]] = (),
    test: Sequence[tuple[int, int]] = (),
    *,
    valid: Sequence[tuple[int, int]] = (),
    lists: Sequence[Sequence[int]] | None = None,
    evidence: Sequence[tuple[int, int, int]] = (),
    heldout: Sequence[tuple[int, int, int]] = (),
    protocol: str = "heldout",
    report: dict[str, object] | None = None,
) -> Dataset:
    """A data set from dense features, pairs, and mentions (user, item, feature); lists: a candidate list for each test user."""
    f_u, f_i = np.array(user_features, dtype=np.float32), np.array(item_features, dtype=np.float32)
    test_pairs, users = pairs_of(test), sorted({u for u, _ in test})
    wanted = lists if lists is not None else [list(range(len(f_i)))] * len(users)
    listed = np.array(wanted, dtype=np.int64) if users else np.zeros((0, 1), np.int64)
    marks = np.array([[(u, i) in set(test) for i in row] for u, row in zip(users, listed.tolist(), strict=True)], dtype=bool)
    empty = Candidates(np.zeros(0, np.int64), np.zeros((0, 1), np.int64), np.zeros((0, 1), bool))
    return Dataset(
        "toy",
        protocol,  # type: ignore[arg-type]
        Vocabulary([f"u{n}" for n in range(len(f_u))], "user"),
        Vocabulary([f"i{n}" for n in range(len(f_i))], "item"),
        Vocabulary([f"f{n}" for n in range(f_u.shape[1])], "feature"),
        pairs_of(train),
        pairs_of(valid),
        test_pairs,
        SparseRows.from_dense(f_u),
        SparseRows.from_dense(f_i),
        empty,
        Candidates(np.array(users, dtype=np.int64), listed, marks.reshape(listed.shape)),
        mentions(evidence),
        mentions(heldout),
        Settings("toy"),
        report or {},
    )


def pairs_of(pairs: Sequence[tuple[int, int]]) -> np.ndarray:
    """Pairs [n, 2]."""
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


class TableRecommender(Recommender):
    """score(u, i) = table[u, i]."""

    name = "table"

    def __init__(self, table: Sequence[Sequence[float]]) -> None:
        super().__init__()
        self.table = torch.tensor(table, dtype=torch.float32)

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        return self.table[users, items]


class DotRecommender(Recommender):
    """score(u, i) = f_u . f_i + bias[i]."""

    name = "dot"

    def __init__(self, data: Dataset, bias: Sequence[float] | None = None) -> None:
        super().__init__()
        self.f_u, self.f_i = torch.from_numpy(data.user_features.dense()), torch.from_numpy(data.item_features.dense())
        self.bias = torch.zeros(data.n_items) if bias is None else torch.tensor(bias, dtype=torch.float32)

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        f_u = self.f_u[users] if user_features is None else user_features
        f_i = self.f_i[items] if item_features is None else item_features
        return (f_u * f_i).sum(dim=1) + self.bias[items]


class FixedExplainer(Explainer):
    """Given weights for every pair, whatever the recommender."""

    name = "fixed"
    comes_with = "dot"

    def __init__(self, weights: Sequence[float]) -> None:
        super().__init__()
        self.weights = np.array([weights], dtype=np.float32)

    def explain(self, pairs: np.ndarray, against: np.ndarray | None = None) -> Explanations:
        weights = SparseRows.from_dense(np.repeat(self.weights, len(pairs), axis=0).reshape(len(pairs), self.weights.shape[1]))
        return Explanations(self.name, pairs[:, 0], pairs[:, 1], weights, self.data.features.fingerprint, against)

    def explain_users(self, users: np.ndarray) -> Explanations:
        return self.explain(np.stack([users, np.full_like(users, -1)], axis=1))


def explanations(
    data: Dataset, pairs: Sequence[tuple[int, int]], weights: Sequence[Sequence[float]], **more: object
) -> Explanations:
    """Explanations of pairs with dense weights."""
    rows = SparseRows.from_dense(np.array(weights, dtype=np.float32).reshape(len(pairs), data.n_features))
    numbers = pairs_of(pairs)
    return Explanations("ours", numbers[:, 0], numbers[:, 1], rows, data.features.fingerprint, **more)  # type: ignore[arg-type]


def fitted(method: Recommender | Explainer, *args: object) -> Recommender | Explainer:
    """The same, after fit with default options."""
    method.fit(*args, RunOptions())  # type: ignore[arg-type]
    return method
