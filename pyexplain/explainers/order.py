"""The full order of the catalogue: every item that a user did not like in training, best first, for many users at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from ..data.sparse import SparseRows
from ..data.types import Dataset
from ..recommenders.base import Recommender
from .catalogue import CatalogueScorer, Compared, KnownScores
from .types import NO_ITEM

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float32]
COPIES = 4  # of a row of scores [I] that are in memory at a time
LONGEST = 256  # places of a list that next items are read from
FEWEST = 16  # rows, but for want of memory: products of fewer cost more each
KNOWN = 16 * 2**20  # bytes of scores that are kept of users whom several questions are about
CACHED = 4 * 2**20  # bytes of a block of scores: what is made of it on the way stays near, and its memory is used again


@dataclass(frozen=True, eq=False)
class Foil:
    """The other item of each of n pairs (u, X). items [n]: Y, or -1 where there is none. why_not [n]: X is outside the top k, Y is
    the item at place k, and the question is "why not X"; elsewhere Y is the best item that scores below X. place [n]: of X."""

    items: Int
    why_not: npt.NDArray[np.bool_]
    place: Int


class Order:
    """The order that a fitted recommender puts the catalogue in. Items liked in training are left out; of items with equal scores
    the one with the lower number comes first, except that ties count against an item whose place is asked for.

    Immutable; keeps nothing that grows with what is asked (but see knowing()). max_memory: bytes that a block of users may take.
    """

    def __init__(self, recommender: Recommender, data: Dataset, max_memory: int = 256 * 2**20) -> None:
        self.recommender, self.data, self.max_memory = recommender, data, max_memory
        self._scorer = CatalogueScorer(recommender, data.n_items, data.n_features, max_memory)
        self._lists: tuple[Int, Float] | None = None  # of users whose scores are known: their best items, as many as were asked for

    def knowing(self, users: Int) -> Order:
        """The same order with the scores of users [n] computed once, for several questions about them: lists, places, others.
        Itself where it knows them already, or they are more than a block and more than KNOWN bytes hold."""
        scorer = self._scorer
        if isinstance(scorer, KnownScores) and scorer.has(users):
            return self
        row = 4 * max(1, self.data.n_items)
        if len(users) > max(self.rows_at_once, min(self.max_memory // COPIES, KNOWN) // row) or len(users) == 0:
            return self
        found = Order(self.recommender, self.data, self.max_memory)
        found._scorer = KnownScores(scorer, users)
        return found

    def scores(self, users: Int, user_features: SparseRows | None = None) -> Float:
        """Scores [n, I] of users [n] with every item, -inf where the user liked it in training; f_u [n, P] where given stand in for
        the data's. RunError where the recommender gives NaN, infinity or another number of scores."""
        found = self._scorer.all(users, user_features)
        found[self.data.liked.cells(users)] = -np.inf
        return found

    def best(self, users: Int, k: int, user_features: SparseRows | None = None) -> tuple[Int, Float]:
        """The k best items [n, k] of users [n], best first, and their scores; -1 and -inf where there are fewer."""
        width = min(k, self.data.n_items)
        items, values = np.full((len(users), k), NO_ITEM, dtype=np.int64), np.full((len(users), k), -np.inf, dtype=np.float32)
        if user_features is None and isinstance(self._scorer, KnownScores) and self._scorer.has(users):
            at = np.searchsorted(self._scorer.users, users)
            items[:, :width], values[:, :width] = (part[at, :width] for part in self._known_lists(self._scorer.users, width))
        else:
            items[:, :width], values[:, :width] = self._lists_of(users, width, user_features)
        items[np.isneginf(values)] = NO_ITEM
        return items, values

    def _known_lists(self, users: Int, width: int) -> tuple[Int, Float]:
        """Of the users whose scores are known; one item more than was asked for, which whoever wants the next one asks for next."""
        if self._lists is None or self._lists[0].shape[1] < width:
            self._lists = self._lists_of(users, min(width + 1, self.data.n_items), None)
        return self._lists

    def _lists_of(self, users: Int, width: int, user_features: SparseRows | None) -> tuple[Int, Float]:
        items, values = np.empty((len(users), width), np.int64), np.empty((len(users), width), np.float32)
        for rows in self._blocks(len(users)):
            items[rows], values[rows] = self._first(users[rows], width, _part(user_features, rows))
        return items, values

    def _first(self, users: Int, k: int, user_features: SparseRows | None) -> tuple[Int, Float]:
        there = self._scorer.first(users, k, self.data.liked, user_features)
        if there is not None:
            return there
        scores = self.scores(users, user_features)
        found = first(scores, k)
        return found, np.take_along_axis(scores, found, axis=1)

    def place(self, pairs: Int, user_features: SparseRows | None = None, item_features: SparseRows | None = None) -> Int:
        """The place [n] of the item of each pair (u, i) [n, 2]: 1 + the others, not liked in training, that score as high.

        f_u [n, P], or f_i [n, P] of the pair's item alone, stand in for the data's where given.
        """
        out = np.empty(len(pairs), dtype=np.int64)
        for rows, told in self._told(pairs, user_features, item_features):
            out[rows] = told.place
        return out

    def foil(self, pairs: Int, k: int = 10) -> Foil:
        """The item to compare each of pairs (u, X) [n, 2] with: the next in the full order. See Foil."""
        items, place = self._listed(pairs, k)
        rest = np.flatnonzero(place == 0)
        for at, told in self._told(pairs[rest]):
            place[rest[at]], items[rest[at]] = told.place, told.below
        far = rest[place[rest] > k]  # then k is less than there are items
        for at, _, others in self._compared(pairs[far]):
            items[far[at]] = first(others, k)[:, -1]
        return Foil(items, place > k, place)

    def _listed(self, pairs: Int, k: int) -> tuple[Int, Int]:
        """The next item [n] and the place [n] of pairs whose items are among their users' best k, read from one list a user; 0
        for the place of others, and where few pairs share a user."""
        items, place = np.full(len(pairs), NO_ITEM), np.zeros(len(pairs), dtype=np.int64)
        users, which = np.unique(pairs[:, 0], return_inverse=True)
        if 2 * len(users) > len(pairs) or k > LONGEST:
            return items, place
        listed = self.best(users, min(k + 1, self.data.n_items))
        best, scores = (found[which] for found in listed)  # [n, k + 1], -1 where there are fewer
        same = best == pairs[:, 1:]
        each, at = np.arange(len(pairs)), same.argmax(axis=1)
        own = scores[each, at]
        known = np.flatnonzero(same.any(axis=1) & (scores[:, -1] < own))  # what is not in the list is below
        place[known] = (scores[known] >= own[known, None]).sum(axis=1)
        items[known] = best[known, place[known]]
        return items, place

    def below(self, pairs: Int) -> Int:
        """The best item [n] that scores below that of each pair (u, i) [n, 2]; where none does, the lowest other one, liked ones
        included only where there is nothing else; -1 in a catalogue of one item."""
        out = np.empty(len(pairs), dtype=np.int64)
        for rows, told in self._told(pairs):
            out[rows] = np.where(told.below == NO_ITEM, told.lowest, told.below)
        alone = np.flatnonzero(out == NO_ITEM)
        if len(alone) and self.data.n_items > 1:
            out[alone] = (pairs[alone, 1] + 1) % self.data.n_items
        return out

    def blocks(
        self,
        pairs: Int,
        against: Int | None = None,
        user_features: SparseRows | None = None,
        item_features: SparseRows | None = None,
    ) -> Iterator[tuple[Int, Float]]:
        """Block by block: which of the pairs (u, i) [n, 2], and scores [m, I] of each one's user with every item; -inf where liked
        in training, but for i and the item of against [n]. Features as for place()."""
        for rows in self._blocks(len(pairs)):
            users, each = pairs[rows, 0], np.arange(len(rows))
            if user_features is None:
                known, which = np.unique(users, return_inverse=True)
                scores = self._scorer.all(known, None)[which]
            else:
                scores = self._scorer.all(users, user_features.select(rows))
            if item_features is not None:
                given = _part(user_features, rows), item_features.select(rows)
                scores[each, pairs[rows, 1]] = self._scorer.with_item_features(users, pairs[rows, 1], *given)
            asked = [pairs[rows, 1]] if against is None else [pairs[rows, 1], against[rows]]
            kept = [scores[each, items] for items in asked]
            scores[self.data.liked.cells(users)] = -np.inf
            for items, values in zip(asked, kept, strict=True):
                scores[each, items] = values
            yield rows, scores

    def _compared(
        self, pairs: Int, user_features: SparseRows | None = None, item_features: SparseRows | None = None
    ) -> Iterator[tuple[Int, Float, Float]]:
        """Block by block: which pairs [m], the score [m] of each one's item, and those of the others [m, I], -inf where liked."""
        for rows, scores in self.blocks(pairs, None, user_features, item_features):
            each, items = np.arange(len(rows)), pairs[rows, 1]
            own = scores[each, items]
            scores[each, items] = -np.inf
            yield rows, own, scores

    def _told(
        self, pairs: Int, user_features: SparseRows | None = None, item_features: SparseRows | None = None
    ) -> Iterator[tuple[Int, Compared | Beside]]:
        """Block by block: which pairs [m], and what their items are beside the others."""
        for rows in self._blocks(len(pairs)):
            of_users, of_items = _part(user_features, rows), _part(item_features, rows)
            there = None if of_items is not None else self._scorer.compared(pairs[rows], self.data.liked, of_users)
            if there is not None:
                yield rows, there
                continue
            for at, own, others in self._compared(pairs[rows], of_users, of_items):
                yield rows[at], Beside(own, others)

    def _blocks(self, n: int) -> list[Int]:
        size = self.rows_at_once
        return [np.arange(at, min(at + size, n)) for at in range(0, n, size)]

    @property
    def rows_at_once(self) -> int:
        """How many rows of scores [I] are looked at together."""
        row = 4 * max(1, self.data.n_items)
        most = self.max_memory // (COPIES * row)
        return max(1, min(most, max(FEWEST, CACHED // row)) if self.recommender.device.type == "cpu" else most)


def first(scores: Float, k: int) -> Int:
    """The columns of the k highest scores of each row [n, I], k <= I, highest first; of equal ones the lower column first."""
    values, found = torch.from_numpy(scores).topk(min(k + 1, scores.shape[1]), dim=1)
    columns: Int = np.sort(found.numpy()[:, :k], axis=1)
    last = values.numpy()[:, k - 1 : k]
    for row in np.flatnonzero((values.numpy()[:, k:] == last).any(axis=1)):  # a tie at the end: topk takes any of them
        above, equal = np.flatnonzero(scores[row] > last[row]), np.flatnonzero(scores[row] == last[row])
        columns[row] = np.sort(np.concatenate([above, equal[: k - len(above)]]))
    order = np.argsort(-np.take_along_axis(scores, columns, axis=1), axis=1, kind="stable")
    return np.take_along_axis(columns, order, axis=1)


@dataclass(frozen=True, eq=False)
class Beside:
    """As Compared, of items that score own [n] beside others [n, I] on the host, of which -inf are none; found when asked for."""

    own: Float
    others: Float

    @property
    def place(self) -> Int:
        """1 + those that score as high."""
        return 1 + (self.others >= self.own[:, None]).sum(axis=1)  # type: ignore[no-any-return]

    @property
    def below(self) -> Int:
        """The highest that is below; -1 where none is."""
        lower = np.where(self.others < self.own[:, None], self.others, np.float32(-np.inf))
        best: Int = lower.argmax(axis=1)
        best[np.isneginf(lower[np.arange(len(best)), best])] = NO_ITEM
        return best

    @property
    def lowest(self) -> Int:
        """The lowest; -1 where there is none."""
        found: Int = np.where(np.isneginf(self.others), np.inf, self.others).argmin(axis=1)
        found[np.isneginf(self.others).all(axis=1)] = NO_ITEM
        return found


def _part(features: SparseRows | None, rows: Int) -> SparseRows | None:
    return None if features is None else features.select(rows)
