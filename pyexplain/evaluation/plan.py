"""What is to be measured, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from ..data.types import Dataset
from ..explainers.types import Explanations
from ..metrics.base import Metric, MetricInput
from ..metrics.types import Evaluation
from ..recommenders.base import Recommender

T = TypeVar("T")
Say = Callable[[Recommender, Dataset, Explanations], Sequence[Mapping[str, Any]]]
RANKING_NEEDS, TEXT_NEEDS = frozenset({"ranking"}), frozenset({"explanations"})
ATTACK_NEEDS, BEYOND_NEEDS = frozenset({"ranking", "attacked"}), frozenset({"ranking", "recommended"})
TURNED_NEEDS = frozenset({"ranking", "turned"})
# what metrics of rankings need, as against those of explanations
OF_RANKINGS = (RANKING_NEEDS, ATTACK_NEEDS, TURNED_NEEDS, BEYOND_NEEDS)


@dataclass(frozen=True, eq=False)
class Plan:
    """How to evaluate. metrics: those to measure. k: length of lists. full: rank the whole catalogue. part: "test" or "valid".

    explanations: also explain. level: "list" = also the first k of users as a whole, beside their items. max_pairs: pairs of
    each sample to explain at most (None = all). robust: also explain again with noise, with random weights and (for several
    runs of one method) other seeds. attack: also rank with f_u moved, and how little of it turns the first two.
    beyond_accuracy: also what the lists of all users have in common, and groups of users. say: what is printed of explanations,
    a JSON document each, for the metrics that read it; None: those are not measured. seed: of everything that is drawn. blame:
    the line that names the plugin whose error this is, None for errors that are to be raised; failures: those lines, as they
    are met.
    """

    metrics: tuple[Metric, ...]
    k: int = 10
    full: bool = False
    part: str = "test"
    explanations: bool = False
    max_pairs: int | None = None
    robust: bool = False
    level: str = "item"
    attack: bool = False
    beyond_accuracy: bool = False
    seed: int = 0
    blame: Callable[[Exception], str | None] = lambda error: None
    failures: list[str] = field(default_factory=list)
    say: Say | None = None

    def attempt(self, act: Callable[[], T]) -> T | None:
        """act(), or None where somebody's plugin fails: the others are measured all the same, and `failures` says what is not."""
        try:
            return act()
        except Exception as error:  # a third-party plugin may raise anything
            line = self.blame(error)
            if line is None:
                raise
            if line not in self.failures:
                self.failures.append(line)
            return None

    def needs(self, sample: str, *needs: str) -> bool:
        """Whether some metric of a sample needs one of these."""
        return any(m.sample == sample and m.needs & set(needs) for m in self.metrics if m.needs not in OF_RANKINGS)

    def measured(self, metrics: Iterable[Metric], given: MetricInput, method: str) -> tuple[Evaluation, ...]:
        """Figures of all metrics that do not fail."""
        found = (self.attempt(partial(metric.measure, given, method)) for metric in metrics)
        return tuple(evaluation for evaluation in found if evaluation is not None)
