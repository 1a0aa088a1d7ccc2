"""The fewest things a person would have to have left out: whole features taken away until the item is not shown any more."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
from pydantic import Field

from pyexplain import hookimpl
from pyexplain.data import SparseRows, apply_change
from pyexplain.explainers import (
    Config,
    Counterfactual,
    Explainer,
    Explanations,
    Removals,
    smallest_flips,
    smallest_removals,
    turned_around,
)
from pyexplain.margin import Margin, contributions_to


class Removal(Explainer):
    """The change is the smallest set of the user's own features that, taken away whole, puts j in front of i (or, with leaves=K,
    takes i out of the first K of the whole catalogue): proved to be the smallest where scores are linear in f_u, and elsewhere as
    far as the questions go. Features of any kind go whole here, words as well.

    Weights are what each feature contributes to the margin R(u, i) - R(u, j), those of the set in front of all others: they have
    twice the largest contribution of the pair added. See explainers/counterfactual/removal.py; no paper is followed.
    """

    name = "removal"
    reference = "exhaustive search, branch by branch; what is asked is PN of Tan et al., CIKM 2021, and of the SIGIR 2026 benchmark"
    needs: ClassVar[frozenset[str]] = frozenset({"scores"})
    comes_with = "hybrid"
    pairs_at_once = 1024
    copies = 0  # what asks keeps within the memory

    class Config(Config):
        """What has to be reached, and how long is searched."""

        leaves: int = Field(0, ge=0, description="the item has to leave the first so many; 0 = the other item has to be above it")
        branches: int = Field(20_000, ge=0, description="of the search for smaller sets, a pair; for leaves")
        questions: int = Field(600, ge=0, description="sets that a model which is not linear is asked about, a pair")
        signed: bool = Field(False, description="tell what speaks against the item, too, as weights below 0")

    config: Config

    def weigh(self, margin: Margin) -> Explanations:
        """The smallest set, and contributions."""
        config = self.config
        if config.leaves:
            found = smallest_removals(
                margin.recommender,
                margin.data,
                margin.pairs,
                config.leaves,
                branches=config.branches,
                questions=config.questions,
                max_memory=margin.max_memory,
            )
        else:
            found = smallest_flips(margin, questions=config.questions)
        before, after = margin.value(), margin.value(apply_change(margin.features, found.change))
        until, valid = ("above", turned_around(before, after)) if not config.leaves else self._left(found)
        given = (before.astype(np.float32), after.astype(np.float32), valid, None if until == "above" else until)
        change = Counterfactual(found.change, *given, proved=found.proved)
        space = margin.data.features.fingerprint
        weights = SparseRows.empty(margin.features.shape)
        made = Explanations(self.name, margin.users, margin.items, weights, space, margin.against, counterfactual=change)
        return self.reweighed(made, margin)

    def _left(self, found: Removals) -> tuple[str, np.ndarray]:
        """What was asked, and where a set did it: who was outside before is not taken out."""
        return f"leaves-top-{self.config.leaves}", found.reached & (found.change.counts > 0)

    def reweighed(self, found: Explanations, margin: Margin) -> Explanations:
        """The same with the weights of the change that it has now."""
        assert found.change is not None
        added = contributions_to(margin).values
        cells, gone = (r.row_indices() * r.n_columns + r.indices for r in (added, found.change.where(found.change.values < 0)))
        largest = np.zeros(len(margin), np.float32)
        np.maximum.at(largest, added.row_indices(), np.abs(added.values))
        values = added.values + np.where(np.isin(cells, gone), 2 * largest[added.row_indices()], 0).astype(np.float32)
        weights = SparseRows(added.offsets, added.indices, values, added.n_columns)
        return replace(found, weights=weights if self.config.signed else weights.where(weights.values > 0))


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """The explainer."""
    return [Removal]
