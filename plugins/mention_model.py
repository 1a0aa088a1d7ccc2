"""Which features would this user write about, were the review of this item still to be written? A model of the texts, no more."""

from __future__ import annotations

import itertools
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.explainers import Explainer
from pyexplain.margin import Margin
from pyexplain.recommenders import Config, Recommender

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
COPIES = 6  # dense rows [P] of float64 that a pair needs at a time


class Strengths(NamedTuple):
    """item, user: how many mentions the common frequencies count for, beside those of the item and of the user; taste: the
    exponent of what sets the user apart."""

    item: float
    user: float
    taste: float


GRID = tuple(Strengths(*s) for s in itertools.product((2.0, 5.0, 10.0, 30.0), (5.0, 20.0, 60.0), (0.0, 0.3, 0.6, 1.0)))


class MentionModel(Explainer):
    """Weights are p(k | u, i), proportional to p(k | i) (p(k | u) / p(k))^taste: naive Bayes over training reviews, a user's and an
    item's frequencies smoothed towards those of all. The three strengths are chosen on a fifth of the training reviews.

    It does not ask the recommender anything. So it says what the user will find worth mentioning, and cannot be faithful: beside
    its agreement with texts read its deletion and insertion.
    """

    name = "mention-model"
    reference = "naive Bayes with Dirichlet smoothing (Zhai and Lafferty, TOIS 2004)"
    needs: ClassVar[frozenset[str]] = frozenset({"scores"})
    comes_with = "vbpr"
    contrastive = False
    copies = 2 * COPIES
    expected_failures: ClassVar[dict[str, str]] = {
        "numbers_do_not_matter": "the reviews that choose the strengths are drawn in the order of the numbers of users and items"
    }

    class Config(Config):
        """How many features are named, and on how many reviews the strengths are chosen."""

        keep: int = Field(50, ge=1, description="features named for a pair, at most")
        judged: int = Field(3000, ge=1, description="training reviews, at most, on which the strengths are chosen")

    config: Config

    def fit(self, recommender: Recommender, data: Dataset, options: RunOptions) -> None:
        """Count mentions, and choose the strengths."""
        super().fit(recommender, data, options)
        cells = _mentions(data)
        self.strengths = self._choose(cells, data) if len(cells) else GRID[0]
        self.counts = _Counts.of(cells, data)

    def _choose(self, cells: Int, data: Dataset) -> Strengths:
        """The best of the grid by NDCG@10, learned from four fifths of the reviews and judged on the others."""
        reviews, place = np.unique(cells[:, :2], axis=0, return_inverse=True)
        rng = np.random.default_rng([self.options.seed, 7])
        asked = rng.permutation(len(reviews))[: min(self.config.judged, max(1, len(reviews) // 5))]
        aside = np.isin(place.ravel(), asked)
        if aside.all():
            return GRID[0]
        counts, truth = _Counts.of(cells[~aside], data), cells[aside]
        return max(GRID, key=lambda strengths: _ndcg(counts, strengths, truth))

    def weigh(self, margin: Margin) -> Float:
        """p(k | u, i); the other item plays no part."""
        return _largest(self.counts.likely(margin.pairs, self.strengths), self.config.keep)

    def state(self) -> dict[str, Tensor]:
        """The strengths; the counts are those of the data set."""
        return {"strengths": torch.tensor(self.strengths, dtype=torch.float64)}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take the strengths back, and count again."""
        self.strengths = Strengths(*state["strengths"].tolist())
        self.counts = _Counts.of(_mentions(self.data), self.data)


class _Counts:
    """Mentions of all [P], by user and by item as sorted cells."""

    def __init__(self, share: Float, users: tuple[Int, Int, Int], items: tuple[Int, Int, Int]) -> None:
        self.share, self.users, self.items = share, users, items

    @staticmethod
    def of(cells: Int, data: Dataset) -> _Counts:
        """From cells [n, 3] of (user, item, feature)."""
        every = np.bincount(cells[:, 2], minlength=data.n_features) + 0.1
        sides = ((cells[:, 0], data.n_users), (cells[:, 1], data.n_items))
        rows = [_counted(indices, cells[:, 2], n, data.n_features) for indices, n in sides]
        return _Counts(every / every.sum(), *rows)

    def likely(self, pairs: Int, s: Strengths) -> Float:
        """p(k | u, i) [n, P], rows that sum to 1."""
        of_item, of_user = self._smooth(self.items, pairs[:, 1], s.item), self._smooth(self.users, pairs[:, 0], s.user)
        joint = of_item * (of_user / self.share) ** s.taste
        total: Float = joint / joint.sum(axis=1, keepdims=True)
        return total

    def _smooth(self, side: tuple[Int, Int, Int], indices: Int, strength: float) -> Float:
        offsets, features, counts = side
        lengths = np.diff(offsets)[indices]
        out = np.tile(self.share * strength, (len(indices), 1))
        row = np.repeat(np.arange(len(indices)), lengths)
        at = np.arange(len(row)) + np.repeat(offsets[indices] - np.concatenate([[0], np.cumsum(lengths)])[:-1], lengths)
        out[row, features[at]] += counts[at]
        smoothed: Float = out / out.sum(axis=1, keepdims=True)
        return smoothed


def _mentions(data: Dataset) -> Int:
    """Cells [n, 3] of (user, item, feature) that training reviews speak of, each once; from the features where no text is known."""
    if len(data.evidence):
        return np.unique(data.evidence[["user", "item", "feature"]].to_numpy(dtype=np.int64), axis=0)
    cells = []
    for user, item in data.train.tolist():  # what both sides have: all that is known of such a review
        both = np.intersect1d(data.user_features.row(user)[0], data.item_features.row(item)[0])
        cells += [(user, item, feature) for feature in both.tolist()]
    return np.array(cells, dtype=np.int64).reshape(-1, 3)


def _counted(indices: Int, features: Int, n: int, n_features: int) -> tuple[Int, Int, Int]:
    cells, counts = np.unique(indices * n_features + features, return_counts=True)
    offsets = np.searchsorted(cells, np.arange(n + 1) * n_features)
    return offsets.astype(np.int64), cells % n_features, counts


def _ndcg(counts: _Counts, strengths: Strengths, truth: Int, k: int = 10) -> float:
    """Mean NDCG@k over the reviews of truth [n, 3]."""
    reviews, row = np.unique(truth[:, :2], axis=0, return_inverse=True)
    right = np.zeros((len(reviews), len(counts.share)), dtype=bool)
    right[row.ravel(), truth[:, 2]] = True
    first = np.argsort(-counts.likely(reviews, strengths), axis=1, kind="stable")[:, :k]
    discount = 1 / np.log2(np.arange(2, k + 2))
    gained = np.take_along_axis(right, first, axis=1) @ discount[: first.shape[1]]
    return float((gained / np.cumsum(discount)[np.minimum(right.sum(axis=1), k) - 1]).mean())


def _largest(dense: Float, keep: int) -> Float:
    if keep < dense.shape[1]:
        order = np.argsort(-dense, axis=1, kind="stable")[:, keep:]
        np.put_along_axis(dense, order, 0, axis=1)
    return dense


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """The model of the texts."""
    return [MentionModel]
