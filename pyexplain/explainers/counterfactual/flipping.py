"""The smallest set of a user's own features that, taken away whole, puts one other item in front."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...data.sparse import SparseRows, apply_change
from ...margin.coalitions import Coalitions
from ...margin.margin import Margin
from .removal import QUESTIONS, Removals, is_linear
from .removal_questions import smallest_by_questions
from .removal_search import Removal, smallest_removal

Float = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]


def smallest_flips(margin: Margin, *, questions: int = QUESTIONS) -> Removals:
    """Of n margins R(u, i) - R(u, j): the fewest of u's features without which j scores above i, of those that may be told of.

    Where the score is linear in f_u these are the ones that carry most; elsewhere the model is asked, about at most `questions`
    sets a pair beside the greedy ones. `reached` [n] is by the model's own scores; where j is above i as it is, nothing is taken
    away, and that is reached. The user's side alone.
    """
    asked = Coalitions.of(margin)
    unsaid = margin.data.unsaid
    may = asked.real if unsaid is None else asked.real & ~unsaid[asked.columns]
    linear = is_linear(margin.recommender, margin.pairs, margin.data.n_features)
    lead = margin.value()
    single = _singles(asked, may) if linear else np.zeros(may.shape)
    found = [_one(asked, row, may[row], lead[row], single[row] if linear else None, questions) for row in range(len(margin))]
    gone = np.zeros(may.shape, dtype=bool)
    for number, one in enumerate(found):
        gone[number, np.flatnonzero(may[number])] = one.chosen
    row, place = np.nonzero(gone)
    change = SparseRows.from_triples(row, asked.columns[row, place], -asked.values[row, place], margin.features.shape)
    after = margin.value(apply_change(margin.features, change))
    reached = np.array([one.reached for one in found], dtype=bool) & ((after < 0) | ~gone.any(axis=1))
    keep = reached[change.row_indices()]
    proved = np.array([one.proved for one in found], dtype=bool) & (reached | ~gone.any(axis=1))
    return Removals(change.where(keep), reached, proved)


def _singles(asked: Coalitions, may: Bool) -> Float:
    """The margin of each pair without each of its features alone [n, S]."""
    row, place = np.nonzero(may)
    kept = np.ones((len(row), may.shape[1]), dtype=bool)
    kept[np.arange(len(row)), place] = False
    out = np.zeros(may.shape)
    out[row, place] = asked.margins(row, kept)
    return out


def _one(asked: Coalitions, row: int, may: Bool, lead: float, single: Float | None, questions: int) -> Removal:
    columns = np.flatnonzero(may)
    if lead < 0:
        return Removal(np.zeros(len(columns), dtype=bool), True, True)
    if single is not None:
        return smallest_removal(np.array([-lead]), (lead - single[columns])[:, None], 1, 0)

    def ask(sets: Bool) -> Float:
        kept = np.ones((len(sets), len(may)), dtype=bool)
        kept[:, columns] = ~sets
        return -asked.margins(np.full(len(sets), row), kept)

    return smallest_by_questions(ask, len(columns), questions)
