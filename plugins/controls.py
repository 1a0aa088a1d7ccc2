"""The controls: yardsticks without a model, that every table shows beside the methods. A method that does not beat them has not
shown anything."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import SparseRows, TensorRows, unmentioned_values
from pyexplain.explainers import Explainer, Explanations
from pyexplain.margin import Margin
from pyexplain.ops import add_at
from pyexplain.recommenders import Config, Recommender

Int = npt.NDArray[np.int64]
NEARLY = 1 - 1e-6  # shares of eq. (1)'s scale nearer to its ends than this are read as this: they stand for about 15 mentions
TIE_WEIGHT = 1e-4  # how much the popularity of a feature may add to a weight, to put equal weights in a sensible order


def mixed(*parts: npt.NDArray[np.int64] | int) -> npt.NDArray[np.float32]:
    """A number in (0, 1] that depends on the integers given and looks random (splitmix64); arrays broadcast."""
    state = np.zeros(1, np.uint64)  # an array: sums of arrays wrap around without a warning
    for part in parts:
        z = state * np.uint64(31) + np.atleast_1d(part).astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state = z ^ (z >> np.uint64(31))
    found: npt.NDArray[np.float32] = ((state >> np.uint64(41)) + np.uint64(1)).astype(np.float32) / np.float32(2**23)
    return found


def training_mentions(data: Dataset) -> tuple[npt.NDArray[np.float64], SparseRows]:
    """How often training reviews mention each feature [P], and each feature of each item [I, P].

    Where a data set keeps no mentions (the published folders), a feature counts once for each user or item that has it.
    """
    shape = (data.n_items, data.n_features)
    if data.evidence.empty:
        have = data.item_features
        counts = np.bincount(data.user_features.indices, minlength=data.n_features)
        return counts.astype(np.float64), SparseRows(have.offsets, have.indices, np.ones_like(have.values), have.n_columns)
    feature = data.evidence["feature"].to_numpy(dtype=np.int64)
    cells, times = np.unique(data.evidence["item"].to_numpy(dtype=np.int64) * data.n_features + feature, return_counts=True)
    of_items = SparseRows.from_triples(cells // data.n_features, cells % data.n_features, times, shape)
    return np.bincount(feature, minlength=data.n_features).astype(np.float64), of_items


class Control(Recommender):
    """Common to the controls that rank: nothing is trained."""

    control = True

    def fit(self, data: Dataset, options: RunOptions) -> list[dict[str, float]]:
        """Only what prepare() does."""
        self.prepare(data, options)
        return []

    def state(self) -> dict[str, Tensor]:
        """Nothing is learned; all comes from the data set."""
        return {}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Nothing to take back."""


class RandomRanking(Control):
    """A random score for each (user, item), the same at every call."""

    name = "random"

    def prepare(self, data: Dataset, options: RunOptions) -> None:
        """The seed alone."""
        self.seed = options.seed

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """Uniform in (0, 1] [n]."""
        return torch.from_numpy(mixed(self.seed, users.cpu().numpy(), items.cpu().numpy())).to(users.device)


class ItemPopularity(Control):
    """How many users liked the item in training."""

    name = "item-popularity"

    def prepare(self, data: Dataset, options: RunOptions) -> None:
        """Count."""
        self.counts = torch.from_numpy(np.bincount(data.train[:, 1], minlength=data.n_items).astype(np.float32))

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """The count of each item [n]."""
        return self.counts.to(items.device)[items]


