"""Hybrid: an additive score of words, attributes and the history. Every part of it can be read, so its explanations are exact."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from pyexplain import hookimpl
from pyexplain.explainers import Explainer, Explanations, SolverSettings, solve_margin
from pyexplain.margin import AdditiveParts, Margin, contributions_to
from pyexplain.recommenders import AdditiveRecommender, Config, Recommender

TOGETHER = "{:+.3f} of the lead is what features do together (the residual), shared among them by integrated gradients"


class Hybrid(AdditiveRecommender):
    """score(u, i) = b_i + sum over words and attributes k of a_k c_uk q_ik + n_u^-alpha * sum over the items k of the history of
    D_k . Q_i; see AdditiveRecommender. residual > 0 adds an MLP on top, for what no sum says. What its settings start at was chosen
    on validation parts (docs/results/hybrid.md)."""

    name = "hybrid"
    reference = "an additive model; the history as in FISM (Kabbur, Ning and Karypis, KDD 2013)"


class ExplainerConfig(Config):
    """Of the change that turns the order around."""

    l1: float = Field(1.0, ge=0, description="weight of ||delta||_1")
    l2: float = Field(0.001, gt=0, description="weight of ||delta||_2^2; small: one large change rather than many")
    margin: float = Field(0.05, ge=0, description="by how much the other item has to win")


class HybridExplainer(Explainer):
    """Weights are contributions, f_u[k] times what k adds to the score of i more than to that of j: exact, for the score is a sum,
    and added up they are the lead but for what the biases differ. Those that speak for i are named. The change is the smallest in
    the user's own features at which the user would be shown j.

    With a residual the lead is no sum any more: contributions are exact of the sum, and share by integrated gradients what features
    do together, so that they add up to the lead as before; a note says how much that is. The change is then the smallest that was
    found, and not proved to be the smallest. Recommenders of another form are explained in the same way."""

    name = "hybrid"
    reference = Hybrid.reference
    needs = frozenset({"linear-user-side"})
    comes_with = "hybrid"
    default = True
    copies = 0  # nothing is dense in P
    Config = ExplainerConfig
    config: ExplainerConfig

    def weigh(self, margin: Margin) -> Explanations:
        """Contributions, and the smallest change."""
        config = self.config
        settings = SolverSettings(own="only", l1=config.l1, l2=config.l2, margin=config.margin)
        found = solve_margin(margin, settings, method=self.name, weights=contributions_to(margin).positive())
        return self.reweighed(found, margin)

    def reweighed(self, found: Explanations, margin: Margin) -> Explanations:
        """The same weights, and how much of the lead is of the residual beside the notes."""
        parts = parts_of(margin)
        if parts is None:
            return found
        said = zip(found.notes or [""] * len(found), parts.residual.tolist(), strict=True)
        return replace(found, notes=tuple("; ".join(filter(None, (note, TOGETHER.format(added)))) for note, added in said))


def parts_of(margin: Margin) -> AdditiveParts | None:
    """What leads are made of, where it is a sum and a residual; None where there is no residual, or no sum."""
    made = margin.recommender
    return AdditiveParts.of(margin) if isinstance(made, AdditiveRecommender) and made.config.residual else None


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [Hybrid]


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """Its contributions."""
    return [HybridExplainer]
