"""What NETE tells: sentences of the recommender's own, about the features of an item that belong to what the user cares for."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import SparseRows
from pyexplain.explainers import Explainer, Explanations, Sentence
from pyexplain.margin import Margin
from pyexplain.recommenders import Config as BaseConfig
from pyexplain.recommenders import Recommender

NAMED = 1e-6  # the least weight of a feature that is named


class NeuralTemplates(Explainer):
    """Weights: of the features that i has and u cares for, how much they belong to all that u cares for: the sum over the features
    k of f_u of max(0, PMI(k, f)), PMI = log p(k, f) / (p(k) p(f)), p the share of training reviews that mention them (PMI of a
    feature with itself is -log p). Of the first `sentences` of these, what the recommender writes, whichever it is that offers
    sentences.

    The paper predicts a feature by PMI, too; the sum over f_u, and that u has to care for it, are not the paper's. Of a user as a
    whole: the same of all that they care for, and nothing is written.
    """

    name = "nete"
    reference = "Li, Zhang and Chen, Generate Neural Template Explanations for Recommendation, CIKM 2020"
    needs: ClassVar[frozenset[str]] = frozenset({"sentences"})
    comes_with = "nete"
    contrastive = False
    pairs_at_once = 1024

    class Config(BaseConfig):
        """How much is written."""

        sentences: int = Field(2, ge=1, le=20, description="sentences of a pair at most, of the features that weigh most")

    config: Config

    def fit(self, recommender: Recommender, data: Dataset, options: RunOptions) -> None:
        """What is mentioned together."""
        super().fit(recommender, data, options)
        self.together = together(data)

    def weigh(self, margin: Margin) -> Explanations:
        """The features of each pair, and their sentences."""
        weights = self._weights(margin)
        found = Explanations(self.name, margin.users, margin.items, weights, self.data.features.fingerprint)
        best = found.top(self.config.sentences)
        rows, places = np.nonzero((best >= 0) & (margin.items >= 0)[:, None])
        asked = (margin.users[rows], margin.items[rows], best[rows, places])
        texts = self.recommender.sentences(*(torch.from_numpy(column).to(self.recommender.device) for column in asked))
        written: list[list[Sentence]] = [[] for _ in range(len(margin))]
        for row, feature, text in zip(rows.tolist(), asked[2].tolist(), texts, strict=True):
            if text:
                written[row].append(Sentence(feature, text))
        return Explanations(
            self.name, margin.users, margin.items, weights, found.feature_space, sentences=tuple(map(tuple, written))
        )

    def explain_users(self, users: npt.NDArray[np.int64]) -> Explanations:
        """What each user cares for."""
        return self.explain(np.stack([users, np.full_like(users, -1)], axis=1))

    def _weights(self, margin: Margin) -> SparseRows:
        width = self.data.n_features
        cares = self.data.user_features.select(margin.users)
        cares = cares.where(cares.values > 0)
        near = self.together.select(cares.indices)
        cells = cares.row_indices()[near.row_indices()] * width + near.indices
        key, inverse = np.unique(cells, return_inverse=True)
        weight = np.maximum(np.bincount(inverse, near.values, minlength=len(key)), NAMED)
        has = self.data.item_features.select(np.maximum(margin.items, 0))
        own, its = (rows.row_indices() * width + rows.indices for rows in (cares, has.where(has.values > 0)))
        shared = np.isin(key, own) & (np.isin(key, its) | (margin.items < 0)[key // max(1, width)])
        row, column = np.divmod(key[shared], max(1, width))
        return SparseRows.from_triples(row, column, weight[shared], (len(margin), width))


def together(data: Dataset) -> SparseRows:
    """max(0, PMI) [P, P] of features in training reviews; a feature with itself is stored, whatever it is."""
    frame = data.evidence[["user", "item", "feature"]].drop_duplicates()
    review = (frame["user"].to_numpy(dtype=np.int64) * data.n_items + frame["item"].to_numpy()).astype(np.int64)
    frame = frame.assign(review=review)[["review", "feature"]]
    pairs = frame.merge(frame, on="review")
    key, times = np.unique(
        pairs["feature_x"].to_numpy(dtype=np.int64) * data.n_features + pairs["feature_y"].to_numpy(), return_counts=True
    )
    one, other = np.divmod(key, max(1, data.n_features))
    alone = np.bincount(frame["feature"], minlength=data.n_features).astype(np.float64)
    n = max(1, len(np.unique(review)))
    pmi: npt.NDArray[np.float64] = np.log(times * n / (alone[one] * alone[other]))
    kept = (pmi > 0) | (one == other)
    return SparseRows.from_triples(one[kept], other[kept], np.maximum(pmi[kept], 0), (data.n_features, data.n_features))


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """What it writes."""
    return [NeuralTemplates]
