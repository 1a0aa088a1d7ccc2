"""What a metric is, and what it gets to see: never a method, nor its name."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Protocol, TypeVar, get_args

import numpy as np
import numpy.typing as npt

from ..data.frozen import frozen, unwritable
from ..data.sparse import SparseRows
from ..data.types import Dataset
from ..errors import PluginError, RunError, UsageError, did_you_mean
from ..explainers.types import Explanations
from .types import Direction, Evaluation, Ranking, SampleName, Turned, Values

T = TypeVar("T")
Int = npt.NDArray[np.int64]
NEEDS = frozenset({"ranking", "attacked", "turned", "recommended", "explanations", "change", "against", "scores", "noisy"})
NEEDS |= {"randomised", "reseeded", "said", "catalogue", "sentences"}
SAID = {  # how a class says it
    "group": '"agreement"',
    "key": '"hits"',
    "direction": '"higher" (or "lower")',
    "needs": 'frozenset({"explanations"})',
}
OF_EXPLANATIONS = ("change", "against", "sentences")  # needs that are parts of the explanations


class Scores(Protocol):
    """Scores [n] float32 of users [n] and items [n]; features [n, P] stand in for the data set's rows where given."""

    def __call__(
        self, users: Int, items: Int, user_features: SparseRows | None = None, item_features: SparseRows | None = None
    ) -> npt.NDArray[np.float32]: ...


class CatalogueScores(Protocol):
    """Scores [n, I] float32 of users [n] with all items, -inf where liked in training; f_u [n, P] stands in for the data set's rows
    where given."""

    def __call__(self, users: Int, user_features: SparseRows | None = None) -> npt.NDArray[np.float32]: ...


