"""Beyond accuracy: what is recommended to everybody, from the whole catalogue, and how well each group of users is served."""

from __future__ import annotations

from ..data.types import Dataset
from ..metrics.base import MetricInput
from ..metrics.relevance import DEPTH
from ..metrics.types import Evaluation
from ..recommenders.base import Recommender
from .plan import BEYOND_NEEDS, Plan
from .ranking import candidate_ranking, full_ranking


def evaluate_beyond(recommender: Recommender, data: Dataset, plan: Plan, method: str | None = None) -> tuple[Evaluation, ...]:
    """Coverage, novelty and popularity of the first k of the catalogue, and NDCG by groups of users on the lists of the ranking
    table; nothing where the plan does not ask for it."""
    metrics = [m for m in plan.metrics if m.needs == BEYOND_NEEDS]
    if not plan.beyond_accuracy or not metrics:
        return ()
    recommended = full_ranking(recommender, data, plan.part, max(DEPTH, plan.k))
    ranking = recommended if plan.full else candidate_ranking(recommender, data, plan.part)
    given = MetricInput(data, plan.k, plan.seed, plan.part, ranking=ranking, recommended=recommended)
    return plan.measured(metrics, given, method or recommender.name)
