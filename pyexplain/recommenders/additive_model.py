"""The additive form at work: scores of pairs, of the whole catalogue, at other features, and what a single feature weighs."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy

import torch
from torch import Tensor

from ..data.sparse import SparseRows, TensorRows
from ..data.types import Dataset
from ..errors import RunError
from ..ops import matrix_product, repeated_product, sampled_product
from ..ops.add_sparse_product import run_add_sparse_product
from ..ops.groups import check_rows
from ..ops.matched_products import Matched, run_matched_products
from ..ops.native import check_range
from ..ops.sampled_matches import run_sampled_matches
from ..ops.working_set import row_products
from .additive import AdditiveNetwork, Columns, Sides, opinion_sums
from .additive_lifts import AdditiveLifts
from .lifted import Lifted
from .networks import mapped
from .residual_scores import ResidualScores
from .user_side import UserSide

USUAL = 8  # users whose scores with all items are asked for at once: matrices are laid out for so many
FEW = 64  # users whose histories are summed when they are asked about, before those of all are
MOST_MAP = 2**33  # bytes of a map of all features: beyond, no machine that is meant has room for it
PAIRS_AT_ONCE = 2048  # on the processor: what is gathered of this many stays in its cache


class AdditiveModel:
    """score(u, i) = b_i + sum over words and attributes k of a_k f_u[k] q_ik + s_u * sum over the history k of f_u[k] D_k . Q_i,
    and the residual (residual.py) where the network has one.

    Linear in f_u without one. s_u is of the user's own history in the data, whatever features are handed in. Sums over histories of
    all users [U, r] are kept between calls.
    """

    def __init__(self, network: AdditiveNetwork, data: Dataset, prior: float, power: float, device: str) -> None:
        self.network, self.device, self.prior = network.to(device), torch.device(device), prior
        self.power, columns = power, Columns.of(data)
        self.columns = columns.to(device)
        self.sides = Sides.of(data, columns, prior, power, device)
        self.top, self.n_features = data.settings.max_rating, data.n_features
        self.unmentioned = data.settings.unmentioned_value("item")
        self.item_rows = data.item_features.tensors(device)
        self.changed()

    def with_users(self, data: Dataset) -> AdditiveModel:
        """The same parameters and items, and the users of these data."""
        other = copy(self)
        other.sides = self.sides.with_users(data, self.columns.to("cpu"), self.power, str(self.device))
        other._past = None
        return other

    def changed(self) -> None:
        """To be called when parameters have changed."""
        self._past: Tensor | None = None
        self._singly = 0  # users whose histories were summed by themselves
        self._map: Tensor | None = None
        self._posts: TensorRows | None = None
        self._product: Callable[..., Tensor] | None = None
        self._lifts: AdditiveLifts | None = None
        self._residual: ResidualScores | None = None

    @property
    def residual(self) -> ResidualScores | None:
        """What is added to the sum, if anything."""
        if self._residual is None and self.network.residual is not None:
            self._residual = ResidualScores(self.network.residual, self.columns, self.sides.item_words)
        return self._residual

    def residual_part(self, users: Tensor, items: Tensor, features: Tensor | TensorRows | None = None) -> Tensor:
        """What the residual adds to the scores of users [n] and items [n], [n]: 0 where there is none."""
        more = self.residual
        if more is None:
            return torch.zeros(len(users), device=self.device)
        return more.pairs(self._held(users, features), items)

    def past(self) -> Tensor:
        """s_u * sum of D_k over the history of all users, [U, r]."""
        if self._past is None:
            with torch.no_grad():
                self._past = mapped(self.sides.user_history, self.network.taken) * self.sides.scale[:, None]
        return self._past

    def past_of(self, users: Tensor) -> tuple[Tensor, Tensor]:
        """Rows of past(), and which of them is of each of users [n]. Few users do not wait for those of all; who goes on asking
        waits once."""
        if self._past is None:
            distinct, which = torch.unique(users, return_inverse=True)
            self._singly += len(distinct)
            if self._singly <= FEW:
                with torch.no_grad():
                    history = self.sides.user_history.select(distinct)
                    return mapped(history, self.network.taken) * self.sides.scale[distinct][:, None], which
        return self.past(), users

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | TensorRows | None, item_features: Tensor | None
    ) -> Tensor:
        """Relevance [n]; see Recommender.scores."""
        if item_features is None and not isinstance(user_features, Tensor):
            with torch.no_grad():
                return self._sparse_scores(users, items, user_features)
        words, past = self._user(users, user_features)
        quality, given = self._item(items, item_features)
        found = self.network.bias.detach()[items] + (words * quality) @ self.network.weights.detach() + (past * given).sum(dim=1)
        more = self.residual
        if more is None:
            return found
        of_items = None if item_features is None else more.other_items(quality, item_features, items)
        return found + more.pairs(self._held(users, user_features), items, of_items)

    def _held(self, users: Tensor, features: Tensor | TensorRows | None) -> Tensor:
        """z_u [n, h] of the residual, of users [n] as they are or at features [n, P]."""
        assert self.residual is not None
        if features is None:
            return self.residual.own_users(self.sides, users)
        return self.residual.given_users(self.sides, users, features)

    def _sparse_scores(self, users: Tensor, items: Tensor, rows: TensorRows | None) -> Tensor:
        net, sides = self.network, self.sides
        if rows is None:
            words, chosen, (past, own) = sides.user_words, users, self.past_of(users)
        else:
            words, history = self.columns.parts(rows)
            own = chosen = torch.arange(users.shape[0], device=self.device)
            past = mapped(history, net.taken.detach()) * sides.scale[users][:, None]
        found, given = net.bias.detach()[items] + self._matched(words, chosen, items), net.given.detach()
        for part in _parts(users.shape[0], PAIRS_AT_ONCE, self.device):
            found[part] += row_products(past[own[part]], given, items[part])
        return found if self.residual is None else found.add_(self.residual_part(users, items, rows))

    def _matched(self, words: TensorRows, chosen: Tensor, items: Tensor) -> Tensor:
        """Sum over words and attributes k of a_k f[k] q_ik [n], f of the chosen [n] rows of words [m, W], i of items [n]. The rows
        are the model's own, or what torch's indexing made of others', and were looked at."""
        chosen, items = chosen.contiguous(), items.contiguous()  # as native code reads them
        check_range(chosen, "users", words.n_rows)
        check_range(items, "items", len(self.network.bias))
        of = Matched(words, self.sides.item_words, chosen, items)
        return run_matched_products(of, self.network.weights.detach())

    def _user(self, users: Tensor, features: Tensor | TensorRows | None) -> tuple[Tensor, Tensor]:
        """Words and attributes [n, W] dense, and s_u times the sum over the history [n, r]."""
        if features is None:
            past, own = self.past_of(users)
            return self.sides.user_words.select(users).dense(len(self.columns.readable)), past[own]
        if not isinstance(features, Tensor):
            features = features.dense(self.n_features)
        history = self._through(features, self.network.taken)
        return features[:, self.columns.readable], history * self.sides.scale[users][:, None]

    def _item(self, items: Tensor, features: Tensor | None) -> tuple[Tensor, Tensor]:
        """q [n, W] dense, and what the history meets [n, r]. What features say of words is taken as a change of the item's own sum
        of sentiments, over as many mentions."""
        own = self.sides.item_words.select(items).dense(len(self.columns.readable))
        if features is None:
            return own, self.network.given.detach()[items]
        before = self.item_rows.select(items).dense(self.n_features)[:, self.columns.readable]
        now, mentions = features[:, self.columns.readable], self.sides.mentions.select(items).dense(before.shape[1])
        moved = own + (self._sums(now) - self._sums(before)) / (mentions + self.prior).clamp(min=1)
        other = torch.where(self.columns.is_person, own + now - before, now)
        quality = torch.where(self.columns.is_word, moved, other)
        return quality, self._through(features, self.network.given)

    def _sums(self, values: Tensor) -> Tensor:
        return opinion_sums(values + self.unmentioned, self.top)

    def _through(self, features: Tensor, table: Tensor) -> Tensor:
        """Dense features [n, P] through D or Q, [n, r]; 0 where there is no history."""
        if len(self.columns.history) == 0:
            return features.new_zeros(len(features), table.shape[1])
        return matrix_product(features[:, self.columns.history], table.detach())

    def catalogue_scores(self, users: Tensor, user_features: TensorRows | None) -> Tensor:
        """Scores [n, I]; see Recommender.catalogue_scores."""
        net, sides = self.network, self.sides
        rows = None if user_features is None else self.columns.parts(user_features)
        words = sides.user_words.select(users) if rows is None else rows[0]
        with torch.no_grad():
            if rows is None:
                known, own = self.past_of(users)
            past = known[own] if rows is None else mapped(rows[1], net.taken) * sides.scale[users][:, None]
            out = self._through_given(past).add_(net.bias.detach())
            if self.residual is not None:
                out += self.residual.catalogue(self._held(users, user_features))
            return run_add_sparse_product(out, self._weighed(words), self._posted())

    def most_lifted(self, users: Tensor, change: TensorRows) -> Lifted:
        """Upper bounds [n, I]; see Recommender.most_lifted."""
        return self._lifting().most(self.sides.scale[users], change, self.columns)

    def lifted_closely(self, users: Tensor, change: TensorRows) -> Tensor:
        """The sum is linear, so this is what it rises by, and what rounding may have taken: [n, I]."""
        net, (words, history) = self.network, self.columns.parts(change)
        with torch.no_grad():
            moved = mapped(history, net.taken) * self.sides.scale[users][:, None]
            found = self._through_given(moved).add_(self._lifting().rounding(moved, words))
            return run_add_sparse_product(found, self._weighed(words), self._posted())

    def _lifting(self) -> AdditiveLifts:
        if self._lifts is None:
            self._lifts = AdditiveLifts.of(self.network, self.sides)
        return self._lifts

    def _weighed(self, words: TensorRows) -> TensorRows:
        """a_k f[k] of words and attributes [n, W]."""
        return SparseRows(words.offsets, words.indices, words.values * self.network.weights.detach()[words.indices])

    def scores_at(self, users: Tensor, rows: TensorRows) -> Callable[[TensorRows], Tensor]:
        """Scores [nnz] in cells [n, I]; see Recommender.scores_at. Each history is summed once."""
        net, (words, history) = self.network, self.columns.parts(rows)
        weights, bias, given = net.weights.detach(), net.bias.detach(), net.given.detach()
        with torch.no_grad():
            past = mapped(history, net.taken.detach()) * self.sides.scale[users][:, None]

        def scores(cells: TensorRows) -> Tensor:
            check_rows(cells, "cells", len(bias), bias, rows.n_rows)  # whoever asks may have made them
            with torch.no_grad():
                found = run_sampled_matches(words, self.sides.item_words, weights, cells)
                found += bias[cells.indices]
                found.add_(sampled_product(past, given, cells))
                if self.residual is None:
                    return found
                return found.add_(self.residual.pairs(self._held(users, rows)[cells.row_indices()], cells.indices))

        return scores

    def _through_given(self, past: Tensor) -> Tensor:
        """past [n, r] through Q, [n, I]; laid out once, which is no faster for a single row."""
        given = self.network.given.detach().t()
        if len(past) == 1:
            return matrix_product(past, given)
        if self._product is None:
            self._product = repeated_product(given, USUAL)
        return self._product(past)

    def _posted(self) -> TensorRows:
        """q the other way round: items by word, [W, I]."""
        if self._posts is None:
            rows = self.sides.item_words.tensors("cpu").arrays()
            shape = (len(self.columns.readable), rows.n_rows)
            self._posts = SparseRows.from_triples(rows.indices, rows.row_indices(), rows.values, shape).tensors(self.device)
        return self._posts

    def slopes(self, users: Tensor, items: Tensor, rows: TensorRows) -> Tensor:
        """d score / d f_u [nnz] of pairs [n] at the cells that rows [n, P] store, of the sum alone; sparse, whatever P is."""
        net, out = self.network, torch.empty_like(rows.values)
        owner, place, past = rows.row_indices(), self.columns.place[rows.indices], self.columns.is_history[rows.indices]
        with torch.no_grad():
            met = sampled_product(net.given.detach().index_select(0, items), net.taken.detach(), self.columns.parts(rows)[1])
            out[past] = met * self.sides.scale[users][owner[past]]
            words = (~past).nonzero()[:, 0]
            out[words] = self._worth(items[owner[words]], place[words])
        return out

    def _worth(self, items: Tensor, words: Tensor) -> Tensor:
        """a_k q_ik [m] of items [m] and words or attributes [m]."""
        rows, n_words = self.sides.item_words, len(self.columns.readable)
        if len(rows.indices) == 0:
            return self.network.weights.new_zeros(len(items))
        places = torch.arange(len(items) + 1, device=self.device)
        one = SparseRows(places, words, rows.values.new_ones(len(items)), n_words)
        return self._matched(one, places[:-1], items)

    def user_side(self, users: Tensor, items: Tensor) -> UserSide:
        """The same in the form that solvers know: relu(x) - relu(-x) = x, x = b_i + (gate * (f @ feature_map)) . 1."""
        net, n_words = self.network, len(self.columns.readable)
        with torch.no_grad():
            quality = self.sides.item_words.select(items).dense(n_words) * net.weights
            gate = torch.cat([net.given[items] * self.sides.scale[users][:, None], quality], dim=1)
            sign = torch.tensor([1.0, -1.0], device=self.device)
            constant, hidden = net.bias[items][:, None] * sign, sign[:, None].expand(2, gate.shape[1]).contiguous()
            side = UserSide(constant, gate, self._feature_map(), hidden, sign, torch.zeros((), device=self.device))
            return side if self.residual is None else self.residual.added_to(side, self.sides.scale[users], items)

    @property
    def latent_width(self) -> int:
        """k of user_side: r + W, and what a residual has beside them."""
        return self._summed + (0 if self.residual is None else 2 * len(self.residual.w2))

    @property
    def _summed(self) -> int:
        return self.network.taken.shape[1] + len(self.columns.readable)

    def _feature_map(self) -> Tensor:
        """[P, r + W]: D for the history, the unit of its own for each word or attribute."""
        if self._map is None:
            net, columns = self.network, self.columns
            width, size = net.taken.shape[1], 4 * self.n_features * self._summed
            if size > MOST_MAP:
                what = f"a map of {self.n_features:,} features into as many latent ones would take {size / 2**30:.0f} GiB"
                raise RunError(what, where="user side", hint="Choose another explainer, or fewer kinds of features (--kinds).")
            self._map = net.taken.new_zeros(self.n_features, self._summed)
            with torch.no_grad():
                self._map[columns.history, :width] = net.taken[: len(columns.history)]
                self._map[columns.readable, width + torch.arange(len(columns.readable), device=self.device)] = 1
        return self._map


def _at_once(n: int, size: int, device: torch.device) -> int:
    return size if device.type == "cpu" else max(1, n)


def _parts(n: int, size: int, device: torch.device) -> list[slice]:
    step = _at_once(n, size, device)
    return [slice(at, min(at + step, n)) for at in range(0, n, step)]
