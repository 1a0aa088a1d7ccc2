"""CFGAN: a generator writes down a user's whole vector of likes, and a discriminator tells it from the real one."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import TensorRows
from pyexplain.ops import matrix_product, sigmoid, softplus
from pyexplain.recommenders import DenseEngine, HistoryRecommender, LoopConfig, Recommender, epoch_generator, mapped


class CFGANNetwork(nn.Module):
    """Generator: taken [I, hidden], inner [1, hidden], given [I, hidden], bias [I, 1]. Discriminator: of vectors `judged`, of
    conditions `known` [I, hidden] each, offset [1, hidden], out [hidden], base []."""

    def __init__(self, n_items: int, hidden: int, seed: int) -> None:
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        scale = (2 / (n_items + hidden)) ** 0.5  # Xavier's
        self.taken, self.given, self.judged, self.known = (
            nn.Parameter(torch.randn(n_items, hidden, generator=g) * scale) for _ in range(4)
        )
        self.inner, self.offset = (nn.Parameter(torch.zeros(1, hidden)) for _ in range(2))
        self.bias = nn.Parameter(torch.zeros(n_items, 1))
        self.out, self.base = nn.Parameter(torch.randn(hidden, generator=g) / hidden**0.5), nn.Parameter(torch.zeros(()))

    def generate(self, first: Tensor) -> Tensor:
        """Logits of likes [n, I] from c_u A [n, hidden]."""
        return matrix_product(sigmoid(first + self.inner), self.given.t(), self.bias[:, 0])

    def judge(self, vectors: Tensor, conditions: TensorRows, fixed: bool = False) -> Tensor:
        """Logits [n] of "this is the real vector" for vectors [n, I] of users with these likes; fixed: its own parameters are
        constants."""
        parts = self.judged, self.known, self.offset, self.out, self.base
        judged, known, offset, out, base = (part.detach() for part in parts) if fixed else parts
        hidden = sigmoid(matrix_product(vectors, judged) + mapped(conditions, known) + offset)
        return (hidden * out).sum(dim=1) + base


class Masks(NamedTuple):
    """Of a batch [n, I]: real, what each likes; partial, drawn others that are left in the vector; zero, drawn others that are to
    become 0."""

    real: Tensor
    partial: Tensor
    zero: Tensor


class CFGAN(HistoryRecommender):
    """score(u, i) is the logit of entry i of the vector r'_u = s(V s(A c_u + a) + b) that the generator G writes for the condition
    c_u, the 0/1 row of what u likes; s the logistic function.

    Both players play in turns, users in batches. D: -log D(r_u | c_u) - log(1 - D(r'_u * e_u | c_u)), e_u the likes. G: log(1 -
    D(r'_u * (e_u + k_u) | c_u)) + alpha sum over zero of (r'_ui)^2. k_u and `zero` are items that u does not like, drawn anew
    for every batch, of each a share of those that there are (CFGAN-ZP: zero reconstruction, and partial masking): without them to
    write 1 everywhere fools D.

    The paper's: vector-wise generation, masks, both players, ZR and PM. Not the paper's: G falls -log D, not log(1 - D), when
    `saturating` is off, which is the usual form that does not stand still at the start; one learning rate for both. Nothing
    is kept of a user.
    """

    name = "cfgan"
    reference = "Chae, Kang, Kim and Lee, CFGAN: A Generic Collaborative Filtering Framework based on GANs, CIKM 2018"
    tables: ClassVar[dict[str, str]] = dict.fromkeys(("taken", "given", "judged", "known", "bias"), "items")

    class Config(LoopConfig):
        """Sizes, and the game."""

        learning_rate: float = Field(5e-4, gt=0, description="of Adam, for both players")
        batch_size: int = Field(64, ge=1, description="users")
        epochs: int = Field(400, ge=1)
        patience: int = Field(30, ge=0, description="as elsewhere; longer, for the players need time to meet")
        hidden: int = Field(128, ge=1, description="width of both players' layer")
        zero_share: float = Field(0.1, ge=0, le=1, description="S_ZR: share of the other items that are to become 0")
        partial_share: float = Field(0.1, ge=0, le=1, description="S_PM: share of the other items that D sees of what G writes")
        zero_weight: float = Field(0.1, ge=0, description="alpha: of the entries that are to become 0")
        saturating: bool = Field(False, description="G falls log(1 - D), as printed, in place of -log D")

    config: Config
    network: CFGANNetwork

    def build(self, data: Dataset, seed: int) -> CFGANNetwork:
        """Both players."""
        return CFGANNetwork(data.n_items, self.config.hidden, seed)

    def epochs(self, engine: DenseEngine, data: Dataset, options: RunOptions) -> Callable[[int], dict[str, float]]:
        """Each user with a history once, in batches; D moves first, then G."""
        users = np.flatnonzero(self.history.own.counts.cpu().numpy())

        def one(epoch: int) -> dict[str, float]:
            generator = epoch_generator(options.seed, epoch, self.device)
            order = torch.from_numpy(np.random.default_rng([options.seed, 15, epoch]).permutation(users)).to(self.device)
            totals = [0.0, 0.0]
            for batch in torch.split(order, self.config.batch_size):
                rows = self.history.rows(batch)
                masks = self.masks(rows, generator)
                totals[0] += engine.move(self.judging(rows, masks)) * len(batch)
                totals[1] += engine.move(self.fooling(rows, masks)) * len(batch)
            return {"loss": totals[1] / max(1, len(users)), "judging": totals[0] / max(1, len(users))}

        return one

    def masks(self, rows: TensorRows, generator: torch.Generator) -> Masks:
        """Drawn for the users whose likes these are."""
        real = rows.dense(self.history.n_items)
        drawn = [torch.rand(real.shape, generator=generator, device=real.device) for _ in range(2)]
        partial, zero = (
            ((d < share) & (real == 0)).float()
            for d, share in zip(drawn, (self.config.partial_share, self.config.zero_share), strict=True)
        )
        return Masks(real, partial, zero)

    def judging(self, rows: TensorRows, masks: Masks) -> Tensor:
        """What D falls; G is a constant."""
        with torch.no_grad():
            written = sigmoid(self.network.generate(mapped(rows, self.network.taken))) * masks.real
        true, false = self.network.judge(masks.real, rows), self.network.judge(written, rows)
        return softplus(-true).mean() + softplus(false).mean()

    def fooling(self, rows: TensorRows, masks: Masks) -> Tensor:
        """What G falls; D is a constant."""
        written = sigmoid(self.network.generate(mapped(rows, self.network.taken)))
        judged = self.network.judge(written * (masks.real + masks.partial), rows, fixed=True)
        game = -softplus(judged).mean() if self.config.saturating else softplus(-judged).mean()
        return game + self.config.zero_weight * (written.square() * masks.zero).sum(dim=1).mean()

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """See the class."""
        net = self.network
        wanted = user_features is not None and user_features.requires_grad and torch.is_grad_enabled()
        with torch.set_grad_enabled(wanted):
            hidden = sigmoid(self.history.summed(users, user_features, net.taken.detach()) + net.inner.detach())
        given = net.given.detach()[items]
        if item_features is not None:
            given = self.history.through(item_features, net.given.detach(), given)
        return (hidden * given).sum(dim=1) + net.bias.detach()[items, 0]

    def catalogue_scores(self, users: Tensor, user_features: TensorRows | None = None) -> Tensor:
        """scores() of users [n] with every item, [n, I]."""
        with torch.no_grad():
            return self.network.generate(self.history.summed(users, user_features, self.network.taken))

    def with_users(self, data: Dataset) -> CFGAN:
        """See Recommender.with_users."""
        return self.seeing(data)


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [CFGAN]
