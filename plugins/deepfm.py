"""DeepFM: a factorization machine, and a network on the same vectors."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor, nn

from pyexplain import Dataset, hookimpl
from pyexplain.ops import matrix_product
from pyexplain.recommenders import FactorizationConfig, FactorizationNetwork, FactorizationRecommender, Recommender


class DeepFMNetwork(FactorizationNetwork):
    """The vectors, and layers over all fields side by side: W_n and b_n, then `out`."""

    def __init__(self, data: Dataset, dim: int, hidden: int, layers: int, g: torch.Generator) -> None:
        super().__init__(data, dim, g)
        widths = [dim * 2 * (1 + len(data.kinds)), *[hidden] * layers]
        self.weights = nn.ParameterList(
            nn.Parameter(torch.randn(a, b, generator=g) * (2 / a) ** 0.5) for a, b in zip(widths, widths[1:], strict=False)
        )
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(width)) for width in widths[1:])
        self.out = nn.Parameter(torch.randn(widths[-1], generator=g) / widths[-1] ** 0.5)


class DeepFM(FactorizationRecommender):
    """score(u, i) = y_FM + y_DNN: that of `fm`, and relu layers over the vectors of user, item, and each kind of their features.

    The vectors are those of the FM (equations (1) to (4) of the paper). Trained on BPR; see FactorizationRecommender for what
    features are and the penalty.
    """

    name = "deepfm"
    reference = "Guo et al., DeepFM: A Factorization-Machine based Neural Network for CTR Prediction, IJCAI 2017"

    class Config(FactorizationConfig):
        """Those of the FM, and the network's."""

        hidden: int = Field(64, ge=1, description="width of the layers")
        layers: int = Field(1, ge=1, le=8, description="how many there are")
        dropout: float = Field(0.5, ge=0, lt=1, description="behind each layer, in training only")

    config: Config
    network: DeepFMNetwork

    def build(self, data: Dataset, seed: int) -> DeepFMNetwork:
        """Where training begins."""
        given = self.config.dim, self.config.hidden, self.config.layers
        return DeepFMNetwork(data, *given, torch.Generator().manual_seed(seed))

    def more(self, user: Tensor, item: Tensor, generator: torch.Generator | None) -> Tensor:
        """y_DNN [n]."""
        x, net = torch.cat([user, item], dim=1).flatten(1), self.network
        for W, b in zip(net.weights, net.biases, strict=True):
            x = matrix_product(x, W, b).relu()
            if generator is not None and self.config.dropout > 0:
                kept = torch.rand(x.shape, generator=generator).to(x.device) >= self.config.dropout
                x = x * kept / (1 - self.config.dropout)
        return (x * net.out).sum(dim=1)  # and not a product of a matrix and a vector, whose bits depend on the threads


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [DeepFM]
