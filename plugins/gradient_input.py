"""Gradient times input: what each of a user's features would carry of the preference, if the score were linear around f_u."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch

from pyexplain import hookimpl
from pyexplain.data import SparseRows
from pyexplain.explainers import Explainer
from pyexplain.margin import Margin


class GradientInput(Explainer):
    """a_k = f_u[k] * d margin / d f_u[k] at f_u, margin(f) = R(u, i; f) - R(u, j; f), j the next in the full ranking where none is
    given. Weights are the positive a_k.

    An attribution, and no counterfactual: nothing is solved, and nothing is promised of what happens when a feature is taken away,
    unless the margin is linear in f_u, where a_k is what the margin loses. One gradient a pair. Features that the user does not
    have are 0.
    """

    name = "gradient-input"
    reference = (
        "Shrikumar, Greenside and Kundaje, Learning Important Features Through Propagating Activation Differences, ICML 2017"
    )
    needs: ClassVar[frozenset[str]] = frozenset({"gradients"})
    comes_with = "vbpr"
    attribution = True

    def weigh(self, margin: Margin) -> SparseRows:
        """The positive part of gradient times input of each pair, on the features that the user has."""
        own, slopes = margin.features, margin.slopes
        if slopes is None:
            _, gradient = margin.value_and_gradient()
            rows, columns = (torch.from_numpy(np.asarray(x)).to(gradient.device) for x in (own.row_indices(), own.indices))
            slopes = gradient[rows, columns].cpu().numpy()
        carried = own.values * slopes
        return SparseRows(own.offsets, own.indices, np.maximum(carried, 0).astype(np.float32), own.n_columns).where(carried > 0)


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """The explainer."""
    return [GradientInput]
