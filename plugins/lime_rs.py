"""LIME-RS: a local linear model of a score, of profiles around a user's in which own features are gone and others are put in."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field, model_validator

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import SparseRows
from pyexplain.explainers import Config, Explainer
from pyexplain.margin import Coalitions, Margin
from pyexplain.recommenders import Recommender

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]


class LimeRSConfig(Config):
    """What is drawn, and how the model is fitted."""

    samples: int = Field(150, ge=2, description="profiles drawn around a user's, beside it")
    least: int = Field(50, ge=1, description="features that a drawn profile has other than the user's, at least")
    most: int = Field(100, ge=2, description="and fewer than so many")
    ridge: float = Field(1.0, gt=0, description="L2 penalty on the coefficients")
    signed: bool = Field(False, description="tell what speaks against the item, too, as weights below 0")

    @model_validator(mode="after")
    def _some_room(self) -> LimeRSConfig:
        if self.least >= self.most:
            raise ValueError("least must be less than most")
        return self


class LimeRS(Explainer):
    """For each pair (u, i): draw profiles z around f_u, each with d = `least`..`most` - 1 features flipped (in a catalogue of few
    features, half of them at most): p = 0..d - 1 draws, at most as many as u has features, of own ones that go (the same one may be
    drawn again), and others, d - p, that u does not have are put in. A ridge regression of the scores R(u, i; z) on which own
    features are left, with an intercept, profiles weighed by 1 - d / (sum of all d): its coefficients are the weights.

    The paper fits a linear model to the scores of perturbed samples, item by item, as LIME does; flips, weights and the penalty are
    those of its implementation in the LXR repository and the SIGIR 2026 benchmark. Not theirs: features of any kind (what is put in
    has the mean value of its kind), and their selection of as many features as the user has, which here is always all of them.
    """

    name = "lime-rs"
    reference = "Nobrega and Marinho, Towards Explaining Recommendations Through Local Surrogate Models, SAC 2019"
    needs: ClassVar[frozenset[str]] = frozenset({"scores"})
    comes_with = "hybrid"
    contrastive = False
    pairs_at_once = 64
    copies = 0  # profiles are made in parts that keep within the memory

    Config = LimeRSConfig
    config: LimeRSConfig

    def fit(self, recommender: Recommender, data: Dataset, options: RunOptions) -> None:
        """Remember both, and what a feature of each kind is worth to those who have it."""
        super().fit(recommender, data, options)
        rows, values = data.user_features, np.ones(data.n_features, np.float32)
        for kind in data.kinds:
            own = data.features.of_kind(kind)
            mine = rows.values[np.isin(rows.indices, own)]
            values[own] = mine.mean() if len(mine) else 1.0
        self.typical = values

    def weigh(self, margin: Margin) -> SparseRows:
        """The coefficients of each pair."""
        asked = Coalitions.of(margin)
        found = np.zeros(asked.real.shape)
        for row in range(len(margin)):
            count = int(asked.real[row].sum())
            if count:
                found[row, :count] = self._one(margin, asked, row, count)
        return asked.rows(found, signed=self.config.signed)

    def _one(self, margin: Margin, asked: Coalitions, row: int, count: int) -> Float:
        """Of the first `count` features of a row."""
        rng = np.random.default_rng([self.options.seed, 53, *margin.pairs[row].tolist()])
        own, values = asked.columns[row, :count], asked.values[row, :count]
        kept, added, flips = self._drawn(rng, own, margin.features.n_columns)
        rows = self._profiles(own, values, kept, added)
        scores = self._scores(margin, row, rows)
        near = 1 - flips / max(1, flips.sum())
        x = kept.astype(np.float64)
        share = near / near.sum()
        x -= share @ x
        y = scores - share @ scores
        gram = (x * near[:, None]).T @ x + self.config.ridge * np.eye(count)
        found: Float = np.linalg.solve(gram, (x * near[:, None]).T @ y)
        return found

    def _drawn(self, rng: np.random.Generator, own: Int, n_columns: int) -> tuple[Bool, Int, Int]:
        """Which own features are kept [m, s], the others that are put in as cells (profile, column) [c, 2], each once, and how many
        were flipped [m]; the user's own profile first."""
        m, size, room = self.config.samples + 1, len(own), n_columns - len(own)
        least, most = (min(bound, max(1, n_columns // 2)) for bound in (self.config.least, self.config.most - 1))
        flips = rng.integers(least, most + 1, m)
        flips[0] = 0
        gone = np.minimum((rng.random(m) * np.maximum(flips, 1 + (flips > 0))).astype(np.int64), size)
        kept = np.ones((m, size), dtype=bool)
        row, place = np.nonzero(np.arange(size) < (gone * (flips > 0))[:, None])
        kept[row, rng.integers(0, size, (m, size))[row, place]] = False
        wanted = np.minimum(np.maximum(flips - gone, 0), room)
        row, place = np.nonzero(np.arange(int(wanted.max(initial=0))) < wanted[:, None])
        drawn = rng.integers(0, max(1, room), (m, int(wanted.max(initial=0))))[row, place]
        cells = np.unique(row * max(1, room) + drawn)
        row, number = np.divmod(cells, max(1, room))
        return kept, np.stack([row, _skipping(number, own)], axis=1), flips

    def _profiles(self, own: Int, values: npt.NDArray[np.float32], kept: Bool, added: Int) -> SparseRows:
        """The drawn profiles [m, P]."""
        row, place = np.nonzero(kept)
        columns = np.concatenate([own[place], added[:, 1]])
        held = np.concatenate([values[place], self.typical[added[:, 1]]])
        return SparseRows.from_triples(np.concatenate([row, added[:, 0]]), columns, held, (len(kept), len(self.typical)))

    def _scores(self, margin: Margin, row: int, rows: SparseRows) -> Float:
        """R(u, i; z) [m] at profiles [m, P]."""
        size = max(1, margin.max_memory // (16 * rows.n_columns)) if not margin.is_affine else rows.n_rows
        device, out = margin.recommender.device, []
        for at in range(0, rows.n_rows, size):
            some = rows.select(np.arange(at, min(at + size, rows.n_rows)))
            user, item = (torch.full((some.n_rows,), int(number), device=device) for number in margin.pairs[row])
            with torch.no_grad():
                out.append(margin.recommender.scores(user, item, margin.handed(some)).double().cpu().numpy())
        return np.concatenate(out)


def _skipping(indices: Int, own: Int) -> Int:
    """The columns that are number 0, 1, ... of those that are not own (own ascending)."""
    shift = np.searchsorted(own - np.arange(len(own)), indices, side="right")
    found: Int = indices + shift
    return found


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """The explainer."""
    return [LimeRS]
