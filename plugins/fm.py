"""Factorization machines: every pair of what is there, user, item and features, interacts by the product of two vectors."""

from __future__ import annotations

import torch
from torch import Tensor

from pyexplain import hookimpl
from pyexplain.data import TensorRows
from pyexplain.ops import matrix_product
from pyexplain.recommenders import FactorizationRecommender, Recommender, UserSide


class FM(FactorizationRecommender):
    """y(x) = w_0 + sum over j of w_j x_j + sum over j < l of v_j . v_l x_j x_l with x = (user, item, f_u, f_i); equation (1).

    w_0, and all terms that are of the user alone, are the same for every item and order nothing: they are left out. What is left is
    linear in f_u. Trained on BPR, as in Rendle et al., UAI 2009; see FactorizationRecommender for features and penalty.
    """

    name = "fm"
    reference = "Rendle, Factorization Machines, ICDM 2010"
    offers = frozenset({"scores", "gradients", "linear-user-side"})

    def catalogue_scores(self, users: Tensor, user_features: TensorRows | None = None) -> Tensor:
        """scores() of users [n] with every item, [n, I]."""
        all_users, fields, alone = self.known()
        with torch.no_grad():
            user = all_users[users] if user_features is None else self.user(users, user_features)
            return matrix_product(user.sum(dim=1), fields.sum(dim=1).t(), alone)

    def linear_slopes(self, users: Tensor, items: Tensor, rows: TensorRows) -> Tensor:
        """What one more of each feature adds to the score, [nnz]."""
        owner, fields = rows.row_indices(), self.of_users
        with torch.no_grad():
            met = self.known()[1][items].sum(dim=1)[owner] * self.network.user_features.detach()[rows.indices]
            return met.sum(dim=1) * fields.scale[users[owner], fields.field[rows.indices]]

    def user_side(self, users: Tensor, items: Tensor) -> UserSide:
        """relu(x) - relu(-x) = x, x = alone_i + v_u . q_i + (gate * (f @ feature_map)) . 1, a block of the map for each kind."""
        own, fields, alone = self.known()
        with torch.no_grad():
            met, table, of = fields[items].sum(dim=1), self.network.user_features.detach(), self.of_users
            blocks = torch.zeros(len(table), of.count, table.shape[1], device=table.device)
            blocks[torch.arange(len(table)), of.field] = table
            gate = (met[:, None] * of.scale[users][:, : of.count, None]).flatten(1)  # [n, K dim]
            sign = met.new_tensor([1.0, -1.0])
            fixed = alone[items] + (own[users, 0] * met).sum(dim=1)
            hidden = sign[:, None].expand(2, gate.shape[1]).contiguous()
            return UserSide(fixed[:, None] * sign, gate, blocks.flatten(1), hidden, sign, met.new_zeros(()))


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [FM]
