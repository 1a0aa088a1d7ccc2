"""Occlusion: take each feature of the user's profile away, and ask the recommender again."""

from __future__ import annotations

import numpy as np
import torch
from pydantic import Field

from pyexplain import hookimpl
from pyexplain.data import SparseRows
from pyexplain.explainers import Config, Explainer, Explanations

PYEXPLAIN_INTERFACE = 1
ROWS_AT_ONCE = 8192  # questions asked together, fewer where their features would not fit into options.max_memory
BYTES = 12  # of a dense feature: float32, and room for what a recommender makes of it


class Occlusion(Explainer):
    """weight[k] = s(u, i; f_u) - s(u, i; f_u with f_u[k] = rest f_u[k]), where that is positive; with another item j, of the lead
    s(u, i) - s(u, j).

    The recommender is a black box that answers questions: one for each feature of a profile, and one for the profile as it is
    (twice as many with j). Features that work together are judged one at a time, which is this method's weakness.
    """

    name = "occlusion"
    reference = "Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014, for images"
    needs = frozenset({"scores"})
    comes_with = "vbpr"

    class Config(Config):
        """How much is taken away."""

        rest: float = Field(0.0, ge=0, lt=1, description="share of a feature that is left")

    config: Config

    def explain(self, pairs: np.ndarray, against: np.ndarray | None = None) -> Explanations:
        """Why each user of pairs [n, 2] is shown the item, and not the item of against [n] where it is given."""
        users, items = pairs[:, 0], pairs[:, 1]
        profile = self.data.user_features.select(users)  # sparse [n, P]
        whole = self._leads(pairs, against, profile, np.arange(len(pairs)), None)  # [n]
        cells = np.arange(len(profile.indices))
        rows = profile.row_indices()
        drop = whole[rows] - self._leads(pairs, against, profile, rows, cells)  # [nnz]
        kept = drop > 0
        weights = SparseRows.from_triples(rows[kept], profile.indices[kept], drop[kept], profile.shape)
        return Explanations(self.name, users, items, weights, self.data.features.fingerprint, against)

    def _leads(
        self, pairs: np.ndarray, against: np.ndarray | None, profile: SparseRows, rows: np.ndarray, cells: np.ndarray | None
    ) -> np.ndarray:
        """Leads [m] of the pairs in `rows` [m], each with the feature of its cell [m] taken away; as many at a time as fit."""
        at_once = min(ROWS_AT_ONCE, max(1, self.options.max_memory // (BYTES * max(profile.n_columns, 1))))
        out = np.empty(len(rows), dtype=np.float32)
        for start in range(0, len(rows), at_once):
            block = slice(start, start + at_once)
            features = profile.select(rows[block]).dense()  # [b, P]
            if cells is not None:
                features[np.arange(len(features)), profile.indices[cells[block]]] *= self.config.rest
            others = None if against is None else against[rows[block]]
            out[block] = self._ask(pairs[rows[block]], others, features)
        return out

    def _ask(self, pairs: np.ndarray, others: np.ndarray | None, features: np.ndarray) -> np.ndarray:
        """s(u, i) - s(u, j) [b] with the features [b, P] in place of the users' own."""
        device = self.recommender.device
        users, items = (torch.tensor(column, device=device) for column in pairs.T)
        f_u = torch.from_numpy(features).to(device)
        with torch.no_grad():
            lead = self.recommender.scores(users, items, f_u)
            if others is not None:
                lead = lead - self.recommender.scores(users, torch.tensor(others, device=device), f_u)
        return lead.cpu().numpy()


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """What this package offers."""
    return [Occlusion]