@dataclass(frozen=True, eq=False)
class MetricInput:
    """Everything a metric may look at. What it does not need may be None.

    data: the data set, with the protocol. part: the pairs that are relevant, "test" or "valid". k: how many items or features
    count. seed: for metrics that sample. ranking: scored items of users. attacked: the same lists, scored at f_u that an attack
    has moved, by kind of attack ("white-box", "random", "transfer:1", ...; evaluation/attack.py). turned: how little
    turns the order of first and next (evaluation/turned.py). recommended: the first items of
    the whole catalogue of the users of ranking, without those that they liked before. explanations: of pairs, or (item = -1) of
    users. scores: asks the explained recommender for scores, e.g. with changed features. noisy: explanations of the same pairs
    after a little noise on the features. randomised: of the same pairs and a recommender with random weights. reseeded: of the
    same pairs and recommenders trained with other seeds. said: what is printed of the explanations, row by row: the JSON documents
    of `explain --json`. sample: which pairs these are ("heldout", "top"), "" where nobody says. catalogue: as scores, of users with
    all items.
    """

    data: Dataset
    k: int = 10
    seed: int = 0
    part: str = "test"
    ranking: Ranking | None = None
    attacked: Mapping[str, Ranking] | None = None
    turned: Turned | None = None
    recommended: Ranking | None = None
    explanations: Explanations | None = None
    scores: Scores | None = None
    noisy: Explanations | None = None
    randomised: Explanations | None = None
    reseeded: tuple[Explanations, ...] = ()
    said: tuple[Mapping[str, Any], ...] | None = None
    sample: str = ""
    catalogue: CatalogueScores | None = None
    _memo: dict[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.k < 1:
            raise UsageError(f"k must be at least 1, got {self.k}", where="--k")
        for part in fields(self):
            value = getattr(self, part.name)
            if isinstance(value, Explanations):
                self._check_space(value)
                object.__setattr__(self, part.name, frozen(replace(value, method="")))
            elif isinstance(value, Ranking | Turned):
                object.__setattr__(self, part.name, frozen(value))
        object.__setattr__(self, "reseeded", tuple(frozen(replace(other, method="")) for other in self.reseeded))

    def _check_space(self, explanations: Explanations) -> None:
        if explanations.feature_space != self.data.features.fingerprint:
            wanted = self.data.features.fingerprint
            raise RunError(
                f"the explanations speak of the features {explanations.feature_space}, the data set of {wanted}",
                where=explanations.method,
                hint="Explain the pairs again with this data set.",
            )

    def offers(self, need: str) -> bool:
        """Whether a thing of NEEDS is here (some are parts of the explanations)."""
        value = getattr(self.explanations if need in OF_EXPLANATIONS else self, need, None)
        return value is not None and not (isinstance(value, tuple) and not value)

    def once(self, compute: Callable[[MetricInput], T]) -> T:
        """compute(self), remembered: metrics that start from the same intermediate result share it, and none can write into it."""
        key = f"{compute.__module__}.{compute.__qualname__}"
        if key not in self._memo:
            self._memo[key] = unwritable(compute(self))
        found: T = self._memo[key]
        return found


class Metric(ABC):
    """One figure of merit. The docstring of a subclass gives the formula; the class says the rest.

    name: unique, lower case. group: the block of the report it stands in ("ranking", "agreement", ...). key: its name there.
    direction: "higher" or "lower" is better. range: least and greatest value. needs: what of MetricInput must be there, of
    NEEDS. at_k: the label gets "@k". fixed_k: a k of its own. headline: methods are compared by it.
    beside_controls: whether a control does poorly in it, so that beating the best one means something. reference: paper.
    of_a_group: judges some users only, who may be none in a data set.
    sample: of which pairs explanations are measured: "heldout", of held-out reviews (what people wrote is known), or "top", the
    first items of users (what people are shown).
    """

    name: ClassVar[str]
    group: ClassVar[str]
    key: ClassVar[str]
    direction: ClassVar[Direction]
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)
    needs: ClassVar[frozenset[str]]
    at_k: ClassVar[bool] = True
    fixed_k: ClassVar[int | None] = None
    headline: ClassVar[bool] = False
    beside_controls: ClassVar[bool] = True
    of_a_group: ClassVar[bool] = False
    sample: ClassVar[SampleName] = "heldout"
    reference: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if not hasattr(cls, "name"):  # an intermediate class that shares code, not a metric yet
            return
        lacking = [part for part in ("group", "key", "direction", "needs") if not hasattr(cls, part)]
        if lacking:
            told = "; ".join(f"{part} = {SAID[part]}" for part in lacking)
            raise PluginError(f"metric {cls.name} does not say its {', '.join(lacking)}", hint=f"Write in the class: {told}.")
        if not isinstance(cls.needs, Set):
            raise PluginError(f"metric {cls.name}: needs is {cls.needs!r:.60}, expected a set of words, such as {SAID['needs']}")
        if cls.direction not in get_args(Direction):
            raise PluginError(f"metric {cls.name}: direction must be 'higher' or 'lower', got {cls.direction!r}")
        if unknown := cls.needs - NEEDS:
            hint = f"{did_you_mean(min(unknown), NEEDS)}Known: {', '.join(sorted(NEEDS))}."
            raise PluginError(f"metric {cls.name} needs {', '.join(sorted(unknown))}, which is not known", hint=hint)
        if cls.sample not in get_args(SampleName):
            raise PluginError(f"metric {cls.name}: sample must be 'heldout' or 'top', got {cls.sample!r}")
        if not cls.range[0] < cls.range[1]:
            raise PluginError(f"metric {cls.name}: the range {cls.range} is empty")

    @abstractmethod
    def values(self, given: MetricInput) -> Values:
        """The value of each user or pair that can be judged; a failure to explain or rank is judged, and gets the worst value."""

    def summary(self, values: Values) -> float:
        """One figure from at least one value; the mean unless a metric says otherwise."""
        return float(values.values.mean())

    def label(self, k: int) -> str:
        """As written in reports: "ndcg@10", "validity"."""
        return f"{self.key}@{self.fixed_k or k}" if self.at_k else self.key

    def measure(self, given: MetricInput, method: str) -> Evaluation:
        """Apply to what is given; UsageError where a need is missing, RunError where the metric breaks its own range."""
        if missing := sorted(need for need in self.needs if not given.offers(need)):
            raise UsageError(f"metric {self.name} needs {', '.join(missing)}")
        values = self.values(given)
        low, high = self.range
        if len(values) and not (low - 1e-6 <= values.values.min() and values.values.max() <= high + 1e-6):
            raise RunError(f"metric {self.name} gave values outside its range {low}..{high}")
        value = self.summary(values) if len(values) else math.nan
        averaged = type(self).summary is Metric.summary
        label, protocol = self.label(given.k), given.data.protocol
        found = values.users, values.values
        return Evaluation(method, self.group, label, value, *found, protocol, self.direction, averaged, given.sample)
