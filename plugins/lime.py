"""LIME for rankings: a small linear model of what happens to a preference when some of a user's features are taken away."""

from __future__ import annotations

import itertools
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from pyexplain import hookimpl
from pyexplain.data import SparseRows
from pyexplain.explainers import Config, Explainer
from pyexplain.margin import Coalitions, Margin

Int = npt.NDArray[np.int64]
PAIRS_AT_ONCE = 256


class Lime(Explainer):
    """For each pair: draw which of the user's own features are kept, ask for the margin R(u, i) - R(u, j), and fit
    margin = a_0 + sum_k a_k kept_k by ridge regression, samples weighed by exp(-(share taken away)^2 / width^2); the paper's
    section 3.4 with features for words and the margin for the class probability, so that an order is explained.

    Weights are the positive a_k: features that hold the item in front. Asks for scores alone. Where a user has so few features that
    all ways to keep some of them can be asked about, nothing is drawn; a pair's draws depend on the seed and the pair.
    """

    name = "lime"
    reference = "Ribeiro, Singh and Guestrin, Why Should I Trust You?, KDD 2016"
    needs: ClassVar[frozenset[str]] = frozenset({"scores"})
    comes_with = "vbpr"
    pairs_at_once = PAIRS_AT_ONCE

    class Config(Config):
        """How often is asked, and how near counts."""

        samples: int = Field(100, ge=2, description="questions per pair, at most")
        width: float = Field(0.75, gt=0, description="of the kernel; the share taken away lies in 0..1")
        ridge: float = Field(0.01, gt=0, description="L2 penalty on the a_k, times the sum of the samples' weights")
        signed: bool = Field(False, description="tell what speaks against the item, too, as weights below 0")

    config: Config

    def weigh(self, margin: Margin) -> SparseRows:
        """The positive coefficients of each pair, or all."""
        asked = Coalitions.of(margin)
        return asked.rows(self.coefficients(asked), signed=self.config.signed)

    def coefficients(self, asked: Coalitions) -> npt.NDArray[np.float64]:
        """a [n, S], signed, 0 where a row has no such feature."""
        found = np.zeros(asked.real.shape)
        own = asked.real.sum(axis=1)
        for count in np.unique(own[own > 0]).tolist():
            rows = np.flatnonzero(own == count)
            kept = self._kept(asked, rows, count)  # [n, m, s]
            whole = np.zeros((kept.shape[0] * kept.shape[1], asked.real.shape[1]), dtype=bool)
            whole[:, :count] = kept.reshape(-1, count)
            margins = asked.margins(np.repeat(rows, kept.shape[1]), whole).reshape(kept.shape[:2])
            found[rows, :count] = self._regression(kept, margins)
        return found

    def _kept(self, asked: Coalitions, rows: Int, s: int) -> npt.NDArray[np.bool_]:
        """Which of s features are kept, [n, m, s]: every coalition where there are no more than `samples`, else all features, and
        draws in which each is as likely as not."""
        if 2**s <= self.config.samples:
            return np.tile(np.array(list(itertools.product((False, True), repeat=s))), (len(rows), 1, 1))
        drawn = [asked.generator(self.options.seed, row).random((self.config.samples, s)) < 0.5 for row in rows.tolist()]
        kept = np.stack(drawn)
        kept[:, 0] = True
        return kept

    def _regression(self, kept: npt.NDArray[np.bool_], margins: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Weighted ridge regression of margins [n, m] on kept [n, m, s]: coefficients [n, s]."""
        x = kept.astype(np.float64)
        near = np.exp(-(((1 - x.mean(axis=2)) / self.config.width) ** 2))  # [n, m]
        share = near / near.sum(axis=1, keepdims=True)
        # centred, so that the intercept is not penalised
        x -= (share[:, :, None] * x).sum(axis=1, keepdims=True)
        y = margins - (share * margins).sum(axis=1, keepdims=True)
        gram = np.einsum("nms,nm,nmt->nst", x, share, x) + self.config.ridge * np.eye(x.shape[2])
        found: npt.NDArray[np.float64] = np.linalg.solve(gram, np.einsum("nms,nm,nm->ns", x, share, y)[:, :, None])[:, :, 0]
        return found


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """The explainer."""
    return [Lime]
