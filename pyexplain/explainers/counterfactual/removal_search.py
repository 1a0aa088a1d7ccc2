"""The fewest things to take away so that enough others get ahead, where what each takes away adds up: greedy, then proved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.floating]
Bool = npt.NDArray[np.bool_]
Int = npt.NDArray[np.int64]
MOST_CELLS = 2**26  # of the bounds that a search makes


@dataclass(frozen=True, eq=False)
class Removal:
    """chosen [S]: what is taken away; nothing where it is not reached. proved: nothing smaller reaches it; where it is not reached,
    nothing does."""

    chosen: Bool
    reached: bool
    proved: bool


class OutOfNodesError(Exception):
    """The search was to look at no more."""


def smallest_removal(lead: Float, gains: Float, k: int, most_nodes: int, slack: float = 0.0) -> Removal:
    """The smallest set of rows of gains [S, C] whose sum, added to lead [C], makes at least k of the C entries larger than slack.

    lead: by how much each other item is ahead now (below 0: behind). Of single ones that do, the one that brings the k-th farthest.
    Otherwise one after the other, each time the one that brings the k-th farthest, then less what is not needed, is an upper bound;
    smaller sets are searched branch by branch, each cut off where even the largest gains that are left do not do. At most
    `most_nodes` branches are looked at: where that is not enough, the set found is given and `proved` is false.
    """
    none, lead = np.zeros(len(gains), dtype=bool), lead - slack
    if _enough(lead, k):
        return Removal(none, True, True)
    one = (lead + gains > 0).sum(axis=1) >= k
    if one.any():
        rows = np.flatnonzero(one)
        return Removal(_only(none, rows[_kth(lead + gains[rows], k).argmax()]), True, True)
    able = lead + np.maximum(gains, 0).sum(axis=0) > 0
    if able.sum() < k:
        return Removal(none, False, True)
    search = _Search(lead[able], gains[:, able], k, most_nodes)
    best = search.greedy()
    try:
        for size in range(search.least(), len(gains) + 1 if best is None else int(best.sum())):
            if (found := search.of_size(size)) is not None:
                return Removal(found, True, True)
    except OutOfNodesError:
        return Removal(none, False, False) if best is None else Removal(best, True, False)
    return Removal(none, False, True) if best is None else Removal(best, True, True)


class _Search:
    """Among entries that can be reached at all, by sets of more than one."""

    def __init__(self, lead: Float, gains: Float, k: int, most_nodes: int) -> None:
        self.lead, self.gains, self.k, self.left = lead, gains, k, most_nodes
        self.up = np.maximum(gains, 0)

    def greedy(self) -> Bool | None:
        """A set that does and of which none can be left out; None where this way finds none."""
        chosen, total = np.zeros(len(self.gains), dtype=bool), self.lead
        while not _enough(total, self.k):
            rest = np.flatnonzero(~chosen)
            if not len(rest):
                return None
            best = rest[_kth(total + self.gains[rest], self.k).argmax()]
            chosen[best], total = True, total + self.gains[best]
        for row in np.flatnonzero(chosen):
            without = total - self.gains[row]
            if _enough(without, self.k):
                chosen[row], total = False, without
        return chosen

    def least(self) -> int:
        """How many it takes at least: with so many, the largest gains of enough entries do."""
        reach = self.lead + _largest_sums(self.up, len(self.up))
        return 1 + int(((reach > 0).sum(axis=1) >= self.k).argmax())

    def of_size(self, size: int) -> Bool | None:
        """A set of this size that does, or None; OutOfNodesError where that was not found out."""
        able = self.lead + _largest_sums(self.up, size)[-1] > 0
        lead, gains = self.lead[able], self.gains[:, able]
        if gains.size * len(gains) > MOST_CELLS:
            raise OutOfNodesError
        order = np.argsort(-gains.sum(axis=1), kind="stable")
        gains = gains[order]
        # [t][r - 1]: the most that r of those from t on can add to each entry
        most = [_largest_sums(np.maximum(gains[t:], 0), size - 1) for t in range(len(gains))]
        found = self._below(lead, gains, most, [], size)
        if found is None:
            return None
        chosen = np.zeros(len(gains), dtype=bool)
        chosen[order[found]] = True
        return chosen

    def _below(self, total: Float, gains: Float, most: list[Float], taken: list[int], size: int) -> list[int] | None:
        """The sets that begin with `taken`, whose gains are in total already."""
        self.left -= 1
        if self.left < 0:
            raise OutOfNodesError
        begin, missing = (taken[-1] + 1 if taken else 0), size - len(taken)
        if missing == 1:
            last = total + gains[begin:]
            rows = np.flatnonzero((last > 0).sum(axis=1) >= self.k)
            return [*taken, begin + int(rows[_kth(last[rows], self.k).argmax()])] if len(rows) else None
        for row in range(begin, len(gains) - missing + 1):
            after = total + gains[row]
            rest = most[row + 1]
            if _enough(after + rest[min(missing - 1, len(rest)) - 1], self.k):
                found = self._below(after, gains, most, [*taken, row], size)
                if found is not None:
                    return found
        return None


def _enough(total: Float, k: int) -> bool:
    return int(np.count_nonzero(total > 0)) >= k


def _kth(totals: Float, k: int) -> Float:
    """The k-th largest of each row [n, C]; the smallest where a row has fewer."""
    place = max(0, totals.shape[1] - k)
    found: Float = np.partition(totals, place, axis=1)[:, place]
    return found


def _largest_sums(up: Float, most: int) -> Float:
    """The sums of the 1, 2, ... `most` largest of each column of up [S, C], as rows."""
    found: Float = (-np.sort(-up, axis=0)[:most]).cumsum(axis=0)
    return found


def _only(none: Bool, row: int) -> Bool:
    chosen = none.copy()
    chosen[row] = True
    return chosen
