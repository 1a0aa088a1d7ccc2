"""Scores of 100 candidates for every user, d = 350."""

from __future__ import annotations

import numpy as np
import torch

from pyexplain.evaluation.scoring import BatchScorer
from pyexplain.ops import matrix_product
from pyexplain.run import Run

from .measure import Row, in_turn
from .peers import plain_head
from .world import network_of

CANDIDATES, AT_ONCE = 100, 512


def rows(run: Run, repeats: int) -> list[Row]:
    """A user, in batches, against one call a user with dense feature rows; and the head's product alone."""
    data, network = run.data, network_of(run.recommender)
    items = np.random.default_rng(0).integers(0, data.n_items, (data.n_users, CANDIDATES))
    users = np.repeat(np.arange(data.n_users), CANDIDATES)
    scorer = BatchScorer(run.recommender, data.n_features)
    f_u, f_i = (torch.from_numpy(side.dense()) for side in (data.user_features, data.item_features))

    def ours() -> None:
        scorer(users, items.ravel())

    def loop() -> None:
        for user in range(data.n_users):
            who, what = torch.full((CANDIDATES,), user), torch.from_numpy(items[user])
            with torch.no_grad():
                latent = (f_u[who] @ network.user_map.weight) * (f_i[what] @ network.item_map.weight)
                x = torch.cat([network.user_embedding[who] * network.item_embedding[what], latent], dim=1)
                plain_head(x, *network.head.parameters())

    W1 = network.head.W1.detach()
    rows = torch.randn(AT_ONCE, W1.shape[1])

    def product() -> None:
        for _ in range(0, len(users), AT_ONCE):
            matrix_product(rows, W1.T)

    taken = in_turn({"ours": ours, "loop": loop, "product": product}, repeats)
    ours_ms, loop_ms, product_ms = (1e3 * taken[name] / data.n_users for name in ("ours", "loop", "product"))
    what = "ranking 100 candidates of a user, d = 350"
    return [
        Row(what, "one call a user, dense features", "ms", ours_ms, loop_ms, 5, None),
        Row(what, "the head's product alone", "ms", ours_ms, product_ms, None, 1.3, at_most=True),
    ]
