"""How far a change of what is known of users can lift items of the additive form: a bound that costs a few operations an item."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..data.sparse import SparseRows, TensorRows
from ..ops.add_at import add_at
from .additive import AdditiveNetwork, Columns, Sides
from .lifted import Lifted
from .networks import mapped

ROUNDED = 1 + 1e-5  # what rounding may take from a bound
TERM = 2e-7  # by how much a product of a few hundred terms may be rounded, for each of them, of their sum without signs


@dataclass(frozen=True, eq=False)
class AdditiveLifts:
    """Of one state of the parameters. lengths [I]: of the rows of Q. highest, lowest [W]: the largest and the smallest a_k q_ik of
    any item, 0 for those that do not have the word."""

    taken: Tensor
    lengths: Tensor
    highest: Tensor
    lowest: Tensor

    @staticmethod
    def of(network: AdditiveNetwork, sides: Sides) -> AdditiveLifts:
        """Made once for all users."""
        words = sides.item_words
        with torch.no_grad():
            worth = network.weights.detach()[words.indices] * words.values
            ends = [network.weights.new_zeros(len(network.weights)) for _ in range(2)]
            for end, which in zip(ends, ("amax", "amin"), strict=True):
                end.scatter_reduce_(0, words.indices, worth, which)
            return AdditiveLifts(network.taken.detach(), torch.linalg.vector_norm(network.given.detach(), dim=1), *ends)

    def most(self, scale: Tensor, change: TensorRows, columns: Columns) -> Lifted:
        """Bounds [n, I] of the rises of scores with changes [n, P] of users whose histories are divided by 1 / scale [n]. Of words:
        what each lifts any item at most. Of the history, by Cauchy and Schwarz: |x . Q_i| <= ||x|| ||Q_i||."""
        words, history = columns.parts(change)
        with torch.no_grad():
            most = torch.maximum(words.values * self.highest[words.indices], words.values * self.lowest[words.indices])
            lifted = add_at(most.new_zeros(change.n_rows), words.row_indices(), most).mul_(ROUNDED)
            each = torch.arange(change.n_rows + 1, device=most.device)
            if len(history.indices) == 0:
                return Lifted(lifted, SparseRows(each * 0, each[:0], most[:0], 1), self.lengths[None])
            moved = torch.linalg.vector_norm(mapped(history, self.taken), dim=1) * scale
            return Lifted(lifted, SparseRows(each, each[:-1] * 0, moved.mul_(ROUNDED), 1), self.lengths[None])

    def rounding(self, moved: Tensor, words: TensorRows) -> Tensor:
        """What rounding may take at most, [n, I], where moved [n, r] meets Q and changes of words [n, W] are added up."""
        largest = torch.maximum(self.highest.abs(), self.lowest.abs())[words.indices] * words.values.abs()
        of_words = add_at(largest.new_zeros(words.n_rows), words.row_indices(), largest)
        found: Tensor = torch.linalg.vector_norm(moved, dim=1)[:, None] * self.lengths
        return found.mul_(TERM * max(1, moved.shape[1])).add_(of_words[:, None], alpha=ROUNDED - 1)
