"""What the features of a user add to the leads of questions: asked for once, by whoever comes first."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from ..data.types import Dataset
from ..explainers.types import NO_ITEM
from ..margin.contributions import contributions, contributions_to
from ..margin.margin import Margin
from ..recommenders.base import Recommender
from .asking import Float, Int
from .questions import Questions

Single = npt.NDArray[np.float32]
TOGETHER = 32  # questions that are asked about together: who looks at one looks at those around it


class Added:
    """Contributions (margin/contributions.py) to the margins of n questions; those without an item behind have none.

    Blocks of TOGETHER questions are kept. max_memory: bytes that a block of pairs may take. margin: of the questions, whose slopes
    are taken where scores are linear, as they are known then.
    """

    def __init__(
        self, recommender: Recommender, data: Dataset, questions: Questions, max_memory: int, margin: Margin | None = None
    ) -> None:
        self.recommender, self.data, self.questions, self.max_memory = recommender, data, questions, max_memory
        self._margin = margin
        self._blocks: dict[int, tuple[Int, SparseRows]] = {}

    def of(self, row: int) -> tuple[Int, Single]:
        """Features, and what each adds to the margin of the question numbered row; none where it has no item behind."""
        rows, values = self._block(row // TOGETHER)
        if self.questions.back[row] == NO_ITEM:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        return values.row(int(np.searchsorted(rows, row)))

    def at(self, rows: Int, features: Int) -> Float:
        """Of each cell (question, feature) [m], 0 where the feature adds nothing; of all questions at once where they are many."""
        asked, place = np.unique(rows, return_inverse=True)
        if len(asked) == 0:
            return np.zeros(0)
        values = self._few(asked) if len(self.questions) <= TOGETHER else self._values(asked)
        known = values.row_indices() * values.n_columns + values.indices
        wanted = place * values.n_columns + features
        at = np.minimum(np.searchsorted(known, wanted), max(0, len(known) - 1))
        return np.where(known[at] == wanted, values.values[at], 0.0) if len(known) else np.zeros(len(wanted))

    def _few(self, asked: Int) -> SparseRows:
        rows, values = self._block(0)
        return values.select(np.searchsorted(rows, asked))

    def _block(self, number: int) -> tuple[Int, SparseRows]:
        if number not in self._blocks:
            rows = np.arange(number * TOGETHER, min((number + 1) * TOGETHER, len(self.questions)))
            rows = rows[self.questions.back[rows] != NO_ITEM]
            self._blocks[number] = rows, self._values(rows)
        return self._blocks[number]

    @cached_property
    def _known(self) -> SparseRows | None:
        """Of all questions, where the margin at hand has its slopes."""
        return None if self._margin is None or self._margin.slopes is None else contributions_to(self._margin).values

    def _values(self, rows: Int) -> SparseRows:
        questions = self.questions
        if self._known is not None:
            return self._known.select(rows)
        pairs = np.stack([questions.users[rows], questions.front[rows]], axis=1)
        return contributions(self.recommender, self.data, pairs, questions.back[rows], max_memory=self.max_memory).values
