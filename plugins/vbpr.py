"""VBPR: BPR on identity and feature embeddings. He and McAuley, AAAI 2016, as modified in the paper's section 5.1.3."""

from __future__ import annotations

from pyexplain import hookimpl
from pyexplain.recommenders import FeatureProductRecommender, Recommender


class VBPR(FeatureProductRecommender):
    """MLP((e_u * e_i) concat (E_u f_u * E_i f_i)): the network of eq. (5), trained on plain BPR."""

    name = "vbpr"
    reference = "He and McAuley, VBPR: Visual Bayesian Personalized Ranking from Implicit Feedback, AAAI 2016"


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The baseline."""
    return [VBPR]
