"""Influence functions on a user's latent vector: how scores would move had the model been trained without one liked item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from ..data.events import Events
from ..data.sparse import TensorRows
from ..recommenders.base import Recommender
from ..recommenders.networks import mapped

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
Float = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Influences:
    """Of users [n] and their events [n, S], as Events.table() gives them. liked [n, S]: which are trained on. slopes [n, S, d]:
    v_k, gradients of R(u, k) in the latent vector; missing [n, S]: 1 - s(R(u, k)), s the logistic function."""

    recommender: Recommender
    users: Int
    latent: torch.Tensor
    liked: Bool
    slopes: Float
    missing: Float
    damping: float

    @staticmethod
    def of(recommender: Recommender, events: Events, users: Int, damping: float) -> Influences:
        """For a recommender that offers "linear-user-side"; damping: lambda over the mean of |v_k|^2 of each user."""
        data, (indices, there) = events.data, events.table(users)
        items = np.where(there, events.items[indices] if len(events.items) else 0, 0)
        liked = there & data.liked.holds(users, items)
        rows: TensorRows = data.user_features.select(users).tensors(recommender.device)
        with torch.no_grad():
            some = torch.zeros(1, dtype=torch.int64, device=recommender.device)
            latent = mapped(rows, recommender.user_side(some, some).feature_map)
        made = Influences(recommender, users, latent, liked, np.zeros(0), np.zeros(0), damping)
        scores, slopes = made.scored(items)
        return Influences(recommender, users, latent, liked, slopes * liked[..., None], liked / (1 + np.exp(scores)), damping)

    def scored(self, items: Int) -> tuple[Float, Float]:
        """R(u, i) [n, m] of items [n, m], and its gradients in the latent vector [n, m, d]."""
        n, m = items.shape
        row = np.repeat(np.arange(n), m)
        with torch.no_grad():
            user, item = (torch.from_numpy(part).to(self.recommender.device) for part in (self.users[row], items.ravel()))
            side = self.recommender.user_side(user, item)
            score, slope = side.score_and_slope(self.latent[torch.from_numpy(row).to(self.latent.device)])
        shape = (n, m, slope.shape[1] if n * m else self.latent.shape[1])
        return score.double().cpu().numpy().reshape(n, m), slope.double().cpu().numpy().reshape(shape)

    def on(self, items: Int) -> Float:
        """By how much R(u, i) of items [n, m] falls without each event of the user, [n, m, S].

        x . H^-1 g_k with H = A'A + lambda I, A the rows sqrt(s (1 - s)) v_k: by Woodbury's identity a system of S unknowns a user.
        """
        x = self.scored(items)[1]
        size = np.maximum(self.liked.sum(axis=1), 1)
        lam = self.damping * np.maximum((self.slopes**2).sum(axis=(1, 2)) / size, 1e-12)[:, None, None]
        rooted = self.slopes * np.sqrt(self.missing * (1 - self.missing))[..., None]
        across = rooted @ self.slopes.transpose(0, 2, 1)  # A v_k
        inner = rooted @ rooted.transpose(0, 2, 1) + lam * np.eye(rooted.shape[1])
        straight = x @ self.slopes.transpose(0, 2, 1)
        bent = (x @ rooted.transpose(0, 2, 1)) @ np.linalg.solve(inner, across) if rooted.shape[1] else straight
        found: Float = (straight - bent) / lam * self.missing[:, None]
        return found
