"""The checks of recommenders: what they offer to explainers."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from torch import Tensor

from ..data.sparse import SparseRows
from .compare import finite, near
from .contract import Broken, Skip
from .fitting import FittedContract, ask

STEP = 1e-2
AGREE = 0.9  # of sampled directions; scores of networks have kinks, where a difference quotient says something else


class OfferChecks(FittedContract):
    """What is behind each word in `offers`."""

    def check_gradients_are_those_of_the_scores(self) -> None:
        """Where "gradients" is offered: autograd reaches the features of both sides, and agrees with difference quotients."""
        self._needs("gradients")
        for side in ("user", "item"):
            self._check_gradient(side)

    def check_attention_sums_to_one(self) -> None:
        """Where "attention" is offered: rows over features [n, P] are in 0..1 and sum to 1, or are all zero."""
        self._needs("attention")
        data = self.data()
        for name, count in (("attention", data.n_users), ("item_attention", data.n_items)):
            rows = getattr(self.fitted(), name)(torch.arange(count, device=self.fitted().device)).detach().cpu().numpy()
            if rows.shape != (count, data.n_features):
                raise Broken(f"{name}: shape {rows.shape}, expected {(count, data.n_features)}")
            finite(rows, name)
            total = rows.sum(axis=1)
            if rows.min() < 0 or not ((np.abs(total - 1) < 1e-3) | (np.abs(rows).max(axis=1) == 0)).all():
                raise Broken(f"{name}: entries from {rows.min():.3g}, rows sum to {total.min():.4g}..{total.max():.4g}")

    def check_linear_user_side_gives_the_scores(self) -> None:
        """Where "linear-user-side" is offered: user_side() gives the same scores as scores(), for any features, and scores() takes
        them as sparse rows too; latent_width(), where it says any, is the width of it."""
        self._needs("linear-user-side")
        pairs, features = self._drawn("user")
        users, items = (torch.from_numpy(column.copy()) for column in pairs.T)
        with torch.no_grad():
            side = self.fitted().user_side(users, items)
            found = side.score(features @ side.feature_map)
            by_rows = self.fitted().scores(users, items, cast(Tensor, SparseRows.from_dense(features.numpy()).tensors()))
        wanted = ask(self.fitted(), pairs, features)
        near(found.numpy(), wanted, "scores by user_side()")
        near(by_rows.numpy(), wanted, "scores of sparse rows")
        if (width := self.fitted().latent_width()) not in (0, side.gate.shape[1]):
            raise Broken(f"latent_width() is {width}, user_side() has k = {side.gate.shape[1]}")

    def check_sentences_are_of_each_row(self) -> None:
        """Where "sentences" is offered: a text for each user, item and feature, the same in another order."""
        self._needs("sentences")
        data, rng = self.data(), np.random.default_rng(8)
        asked = [torch.from_numpy(rng.integers(0, n, 40)) for n in (data.n_users, data.n_items, data.n_features)]
        order = torch.from_numpy(rng.permutation(40))
        found = self.fitted().sentences(*asked)
        if len(found) != 40 or not all(isinstance(text, str) for text in found):
            raise Broken(f"sentences: {len(found)} of {len(asked[0])} rows, or no texts")
        if self.fitted().sentences(*(column[order] for column in asked)) != [found[k] for k in order.tolist()]:
            raise Broken("sentences: others when asked for in another order")

    def check_linear_slopes_are_those_of_the_scores(self) -> None:
        """Where linear_slopes() gives any: what the score gains when f_u moves by a step in the cells asked for, in both directions
        and from any profile; the score has to be linear in f_u altogether."""
        made, (pairs, features) = self.fitted(), self._drawn("user")
        users, items = (torch.from_numpy(column.copy()) for column in pairs.T)
        cells = SparseRows.from_dense(np.where(np.random.default_rng(7).random(features.shape) < 0.5, 1, 0).astype(np.float32))
        with torch.no_grad():
            slopes = made.linear_slopes(users, items, cells.tensors())
        if slopes is None:
            raise Skip("gives no linear_slopes()")
        if slopes.shape != cells.values.shape:
            raise Broken(f"linear_slopes() gave shape {tuple(slopes.shape)} of {len(cells.values)} cells")
        moves = torch.from_numpy(cells.dense())
        wanted = [ask(made, pairs, features + step * moves) - ask(made, pairs, features) for step in (1, -0.5)]
        gained = np.bincount(cells.row_indices(), slopes.double().cpu().numpy(), len(pairs))
        for step, found in zip((1, -0.5), wanted, strict=True):
            near(step * gained, found, f"what linear_slopes() says of a step of {step} in f_u")

    def check_catalogue_scores_are_the_scores(self) -> None:
        """Where catalogue_scores() gives any: those of scores(), of each user with every item, also with other features."""
        made, data = self.fitted(), self.data()
        users = np.random.default_rng(9).permutation(data.n_users)[:9]
        others = data.user_features.select(users[::-1].copy())
        pairs = np.stack([np.repeat(users, data.n_items), np.tile(np.arange(data.n_items), len(users))], axis=1)
        for rows, name in ((None, "catalogue_scores()"), (others, "catalogue_scores() with other features")):
            asked = torch.from_numpy(users.copy()), None if rows is None else rows.tensors()
            with torch.no_grad():
                found = made.catalogue_scores(*asked)
            if found is None:
                raise Skip("gives no catalogue_scores()")
            if found.shape != (len(users), data.n_items):
                raise Broken(f"{name} gave shape {tuple(found.shape)}, expected {(len(users), data.n_items)}")
            f_u = None if rows is None else torch.from_numpy(rows.dense()[np.repeat(np.arange(len(users)), data.n_items)])
            near(found.double().cpu().numpy().ravel(), ask(made, pairs, f_u), name)

    def _needs(self, offer: str) -> None:
        if offer not in self.fitted().offers:  # settings may take from what a class offers
            raise Skip(f"does not offer {offer}")

    def _drawn(self, side: str) -> tuple[np.ndarray, Tensor]:
        """Pairs [n, 2] and features [n, P] in 0.5..4, of which none stands on a boundary."""
        pairs = self.pairs()[np.random.default_rng(2).permutation(len(self.pairs()))[:60]]
        features = np.random.default_rng(5).uniform(0.5, 4.0, (len(pairs), self.data().n_features)).astype(np.float32)
        return pairs, torch.from_numpy(features)

    def _check_gradient(self, side: str) -> None:
        made = self.fitted()
        pairs, features = self._drawn(side)
        users, items = (torch.from_numpy(column.copy()) for column in pairs.T)
        asked = features.clone().requires_grad_()
        handed = (asked, None) if side == "user" else (None, asked)
        with torch.enable_grad():
            scores = made.scores(users, items, *handed)
            if not scores.requires_grad:
                raise Broken(f"scores() is not differentiable in the features of the {side}")
            (gradient,) = torch.autograd.grad(scores.sum(), asked, allow_unused=True)
        if gradient is None or not gradient.any():
            raise Broken(f"no gradient reaches the features of the {side}")
        finite(gradient.numpy(), f"gradients in the features of the {side}")
        direction = torch.from_numpy(np.random.default_rng(6).choice([-1.0, 1.0], features.shape).astype(np.float32))
        ends = [features + sign * STEP * direction for sign in (1, -1)]
        up, down = (ask(made, pairs, *((end, None) if side == "user" else (None, end))) for end in ends)
        slope, said = (up - down) / (2 * STEP), (gradient * direction).sum(dim=1).numpy()
        agree = float((np.abs(slope - said) <= 0.05 * (np.abs(slope) + np.abs(slope).max())).mean())
        if agree < AGREE:
            raise Broken(f"gradients in the features of the {side} agree with difference quotients for {agree:.0%} of pairs")
