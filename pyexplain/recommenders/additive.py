"""The additive form: a score that is a sum over what is known of a user, word by word, attribute by attribute, liked item by liked
item. Nothing in it is of the user's identity but the divisor of the history."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..data.counts import columns_of_kind
from ..data.kinds import HISTORY, PERSON, WORD
from ..data.sparse import SparseRows, TensorRows
from ..data.types import Dataset
from ..data.views import in_form_of, offsets_of, on_host
from ..errors import DataError

MOST = 1 - 1e-6  # of an item's value as a share of its scale: a sum of sentiments beyond it cannot be read back


@dataclass(frozen=True, eq=False)
class Columns:
    """Where the features [P] of a data set stand in the form: words and attributes together [W], and history [I].

    place [P]: of each among its own; is_history [P]. readable [W], history [I]: the features. is_word, is_person [W]: of the first,
    who is a word, and who is of people.
    """

    place: Tensor
    is_history: Tensor
    readable: Tensor
    history: Tensor
    is_word: Tensor
    is_person: Tensor

    @staticmethod
    def of(data: Dataset) -> Columns:
        """DataError where the columns of the history are not all items in their order."""
        past = columns_of_kind(data, HISTORY)
        history, readable = np.flatnonzero(past), np.flatnonzero(~past)
        if len(history) and not _is_all_items(data, history):
            raise DataError(
                "the history of the data set has other columns than its items", where=data.name, hint="Take with_kinds(...)."
            )
        place = np.empty(data.n_features, dtype=np.int64)
        place[history], place[readable] = np.arange(len(history)), np.arange(len(readable))
        kinds = (columns_of_kind(data, kind)[readable] for kind in (WORD, PERSON))
        return Columns(*map(torch.from_numpy, (place, past, readable, history, *kinds)))

    def to(self, device: torch.device | str) -> Columns:
        """The same there."""
        return Columns(*(getattr(self, field.name).to(device) for field in fields(self)))

    def parts(self, rows: TensorRows) -> tuple[TensorRows, TensorRows]:
        """Rows [n, P] as rows over the readable [n, W] and over the history [n, I]."""
        given = (*rows, self.is_history, self.place)
        host = [on_host(part) for part in given]
        offsets, indices, values, is_history, places = given if any(part is None for part in host) else host
        past, place = is_history[indices], places[indices]
        readable, taken = ~past, offsets_of(past)[offsets]  # of each row's entries, how many are of the history up to there

        def made(*parts: Any, width: int) -> TensorRows:
            offsets, indices, values = (in_form_of(rows.offsets, part) for part in parts)
            return SparseRows(offsets, indices, values, width)

        words = made(offsets - taken, place[readable], values[readable], width=len(self.readable))
        return words, made(taken, place[past], values[past], width=len(self.history))


def _is_all_items(data: Dataset, history: np.ndarray) -> bool:
    begin = int(history[0])
    return data.stored is not None or data.features.names.take(np.arange(begin, begin + len(history))) == data.items.names


@dataclass(frozen=True, eq=False)
class Sides:
    """What is known of users and items, as rows: user_words [U, W] (how often), user_history [U, I] (1 for what is liked),
    item_words [I, W] (q_ik: how well, -1..1; 1 for an attribute that it has). mentions [I, W]: how many opinions each q_ik is of.
    scale [U]: 1 over the history's length to the power alpha."""

    user_words: TensorRows
    user_history: TensorRows
    item_words: TensorRows
    mentions: TensorRows
    scale: Tensor

    @staticmethod
    def of(data: Dataset, columns: Columns, prior: float, power: float, device: str) -> Sides:
        """prior: mentions of sentiment 0 that a mean is drawn by; power: alpha."""
        values, mentions = item_qualities(data, prior)
        quality, counts = (columns.parts(rows.tensors())[0].tensors(device) for rows in (values, mentions))
        nobody = SparseRows.empty((0, data.n_features)).tensors(device)
        return Sides(nobody, nobody, quality, counts, torch.empty(0)).with_users(data, columns, power, device)

    def with_users(self, data: Dataset, columns: Columns, power: float, device: str) -> Sides:
        """The users of these data with the same items."""
        words, history = (part.tensors(device) for part in columns.parts(data.user_features.tensors()))
        return replace(self, user_words=words, user_history=history, scale=history.counts.clamp(min=1).float() ** -power)


def item_qualities(data: Dataset, prior: float) -> tuple[SparseRows, SparseRows]:
    """q [I, P] and how many mentions [I, P] each is of, in the cells of item_features. Of words: the sum of sentiments over
    (mentions + prior), or, where these are not known, eq. (1)'s value as if of one; of what people are in the same way, of how much
    more often those like it; of others what item_features has."""
    rows = data.item_features
    word = (columns_of_kind(data, WORD) | columns_of_kind(data, PERSON))[rows.indices]
    sums = opinion_sums(torch.from_numpy(rows.values.copy()), data.settings.max_rating).numpy()
    counts = np.ones(len(rows.values), np.float32)
    if data.item_mentions is not None:
        known = data.item_mentions
        keys, cells = (r.row_indices() * r.n_columns + r.indices for r in (known.counts, rows))
        at = np.minimum(np.searchsorted(keys, cells), max(0, len(keys) - 1))
        there = keys[at] == cells if len(keys) else np.zeros(len(cells), dtype=bool)
        sums, counts = np.zeros_like(sums), np.zeros_like(counts)
        sums[there], counts[there] = known.sums.values[at[there]], known.counts.values[at[there]]
    found = np.where(word, sums / np.maximum(counts + np.float32(prior), 1e-6), rows.values).astype(np.float32)
    return tuple(SparseRows(rows.offsets, rows.indices, v, rows.n_columns) for v in (found, np.where(word, counts, 0)))  # type: ignore[return-value]


def opinion_sums(values: Tensor, top: float) -> Tensor:
    """The sums of sentiments that eq. (1) made item values in 1..T = top of; 0 where nothing is stored."""
    share = (2 * values - (top + 1)) / (top - 1)  # -1..1: tanh of half the sum
    return torch.where(values > 0, 2 * torch.atanh(share.clamp(-MOST, MOST)), torch.zeros_like(values))


class AdditiveNetwork(nn.Module):
    """bias [I]; weights [W]: a; taken [I, r]: D, what an item of the history brings along; given [I, r]: Q, what it meets there.
    residual: what is added to the sum (residual.py); None: nothing."""

    residual: Any

    def __init__(self, bias: Tensor, weights: Tensor, taken: Tensor, given: Tensor, residual: nn.Module | None = None) -> None:
        super().__init__()
        self.bias, self.weights = nn.Parameter(bias), nn.Parameter(weights)
        self.taken, self.given = nn.Parameter(taken), nn.Parameter(given)
        self.residual = residual
