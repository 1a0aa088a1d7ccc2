"""How far a change of what users care about can lift items of the form of eq. (5): a bound, feature by feature."""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.sparse import SparseRows, TensorRows
from ..ops import matrix_product
from .lifted import Lifted

ROOM = 128 * 2**20  # bytes for what is kept of features
ITEMS_AT_ONCE = 2048
ROUNDED = 1 + 1e-5  # what rounding may take from a bound


class ProductLifts:
    """Of one state of the parameters. A change moves what goes into the hidden layer by delta_k (W1 * E_k) z_i for each feature k,
    and relu moves no unit by more than its input, in the same direction. So the score of item i rises by at most the sum of the
    positive parts of w2_h delta_k (W1_h * E_k) . z_i.

    user_map [P, k]: E; item_latents [I, k]: z; W1 [h, k], w2 [h]. Two rows [I] a feature that was ever asked about are kept, as
    many as there is room for.
    """

    def __init__(self, user_map: Tensor, item_latents: Tensor, W1: Tensor, w2: Tensor, room: int = ROOM) -> None:
        self.user_map, self.item_latents, self.W1, self.w2 = user_map, item_latents, W1, w2
        n_items = len(item_latents)
        self.most_kept = min(len(user_map), room // (8 * max(1, n_items)))
        self._kept = item_latents.new_empty(2 * self.most_kept, n_items)
        self._slots: dict[int, int] = {}

    def most(self, change: TensorRows) -> Lifted | None:
        """Bounds [n, I] of the rises of scores with changes [n, P]; None where they are of more features than there is room for."""
        features, which = torch.unique(change.indices, return_inverse=True)
        slots = self._slots_of(features.tolist())
        if slots is None:
            return None
        place = torch.tensor(slots, dtype=torch.int64, device=which.device)[which] * 2 + (change.values < 0)
        worth = change.values.abs() * ROUNDED
        rows = SparseRows(change.offsets, place, worth, len(self._kept))
        return Lifted(worth.new_zeros(change.n_rows), rows, self._kept)

    def _slots_of(self, features: list[int]) -> list[int] | None:
        """Where the rows of each feature are kept."""
        if len(features) > self.most_kept:
            return None
        missing = [feature for feature in features if feature not in self._slots]
        if len(self._slots) + len(missing) > self.most_kept:
            self._slots.clear()
            missing = features
        for feature in missing:
            slot = len(self._slots)
            self._kept[2 * slot], self._kept[2 * slot + 1] = self._rises(feature)
            self._slots[feature] = slot
        return [self._slots[feature] for feature in features]

    def _rises(self, feature: int) -> tuple[Tensor, Tensor]:
        """How much each score [I] rises at most with one more of a feature, and with one less."""
        folded = (self.W1 * self.user_map[feature] * self.w2[:, None]).t()  # [k, h]
        more, less = [], []
        for part in torch.split(self.item_latents, ITEMS_AT_ONCE):
            images = matrix_product(part, folded)
            up, whole = images.clamp_min(0).sum(dim=1), images.sum(dim=1)
            more.append(up)
            less.append((up - whole).clamp_min_(0))
        return torch.cat(more), torch.cat(less)
