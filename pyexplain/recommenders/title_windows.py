"""What items say, for methods that read: the words of titles in their order, and what else is known of the item."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..data.sparse import SparseRows, TensorRows
from ..data.types import Dataset
from .item_reviews import ItemReviews, written_alone

READABLE = ("word", "attribute")


class TitleWindows(NamedTuple):
    """What items say, each word with its neighbours in the title.

    A word in the window around it is a context: its features windows [D, 2 K + 1], P where there is none, the middle one the word
    itself. rows [I, D]: how often an item says each; f_i of the word, held, and whether no title has it, loose, in the cells of
    rows [nnz].
    """

    windows: Tensor
    rows: TensorRows
    held: Tensor
    loose: Tensor

    @staticmethod
    def of(data: Dataset, window: int, device: str) -> TitleWindows:
        """The words of titles that are features, in their order; then what else is said of the item, each by itself."""
        known, P = _by_word(data), data.n_features
        readable = data.features.are("word") | data.features.are("attribute")
        owner, windows, held, loose = [], [], [], []
        for item, title in enumerate(data.items.titles or ("",) * data.n_items):
            features = {int(k): float(x) for k, x in zip(*data.item_features.row(item), strict=True) if readable[k]}
            read = [known[word] for word in re.findall(r"\w+", title.lower()) if word in known]
            others = sorted(features.keys() - set(read))
            windows += [_window(read, at, window, P) for at in range(len(read))] + [_window([k], 0, window, P) for k in others]
            owner += [item] * (len(read) + len(others))
            held += [features.get(k, 0.0) for k in read + others]
            loose += [False] * len(read) + [True] * len(others)
        kinds, context = np.unique(np.array(windows, np.int64).reshape(-1, 2 * window + 1), axis=0, return_inverse=True)
        cells, first, times = np.unique(np.array(owner, np.int64) * len(kinds) + context, return_index=True, return_counts=True)
        r, c = np.divmod(cells, max(1, len(kinds)))
        rows: SparseRows = SparseRows.from_triples(r, c, times, (data.n_items, len(kinds)))
        parts = torch.from_numpy(kinds), torch.tensor(held)[first], torch.tensor(loose, dtype=torch.bool)[first]
        found, of_cells, alone = (part.to(device) for part in parts)
        return TitleWindows(found, rows.tensors(device), of_cells, alone)

    @property
    def feature(self) -> Tensor:
        """The word of each context [D]."""
        return self.windows[:, self.windows.shape[1] // 2]

    def alone(self, data: Dataset, reviews: ItemReviews) -> Tensor:
        """[k] ascending: place of a review * D + context, of what an item says because of that review alone."""
        P, writer_of = data.n_features, dict(zip(*(part.tolist() for part in written_alone(data)), strict=True))
        owner, context = self.rows.row_indices().cpu().numpy(), self.rows.indices.cpu().numpy()
        word, keys = self.feature.cpu().numpy()[context], reviews.keys.cpu().numpy()
        alone = [
            np.searchsorted(keys, writer_of[i * P + k] * data.n_items + i) * len(self.windows) + c
            for i, c, k, loose in zip(owner.tolist(), context.tolist(), word.tolist(), self.loose.tolist(), strict=True)
            if loose and i * P + k in writer_of
        ]
        return torch.from_numpy(np.sort(np.array(alone, dtype=np.int64))).to(reviews.keys.device)


def _by_word(data: Dataset) -> dict[str, int]:
    """Features by the word that they are in a title: a word, or the value of an attribute ("brand: Korg")."""
    found = {}
    for kind in reversed(READABLE):
        found.update({data.features[int(k)].rpartition(": ")[2].lower(): int(k) for k in data.features.of_kind(kind)})
    return found


def _window(words: list[int], at: int, window: int, none: int) -> list[int]:
    """The words around a place."""
    return [words[k] if 0 <= k < len(words) else none for k in range(at - window, at + window + 1)]
