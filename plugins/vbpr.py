"""VBPR: BPR on identity and feature embeddings. He and McAuley, AAAI 2016, as modified in the paper's section 5.1.3."""

from __future__ import annotations

from torch import nn

from pyexplain import Dataset, hookimpl
from pyexplain.recommenders import FeatureProductNetwork, Recommender, TrainingConfig


class VBPR(Recommender):
    """MLP((e_u * e_i) concat (E_u f_u * E_i f_i)): the network of eq. (5), trained on plain BPR."""

    name = "vbpr"
    reference = "He and McAuley, VBPR: Visual Bayesian Personalized Ranking from Implicit Feedback, AAAI 2016"
    offers = frozenset({"scores", "gradients", "linear-user-side"})

    class Config(TrainingConfig):
        """The shared keys alone."""

    config: Config

    def build(self, data: Dataset, seed: int) -> nn.Module:
        """The network of eq. (5)."""
        return FeatureProductNetwork.of(data, self.config, seed)


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The baseline."""
    return [VBPR]
