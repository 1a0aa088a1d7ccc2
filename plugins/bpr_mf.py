"""BPR-MF: matrix factorisation with an item bias. It ranks without features, and has nothing to explain by."""

from __future__ import annotations

from pydantic import Field
from torch import nn

from pyexplain import Dataset, hookimpl
from pyexplain.recommenders import FactorNetwork, HeadlessConfig, Recommender


class BPRMF(Recommender):
    """The baseline that BPR was written for."""

    name = "bpr-mf"
    reference = "Rendle et al., BPR: Bayesian Personalized Ranking from Implicit Feedback, UAI 2009"
    tables = FactorNetwork.row_tables

    class Config(HeadlessConfig):
        """The shared keys; its own size and regularisation."""

        dim: int = Field(64, ge=1, description="number of factors")
        weight_decay: float = Field(0.01, ge=0, description="lambda of the paper: L2 penalty on the factors that a batch touches")

    config: Config

    def build(self, data: Dataset, seed: int) -> nn.Module:
        """Two tables of factors and a bias."""
        return FactorNetwork(data.n_users, data.n_items, self.config.dim, seed)


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The baseline."""
    return [BPRMF]
