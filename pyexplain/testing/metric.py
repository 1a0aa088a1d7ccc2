"""The conformance kit of metrics."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from ..data.sparse import SparseRows
from ..data.types import Dataset
from ..evaluation.attack import attacked_rankings
from ..evaluation.ranking import candidate_ranking, full_ranking
from ..evaluation.scoring import BatchScorer
from ..evaluation.turned import smallest_changes
from ..explainers.counterfactual.solve import solve
from ..explainers.foil import choose_against
from ..explainers.order import Order
from ..explainers.types import Explanations, Sentence
from ..metrics.base import NEEDS, OF_EXPLANATIONS, Metric, MetricInput
from ..metrics.truth import judgeable_pairs, true_features
from ..metrics.types import Ranking, Values
from ..recommenders.base import Recommender
from ..recommenders.config import TrainingConfig, make_config
from ..recommenders.networks import FeatureProductNetwork
from ..recommenders.options import RunOptions
from .compare import finite, near, same_digests
from .configured import NAME
from .contract import Broken, Contract, Skip
from .printed import printed_documents
from .worlds import digests, small_world

SEED = 3
RANKS, EXPLAINS = "ranking", "explanations"
OF_PAIRS = ("explanations", "noisy", "randomised", "reseeded", "said")  # parts of the input with a row a pair


class Ranker(Recommender):
    """Something trained whose explanations can be measured."""

    name = "ranker-of-checks"
    offers = frozenset({"scores", "gradients"})
    Config = TrainingConfig
    config: TrainingConfig

    def build(self, data: Dataset, seed: int) -> FeatureProductNetwork:
        """The network that several methods share."""
        return FeatureProductNetwork.of(data, self.config, seed)


class MetricContract(Contract):
    """Every promise of a metric; a subclass sets `cls`."""

    cls: ClassVar[type[Any]]

    def data(self) -> Dataset:
        """29 users, 23 items, 11 features."""
        return self.once("data", small_world)

    def given(self) -> MetricInput:
        """Everything that a metric may need: a ranking, and counterfactual explanations with what belongs to them."""
        return self.once("given", self._made)

    def _made(self) -> MetricInput:
        data, ranker = (
            self.data(),
            Ranker(make_config(TrainingConfig, {"dim": 8, "epochs": 4, "batch_size": 32, "patience": 0}, "checks")),
        )
        ranker.fit(data, RunOptions(seed=SEED))
        pairs = judgeable_pairs(data)
        found = solve(ranker, data, pairs, choose_against(ranker, data, pairs, SEED))
        found = replace(found, sentences=_written(data, found))
        near_it = replace(found, weights=_scaled(found.weights, 0.9))
        return MetricInput(
            data,
            k=5,
            ranking=candidate_ranking(ranker, data),
            recommended=full_ranking(ranker, data),
            attacked=attacked_rankings(ranker, [ranker], data, "test", SEED),
            turned=smallest_changes(ranker, data, np.unique(data.test[:, 0])),
            explanations=found,
            scores=BatchScorer(ranker, data.n_features),
            noisy=near_it,
            randomised=near_it,
            reseeded=(near_it,),
            said=printed_documents(data, found),
            catalogue=Order(ranker, data).scores,
        )

    def values(self, given: MetricInput) -> Values:
        """What the metric says."""
        found = self.cls().values(given)
        if not isinstance(found, Values):
            raise Broken(f"values() gave {type(found).__name__}, expected Values")
        return found

    def check_says_what_it_is(self) -> None:
        """name, group and key are plain words, direction is "higher" or "lower", the range is not empty, the needs are known."""
        cls: type[Metric] = self.cls
        if not NAME.fullmatch(cls.name):
            raise Broken(f"name is {cls.name!r}")
        if cls.direction not in ("higher", "lower") or not cls.range[0] < cls.range[1] or frozenset(cls.needs) - NEEDS:
            raise Broken(f"direction {cls.direction!r}, range {cls.range}, needs {sorted(cls.needs)}")

    def check_formula_is_written_down(self) -> None:
        """The class has a docstring of its own: it gives the formula."""
        if not (self.cls.__dict__.get("__doc__") or "").strip():
            raise Broken("has no docstring")

    def check_values_lie_in_the_range(self) -> None:
        """Of a sound input, values are finite and in the range, one for each user or pair that can be judged."""
        found, (low, high) = self.values(self.given()), self.cls.range
        finite(found.values, "values")
        if not len(found) and self.cls.of_a_group:
            raise Skip("judges a group of users that nobody of this data is in")
        if not len(found):
            raise Broken("judges nobody")
        if found.values.min() < low - 1e-6 or found.values.max() > high + 1e-6:
            raise Broken(f"values lie in {found.values.min():.4g}..{found.values.max():.4g}, the range is {low}..{high}")
        summary = self.cls().summary(found)
        if not low - 1e-6 <= summary <= high + 1e-6:
            raise Broken(f"the summary {summary:.4g} lies outside the range {low}..{high}")

    def check_users_are_those_of_the_input(self) -> None:
        """Each value belongs to a user of the input."""
        given, known = self.given(), set()
        if given.ranking is not None:
            known |= set(given.ranking.users.tolist())
        if given.explanations is not None:
            known |= set(given.explanations.users.tolist())
        if strange := set(self.values(given).users.tolist()) - known:
            raise Broken(f"values of users that were not given: {sorted(strange)[:5]}")

    def check_same_input_same_values(self) -> None:
        """Asked twice, the same values to the last bit; the data set is left alone."""
        before = digests(self.data())
        one, two = self.values(replace(self.given(), _memo={})), self.values(replace(self.given(), _memo={}))
        if not (np.array_equal(one.values, two.values) and np.array_equal(one.users, two.users)):
            raise Broken("asked twice, other values")
        same_digests(digests(self.data()), before, "the metric")

    def check_needs_are_what_it_reads(self) -> None:
        """Given what its `needs` name and nothing else, the same values: what they do not name may be missing elsewhere."""
        needs = set(self.cls.needs)
        kept = needs | ({EXPLAINS} if needs.intersection(OF_EXPLANATIONS) else set())
        missing: dict[str, Any] = {name: () if name == "reseeded" else None for name in NEEDS.difference(OF_EXPLANATIONS, kept)}
        wanted = self.values(self.given())  # what fails with all that there is, fails for another reason
        try:
            found = self.values(replace(self.given(), **missing, _memo={}))
        except (AttributeError, TypeError, AssertionError, IndexError) as error:
            raise Broken(f"reads more than its needs, {sorted(needs)}: {type(error).__name__}: {error}") from error
        if len(found) != len(wanted):
            raise Broken(f"{len(wanted)} values, {len(found)} where nothing but its needs is given")
        near(found.values, wanted.values, "values where nothing but its needs is given")

    def check_order_does_not_matter(self) -> None:
        """Users and pairs in another order get the same summary."""
        given = self.given()
        assert given.ranking is not None
        assert given.explanations is not None
        n, m = len(given.ranking), len(given.explanations)
        rng = np.random.default_rng(0)
        users, rows = rng.permutation(n), rng.permutation(m)
        turned = replace(
            given,
            ranking=Ranking(given.ranking.users[users], given.ranking.items[users], given.ranking.scores[users]),
            **{name: _selected(getattr(given, name), rows) for name in OF_PAIRS},
            _memo={},
        )
        found, wanted = self.values(turned), self.values(given)
        if len(found) != len(wanted):
            raise Broken(f"{len(wanted)} values, in another order {len(found)}")
        if len(wanted):
            near(self.cls().summary(found), self.cls().summary(wanted), "the summary in another order")

    def check_nothing_given_is_no_error(self) -> None:
        """No users and no pairs give no values, or values of nobody."""
        given = self.given()
        assert given.ranking is not None
        none = np.zeros(0, np.int64)
        empty = replace(
            given,
            ranking=Ranking(given.ranking.users[none], given.ranking.items[none], given.ranking.scores[none]),
            **{name: _selected(getattr(given, name), none) for name in OF_PAIRS},
            _memo={},
        )
        if len(found := self.values(empty)) and RANKS not in self.cls.needs:  # who has no list is judged, and failed
            raise Broken(f"{len(found)} values of nothing")

    def check_perfect_is_better_than_wrong(self) -> None:
        """A perfect ranking, explanations that name the truth, or changes that flip the order, are better than their opposite, in
        the direction declared. Skipped where nobody knows what is perfect; a contract may say so itself, by extremes().
        """
        both = [self.values(given) for given in self.extremes()]
        if self.cls.of_a_group and not all(map(len, both)):
            raise Skip("judges a group that nobody of this data, or of its opposite, is in")
        best, worst = map(self.cls().summary, both)
        better = best > worst if self.cls.direction == "higher" else best < worst
        if not better:
            raise Broken(f"a perfect answer gets {best:.4g}, its opposite {worst:.4g}, and {self.cls.direction} is better")

    def check_naming_nothing_is_not_left_out(self) -> None:
        """Explanations that name nothing are judged like others, so that silence does not raise a mean. Skipped where no
        explanation is needed."""
        if EXPLAINS not in self.cls.needs:
            raise Skip("does not look at explanations")
        given = self.given()
        assert given.explanations is not None
        weights = SparseRows.empty(given.explanations.weights.shape)
        silent = replace(given, explanations=replace(given.explanations, weights=weights), _memo={})
        found, all_of_them = self.values(silent), self.values(given)
        if len(found) < len(all_of_them):
            raise Broken(f"of {len(all_of_them)} values, {len(found)} are left when nothing is named")

    def extremes(self) -> tuple[MetricInput, MetricInput]:
        """A perfect input, and its opposite; Skip where it is not known what that is."""
        given, data = self.given(), self.data()
        if set(self.cls.needs) == {RANKS}:
            lists = data.test_candidates
            ranking = [
                Ranking(lists.users, lists.items, np.where(lists.relevant, sign, 0).astype(np.float32)) for sign in (1.0, -1.0)
            ]
            return replace(given, ranking=ranking[0], _memo={}), replace(given, ranking=ranking[1], _memo={})
        if set(self.cls.needs) == {EXPLAINS} and self.cls.group == "agreement":
            assert given.explanations is not None
            truth = true_features(data, given.explanations.users, given.explanations.items)
            other = SparseRows.from_dense((truth.dense() == 0).astype(np.float32))
            made = [replace(given, explanations=replace(given.explanations, weights=w), _memo={}) for w in (truth, other)]
            return made[0], made[1]
        if "change" in self.cls.needs:
            assert given.explanations is not None
            assert given.explanations.counterfactual is not None
            empty = SparseRows.empty(given.explanations.weights.shape)
            nothing = replace(given.explanations, counterfactual=replace(given.explanations.counterfactual, change=empty))
            return replace(given, _memo={}), replace(given, explanations=nothing, _memo={})
        raise Skip("nobody knows what a perfect answer is: say so in the contract, by extremes()")


def _written(data: Dataset, found: Explanations) -> tuple[tuple[Sentence, ...], ...]:
    """A sentence about the first feature of every row but the fourth ones."""
    best = [(found.named(row, 1) or [row % data.n_features])[0] for row in range(len(found))]
    return tuple((Sentence(f, f"The {data.features[f]} is good."),) if row % 4 else () for row, f in enumerate(best))


def _scaled(rows: SparseRows, by: float) -> SparseRows:
    return SparseRows(rows.offsets, rows.indices, (rows.values * by).astype(np.float32), rows.n_columns)


def _selected(found: Any, rows: np.ndarray) -> Any:
    if isinstance(found, tuple):
        return tuple(one.select(rows) for one in found) if isinstance(found[0], Explanations) else tuple(found[row] for row in rows)
    return found.select(rows) if isinstance(found, Explanations) else found