class FeatureMatch(Control):
    """Untrained matching: sum over features k of (idf_k f_u[k]) (idf_k f_i[k]), idf_k = log(I / number of items that have k)."""

    name = "feature-match"
    offers = frozenset({"scores", "gradients"})

    def prepare(self, data: Dataset, options: RunOptions) -> None:
        """Squared inverse document frequencies (one for each side), and both sides' rows."""
        having = np.bincount(data.item_features.indices, minlength=data.n_features)
        idf = np.log(data.n_items / np.maximum(having, 1))
        self.weight = torch.from_numpy((idf * idf).astype(np.float32))  # [P]
        self.user_rows, self.item_rows = data.user_features.tensors(), data.item_features.tensors()
        self.unmentioned = tuple(torch.from_numpy(values) for values in unmentioned_values(data))

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """The weighted dot product [n], of what eq. (1) gives: with the values of what was never mentioned."""
        none, nothing = self.unmentioned
        wanted = None if user_features is None else user_features * self.weight
        found = dot(users, items, self.user_rows, self.item_rows, self.weight, wanted, item_features)
        if not bool(none.any()):
            return found
        ones = torch.ones(len(users), 1)
        f_u = self.user_rows.select(users).dense() if user_features is None else user_features
        f_i = self.item_rows.select(items).dense() if item_features is None else item_features
        return found + f_u @ (self.weight * nothing) + f_i @ (self.weight * none) + (ones @ (self.weight * none @ nothing)[None])


def dot(
    users: Tensor,
    items: Tensor,
    of_users: TensorRows,
    of_items: TensorRows,
    weight: Tensor,
    wanted: Tensor | None,
    has: Tensor | None,
) -> Tensor:
    """Sums over features of weight [P] times a user's row times an item's row [n]; wanted (weighted already) and has [n, P] stand
    in for rows. Rows are made dense for each distinct user of the batch only."""
    if wanted is None:
        distinct, row = torch.unique(users, return_inverse=True)
        wanted = of_users.select(distinct).dense() * weight  # [distinct, P]
    else:
        row = torch.arange(len(users))
    if has is not None:
        return (wanted[row] * has).sum(dim=1)
    rows = of_items.select(items)
    pair = rows.row_indices()
    return add_at(wanted.new_zeros(len(items)), pair, wanted[row[pair], rows.indices] * rows.values)


class SignedMatch(Control):
    """Untrained matching with a sign: sum over features k of n_uk s_ik / (n_ik + 1): how often the user mentions k, times the mean
    sentiment of the item's mentions of k, drawn towards 0 as by one more of sentiment 0. What people complain of counts against.

    Features handed in are read backwards by eq. (1): the counts and sums of sentiments that such values stand for. So are those of
    a data set that keeps no mentions, where an item's count is taken for the size of its sum, 1 at least.
    """

    name = "signed-match"

    def prepare(self, data: Dataset, options: RunOptions) -> None:
        """Counts of users and shrunken means of items."""
        self.top = data.settings.max_rating
        self.none, self.nothing = (data.settings.unmentioned_value(side) for side in ("user", "item"))
        self.values = data.user_features.tensors(), data.item_features.tensors()
        self.counts = self._counted(self.values[0]) if data.user_mentions is None else data.user_mentions.counts.tensors()
        self.means = self._judged(self.values[1]) if data.item_mentions is None else data.item_mentions.means().tensors()
        self.weight = torch.ones(data.n_features)

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """The dot product of counts and means [n]."""
        wanted = None if user_features is None else self._read(users, user_features, self.values[0], self.counts, self._count)
        has = None if item_features is None else self._read(items, item_features, self.values[1], self.means, self._mean)
        return dot(users, items, self.counts, self.means, self.weight, wanted, has)

    def _read(
        self, indices: Tensor, given: Tensor, values: TensorRows, known: TensorRows, read: Callable[[Tensor], Tensor]
    ) -> Tensor:
        """What given values stand for [n, P]: the known numbers, where they are the data set's own."""
        own, numbered = values.select(indices).dense(), known.select(indices).dense()
        return torch.where(given == own, numbered, read(given))

    def _count(self, value: Tensor) -> Tensor:
        return 2 * torch.atanh(((value + self.none - 1) / (self.top - 1)).clamp(0, NEARLY))

    def _mean(self, value: Tensor) -> Tensor:
        total = torch.logit(((value + self.nothing - 1) / (self.top - 1)).clamp(1 - NEARLY, NEARLY))
        return torch.where(value == 0, 0, total / (total.abs().clamp_min(1) + 1))

    def _counted(self, rows: TensorRows) -> TensorRows:
        return SparseRows(rows.offsets, rows.indices, self._count(rows.values), rows.n_columns)

    def _judged(self, rows: TensorRows) -> TensorRows:
        return SparseRows(rows.offsets, rows.indices, self._mean(rows.values), rows.n_columns)


