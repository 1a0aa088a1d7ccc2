"""The form of networks on identities alone: an MLP of both embeddings, and a product of factors beside it (see forms.py)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from ..data.sparse import TensorRows
from ..ops import matrix_product, rows_at_once
from ..ops.head import run_head_scores
from ..ops.joined_pairs import Identities, run_joined_pairs
from .joined_training import JoinedInputs

if TYPE_CHECKING:
    from .config import NetworkConfig

ROWS_AT_ONCE = 512  # on the processor: what is made of that many pairs stays in its cache


@dataclass(frozen=True, eq=False)
class JoinedEmbeddings:
    """score(u, i) = w2 . relu(W1 (e_u concat e_i) + b1) + b2 + p_u . q_i, with dropout on e_u concat e_i in training; He et al.,
    WWW 2017, equations (9) to (12). Features are not used.

    user_embedding [U, d], item_embedding [I, d], user_factors p [U, k], item_factors q [I, k] (k = 0: no product), W1 [h, 2d],
    b1 [h], w2 [h], b2 []: the network's own parameters, not copies. dropout in 0..1, 1 excluded.
    """

    reads_features: ClassVar[bool] = False

    user_embedding: Tensor
    item_embedding: Tensor
    user_factors: Tensor
    item_factors: Tensor
    W1: Tensor
    b1: Tensor
    w2: Tensor
    b2: Tensor
    dropout: float = 0.0

    def inputs(self, user_rows: TensorRows, item_rows: TensorRows, config: NetworkConfig) -> JoinedInputs:
        """What goes into the head in training."""
        tables = Identities(self.user_embedding, self.item_embedding, self.user_factors, self.item_factors)
        return JoinedInputs(tables, user_rows.n_rows, item_rows.n_rows, config)

    def encodings(self) -> tuple[Tensor, Tensor]:
        """What the hidden layer has of each user [U, h] and each item [I, h]: the first product is a sum of two."""
        d, W1 = self.user_embedding.shape[1], self.W1.detach()
        tables = self.user_embedding.detach(), self.item_embedding.detach()
        of_users, of_items = (matrix_product(e, W1[:, at : at + d].t()) for e, at in zip(tables, (0, d), strict=True))
        return of_users, of_items

    def known_scores(self, users: Tensor, items: Tensor, user_latents: Tensor, item_latents: Tensor) -> Tensor:
        """Scores [n] in evaluation mode, from what encodings() gave; no autograd."""
        scores, size = self.W1.new_empty(len(users)), rows_at_once(len(users), ROWS_AT_ONCE, self.W1)
        b1, w2, b2 = (p.detach() for p in (self.b1, self.w2, self.b2))
        for part in (slice(at, at + size) for at in range(0, len(users), size)):
            u, i = users[part], items[part]
            run_head_scores(user_latents[u] + item_latents[i], b1, w2, b2, scores[part], keep=False)
            scores[part] += self._products(u.contiguous(), i.contiguous())
        return scores

    def _products(self, users: Tensor, items: Tensor) -> Tensor:
        """p_u . q_i [n]."""
        p, q = self.user_factors.detach(), self.item_factors.detach()
        found, nothing = p.new_empty(len(users)), p.new_empty(len(users), 0)
        run_joined_pairs(Identities(p[:, :0], q[:, :0], p, q), users, items, nothing, found)
        return found

    def changed_scores(
        self, users: Tensor, items: Tensor, user_latent: Tensor, item_latents: Tensor, owners: Tensor | None = None
    ) -> Tensor:
        """Not asked for: there are no features that could be others."""
        raise TypeError("scores of identities alone do not change with features")

    def catalogue(self, item_latents: Tensor) -> JoinedCatalogue:
        """Scores of users with every item."""
        return JoinedCatalogue(self, item_latents)

    def user_side(self, users: Tensor, items: Tensor, item_latent: Tensor) -> None:
        """Not given: f_u has no part in it."""
        return


@dataclass(frozen=True, eq=False)
class JoinedCatalogue:
    """Scores of users with every item: no product but p_u . q_i is left once the encodings [I, h] of all items are known."""

    form: JoinedEmbeddings
    item_latents: Tensor

    def scores(self, users: Tensor, latents: Tensor) -> Tensor:
        """[n, I] for users [n] with encodings [n, h]; a user's row does not depend on the others. No autograd."""
        form, out = self.form, self.item_latents.new_empty(len(users), len(self.item_latents))
        for row, (user, latent) in enumerate(zip(users, latents, strict=True)):
            hidden = (self.item_latents + (latent + form.b1.detach())).clamp_min_(0)
            torch.mv(hidden, form.w2.detach(), out=out[row])
            out[row] += torch.mv(form.item_factors.detach(), form.user_factors.detach()[user])
        return out.add_(form.b2.detach())
