"""Who wrote about which item: for methods that leave a review out when they learn from its pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..data.events import Events
from ..data.sparse import SparseRows, TensorRows
from ..data.types import Dataset
from .objective import Term

Int = npt.NDArray[np.int64]


class ItemReviews(NamedTuple):
    """The m reviews that models may see, liked or not. keys [m]: u * I + i, ascending; by_item [m]: their places, those of an item
    together, of item i at first[i] to first[i + 1]; first [I + 1]."""

    keys: Tensor
    by_item: Tensor
    first: Tensor

    @staticmethod
    def of(data: Dataset, device: str) -> ItemReviews:
        """Of a data set."""
        events = Events.of(data)
        keys = np.repeat(np.arange(data.n_users), np.diff(events.offsets)) * data.n_items + events.items
        first = np.concatenate([[0], np.cumsum(np.bincount(events.items, minlength=data.n_items))])
        parts = keys, np.argsort(events.items, kind="stable"), first
        return ItemReviews(*(torch.from_numpy(part).to(device) for part in parts))

    def own(self, users: Tensor, items: Tensor) -> Tensor:
        """The places of pairs [n] of training, which are all there."""
        return torch.searchsorted(self.keys, users * (len(self.first) - 1) + items)

    def drawn(self, items: Tensor, generator: torch.Generator) -> Tensor:
        """The place of one drawn review of each of items [n], -1 where it has none."""
        first, last = self.first[items], self.first[items + 1]
        chance = torch.rand(len(items), generator=generator).to(items.device)
        place = torch.minimum(first + (chance * (last - first)).long(), last - 1).clamp_min(0)
        return torch.where(last > first, self.by_item[place], -1)


def written_alone(data: Dataset) -> tuple[Int, Int]:
    """What one person alone wrote of an item: cells [k], item * P + feature, ascending, and who that is [k]."""
    user, item, feature = (data.evidence[name].to_numpy(dtype=np.int64) for name in ("user", "item", "feature"))
    said, writer = np.unique(np.stack([item * data.n_features + feature, user]), axis=1)  # each once
    cells, at, writers = np.unique(said, return_index=True, return_counts=True)
    alone = writers == 1
    return cells[alone], writer[at[alone]]


class WithoutReviews(NamedTuple):
    """What items have without one review. kept: of each of several sets of features rows [m + I, P], what each of the m reviews
    leaves, and then what items have."""

    reviews: ItemReviews
    kept: list[TensorRows]

    @staticmethod
    def of(data: Dataset, own: SparseRows, marks: Sequence[npt.NDArray[np.bool_]], device: str) -> WithoutReviews:
        """own [I, P]: what items have; marks: of each set the features [P]. A review leaves all but words of its alone."""
        events, (said, writer) = Events.of(data), written_alone(data)
        users = np.repeat(np.arange(data.n_users), np.diff(events.offsets))
        each = own.select(events.items)
        row = each.row_indices()
        cells = (events.items[row] * data.n_features + each.indices) * data.n_users + users[row]
        gone = np.isin(cells, said * data.n_users + writer) & data.features.are("word")[each.indices]
        whole = SparseRows.stacked([each.where(~gone), own])
        kept = [whole.where(of_side[whole.indices]).tensors(device) for of_side in marks]
        return WithoutReviews(ItemReviews.of(data, device), kept)

    def rows(self, batch: Term, generator: torch.Generator) -> list[TensorRows]:
        """Of each set rows [2 n, P]: of the preferred items without the pairs' own reviews, and of the others without a drawn one,
        whole where they have none."""
        own, drawn = self.reviews.own(batch.users, batch.preferred), self.reviews.drawn(batch.other, generator)
        places = torch.cat([own, torch.where(drawn < 0, len(self.reviews.keys) + batch.other, drawn)])
        return [rows.select(places) for rows in self.kept]
