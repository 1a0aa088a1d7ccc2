"""Counterfactual explanations of anything that scores: no gradient, no look inside, a budget of questions."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from pyexplain import hookimpl
from pyexplain.explainers import Config, Explainer, Explanations, QuerySettings, solve_by_questions
from pyexplain.margin import Margin


class BlackBoxConfig(Config):
    """How much may be asked."""

    budget: int = Field(600, ge=2, description="questions per pair, at most")
    others: int = Field(12, ge=1, description="features beyond the user's own that are combined")
    halvings: int = Field(6, ge=0, description="steps that make a change smaller")
    own: Literal["first", "only"] = Field("first", description="change features that the user writes about: first, or only")


class BlackBox(Explainer):
    """Weights are the share of the lead that is gone without each feature, asked for and not to first order.

    questions [n]: how many the pairs of the last call took, each the difference of two scores.
    """

    name = "black-box"
    reference = "the paper, eq. (9), searched for with scores alone"
    needs: ClassVar[frozenset[str]] = frozenset({"scores"})
    comes_with = "vbpr"
    copies = 0  # solve_by_questions() keeps within the memory

    Config = BlackBoxConfig
    config: BlackBoxConfig
    questions: npt.NDArray[np.int64]

    def weigh(self, margin: Margin) -> Explanations:
        """A small change of f_u at which the user prefers the other item."""
        settings = QuerySettings(**self.config.model_dump())
        found, self.questions = solve_by_questions(
            margin.recommender,
            margin.data,
            margin.pairs,
            margin.against,
            settings,
            method=self.name,
            max_memory=margin.max_memory,
            progress=self.options.progress,
        )
        return found


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """The explainer."""
    return [BlackBox]
