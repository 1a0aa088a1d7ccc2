"""The fewest things to take away where only the model can say what that does: one by one, in pairs, ... as far as a budget goes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from math import comb

import numpy as np
import numpy.typing as npt

from .removal_search import Removal

Float = npt.NDArray[np.floating]
Bool = npt.NDArray[np.bool_]
AT_ONCE = 256
Ask = Callable[[Bool], Float]


def smallest_by_questions(ask: Ask, size: int, budget: int) -> Removal:
    """The smallest set of `size` things at which ask() is above 0. ask: of sets [m, size] how far each is from it [m].

    Greedy by what is asked, less what is not needed; then all smaller sets, sizes in turn, while the budget of sets to be asked
    about lasts. At least the `size` sets of one are asked about, and greedy goes to its end whatever the budget.
    """
    none = np.zeros(size, dtype=bool)
    if size == 0:
        return Removal(none, False, True)
    singles = np.eye(size, dtype=bool)
    reached = ask(singles)
    if (reached > 0).any():
        return Removal(singles[int(reached.argmax())], True, True)
    best = _greedy(ask, singles[int(reached.argmax())])
    left = budget - size
    for count in range(2, size + 1 if best is None else int(best.sum())):
        if comb(size, count) > left:
            return Removal(none, False, False) if best is None else Removal(best, True, False)
        left -= comb(size, count)
        for sets in _sets_of(size, count):
            reached = ask(sets)
            if (reached > 0).any():
                return Removal(sets[int(reached.argmax())], True, True)
    return Removal(none, False, True) if best is None else Removal(best, True, True)


def _greedy(ask: Ask, chosen: Bool) -> Bool | None:
    """From `chosen`, each time the one more that brings it nearest; then without what is not needed. None: not found."""
    chosen, there = chosen.copy(), False
    while not there:
        rest = np.flatnonzero(~chosen)
        if not len(rest):
            return None
        sets = np.repeat(chosen[None], len(rest), axis=0)
        sets[np.arange(len(rest)), rest] = True
        reached = ask(sets)
        chosen, there = sets[int(reached.argmax())], bool(reached.max() > 0)
    for place in np.flatnonzero(chosen):
        without = chosen.copy()
        without[place] = False
        if ask(without[None])[0] > 0:
            chosen = without
    return chosen


def _sets_of(size: int, count: int) -> Iterator[Bool]:
    """All sets of `count`, a few at a time."""
    every = itertools.combinations(range(size), count)
    while some := list(itertools.islice(every, AT_ONCE)):
        sets = np.zeros((len(some), size), dtype=bool)
        np.put_along_axis(sets, np.array(some), True, axis=1)
        yield sets
