"""CER: counterfactual explainable recommendation, on the item's features. Tan et al., CIKM 2021."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field

from pyexplain import hookimpl
from pyexplain.data import NegativeSampler
from pyexplain.explainers import Explainer, Explanations, SolverSettings, solve, weights_of_change
from pyexplain.margin import Margin
from pyexplain.recommenders import Config, FeatureProductRecommender, Recommender

PAIRS_AT_ONCE = 64


class CER(FeatureProductRecommender):
    """The base ranker of user and item features: the network of eq. (5) with plain BPR (paper, footnote 2)."""

    name = "cer"
    reference = "Tan et al., Counterfactual Explainable Recommendation, CIKM 2021"


class ItemCounterfactualExplainer(Explainer):
    """The smallest reduction of item i's features, on those that the user has mentioned, at which i drops out of the user's top
    K: at which it scores below the best item outside. What a feature weighs comes from that change (`weights`): its size in
    mentions; signed; or how much of the flip is lost when its change alone is taken back. What does not have to change weighs
    nothing. Pairs for which none does it are reported as not solved, and stay in every average."""

    name = "cer"
    reference = CER.reference
    needs = frozenset({"gradients"})
    comes_with = "cer"
    side = "item"
    copies = 0  # solve() keeps within the memory

    class Config(Config):
        """K, and the solver's settings."""

        top_k: int = Field(5, ge=1, description="K: the length of the list that the item drops out of")
        solver: Literal["linearized", "adam"] = Field("linearized", description="linearized, or adam: gradient steps as published")
        l1: float = Field(1.0, ge=0, description="weight of ||delta||_1 (gamma of Tan et al.)")
        l2: float = Field(0.1, gt=0, description="weight of ||delta||_2^2")
        margin: float = Field(0.05, ge=0, description="by how much the other item has to win (alpha of Tan et al.)")
        weights: Literal["delta", "abs-delta", "flip-share"] = Field(
            "abs-delta", description="what a feature weighs: delta, signed; its size in mentions; its share of the flip"
        )

    config: Config

    def weigh(self, margin: Margin) -> Explanations:
        """For each (u, i) and the other item."""
        config, given = self.config, (margin.recommender, margin.data, margin.pairs, margin.against)
        settings = SolverSettings(solver=config.solver, l1=config.l1, l2=config.l2, margin=config.margin)
        found = solve(*given, settings, method=self.name, side="item", max_memory=margin.max_memory)
        return replace(found, weights=weights_of_change(config.weights, margin, found))

    def foil(self, pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The best item that is neither in the user's top K nor i; the top K is among items not liked in training, and i."""
        sampler = NegativeSampler(self.data.train, self.data.n_users, self.data.n_items)
        out = np.empty(len(pairs), dtype=np.int64)
        for at in range(0, len(pairs), PAIRS_AT_ONCE):
            part = pairs[at : at + PAIRS_AT_ONCE]
            scores = self._all_scores(part[:, 0])
            for row, (user, item) in enumerate(part.tolist()):
                others = sampler.pick(*_counted(user, int(sampler.counts[user])))
                others = others[others != item]
                ranked = others[np.argsort(-scores[row, others], kind="stable")]
                place = int((scores[row, ranked] >= scores[row, item]).sum())
                out[at + row] = ranked[min(max(self.config.top_k - (place < self.config.top_k), place), len(ranked) - 1)]
        return out

    def _all_scores(self, users: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """[n, I]."""
        device, n_items = self.recommender.device, self.data.n_items
        rows = torch.from_numpy(users.copy()).to(device).repeat_interleave(n_items)
        with torch.no_grad():
            flat = self.recommender.scores(rows, torch.arange(n_items, device=device).repeat(len(users)))
        scores: npt.NDArray[np.float32] = flat.reshape(len(users), n_items).cpu().numpy()
        return scores


def _counted(user: int, count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The user, again and again, and the ranks 0..count-1."""
    return np.full(count, user, dtype=np.int64), np.arange(count, dtype=np.int64)


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The base ranker."""
    return [CER]


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """Its counterfactuals."""
    return [ItemCounterfactualExplainer]
