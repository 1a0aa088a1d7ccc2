"""NAR's weights: attention of the user, of the item, or both multiplied, by hand on attention that is given."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from pyexplain import RunOptions
from pyexplain.plugins.nar import AttentionExplainer

from ..explainers.toys import Linear
from ..worlds import small_world

DATA = small_world()
ALPHA, BETA = [0.5, 0.3, 0.2], [0.1, 0.5, 0.4]


class Attending(Linear):
    """Everybody attends to the first three features as ALPHA says, and every item is attended for by BETA."""

    offers = frozenset({"scores", "gradients", "attention"})

    def attention(self, users: Tensor) -> Tensor:
        return self._row(ALPHA, len(users))

    def item_attention(self, items: Tensor) -> Tensor:
        return self._row(BETA, len(items))

    def _row(self, values: list[float], n: int) -> Tensor:
        return torch.nn.functional.pad(torch.tensor([values]), (0, DATA.n_features - 3)).expand(n, -1)


@pytest.mark.parametrize(
    ("weights", "wanted"), [("alpha", ALPHA), ("beta", BETA), ("product", [0.05 / 0.28, 0.15 / 0.28, 0.08 / 0.28])]
)
def test_of_a_pair_by_hand_and_of_a_user_always_alpha(weights: str, wanted: list[float]) -> None:
    explainer = AttentionExplainer(AttentionExplainer.Config(weights=weights))
    explainer.fit(Attending(DATA, []), DATA, RunOptions())
    found = explainer.explain(np.array([[0, 0], [1, 2]]))
    np.testing.assert_allclose(found.weights.dense()[:, :3], [wanted, wanted], rtol=1e-5)
    np.testing.assert_allclose(explainer.explain_users(np.array([3])).weights.dense()[0, :3], ALPHA, rtol=1e-5)