class ControlExplainer(Explainer):
    """Common to the controls that explain: weights from the data set, none from the recommender."""

    control = True
    comes_with = "feature-match"
    contrastive = False

    class Config(Config):
        """How many features are named at most."""

        keep: int = Field(200, ge=1, description="features named for a pair, at most")

    config: Config

    def fit(self, recommender: Recommender, data: Dataset, options: RunOptions) -> None:
        """Count what training reviews mention."""
        super().fit(recommender, data, options)
        self.mentions, self.item_mentions = training_mentions(data)

    def _ordered(self, rows: SparseRows) -> SparseRows:
        """The same rows, equal weights put in the order of the features' popularity: a control is to be as strong as it can be."""
        share = self.mentions / max(self.mentions.max(initial=0), 1)
        values = (rows.values * (1 + TIE_WEIGHT * share[rows.indices])).astype(np.float32)
        return SparseRows(rows.offsets, rows.indices, values, rows.n_columns)


class RandomExplainer(ControlExplainer):
    """Random features, the same for a pair at every call."""

    name = "random"
    pairs_at_once = 1024

    def weigh(self, margin: Margin) -> SparseRows:
        """Weights uniform in (0, 1], the largest `keep` of each row."""
        n, n_features = len(margin), self.data.n_features
        keep, features = min(self.config.keep, n_features), np.arange(n_features)
        drawn = mixed(self.options.seed, margin.users[:, None], margin.items[:, None] + 1, features[None, :])  # [n, P]
        columns = np.sort(np.argpartition(-drawn, keep - 1, axis=1)[:, :keep], axis=1)
        values = np.take_along_axis(drawn, columns, axis=1)
        return SparseRows(np.arange(n + 1) * keep, columns.reshape(-1), values.reshape(-1), n_features)

    def explain_users(self, users: Int) -> Explanations:
        """The same for users as a whole."""
        return self.explain(np.stack([users, np.full_like(users, -1)], axis=1))


class Popularity(ControlExplainer):
    """One constant list: how often training reviews mention the feature."""

    name = "popularity"

    def weigh(self, margin: Margin) -> SparseRows:
        """The same weights for every pair."""
        best = np.argsort(-self.mentions, kind="stable")[: self.config.keep]
        columns = np.sort(best[self.mentions[best] > 0])
        row = SparseRows(np.array([0, len(columns)]), columns, self.mentions[columns].astype(np.float32), self.data.n_features)
        return row.select(np.zeros(len(margin), np.int64))

    def explain_users(self, users: Int) -> Explanations:
        """The same list again."""
        return self.explain(np.stack([users, np.full_like(users, -1)], axis=1))


class Echo(ControlExplainer):
    """What went in: f_u itself."""

    name = "echo"

    def weigh(self, margin: Margin) -> SparseRows:
        """The user's own features, whatever the item."""
        return self._ordered(margin.features)

    def explain_users(self, users: Int) -> Explanations:
        """The same for users as a whole."""
        return self.explain(np.stack([users, np.full_like(users, -1)], axis=1))


class ItemWords(ControlExplainer):
    """What people say of the item: how often training reviews of it mention the feature."""

    name = "item-popularity"

    def weigh(self, margin: Margin) -> SparseRows:
        """The item's most mentioned features, whoever the user."""
        return self._ordered(self.item_mentions.select(margin.items))

    def explain_users(self, users: Int) -> Explanations:
        """The mentions of all items that the user liked in training, added up."""
        train, n_features = self.data.train, self.data.n_features
        words = self.item_mentions.select(train[:, 1])
        cells, row = np.unique(train[words.row_indices(), 0] * n_features + words.indices, return_inverse=True)
        shape = (self.data.n_users, n_features)
        total = SparseRows.from_triples(cells // n_features, cells % n_features, np.bincount(row, words.values), shape)
        space = self.data.features.fingerprint
        return Explanations(self.name, users, np.full_like(users, -1), self._ordered(total.select(users)), space)


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The controls that rank."""
    return [RandomRanking, ItemPopularity, FeatureMatch, SignedMatch]


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """The controls that explain."""
    return [RandomExplainer, Popularity, Echo, ItemWords]
