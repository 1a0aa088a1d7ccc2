"""Train recommenders on reviews, and explain each recommendation by the features people write about.

    import pyexplain as px
    data = px.load_dataset("dataset/")
    run = px.train(data, explainer="cnr", epochs=50)
    print(run.explain(user, item))

Names are imported when first used, so that `import pyexplain` is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str  # stands in pyproject.toml alone

    from .api import Run as Run
    from .api import evaluate as evaluate
    from .api import explain_model as explain_model
    from .api import load_run as load_run
    from .api import train as train
    from .data.candidates import Unliked as Unliked
    from .data.paper import import_paper_folder as import_paper_folder
    from .data.sparse import SparseRows as SparseRows
    from .data.sparse import TensorRows as TensorRows
    from .data.sparse import apply_change as apply_change
    from .data.store import load_dataset as load_dataset
    from .data.store import save_dataset as save_dataset
    from .data.types import Dataset as Dataset
    from .data.types import Mentions as Mentions
    from .data.types import Reviews as Reviews
    from .errors import DataError as DataError
    from .errors import PluginError as PluginError
    from .errors import PyexplainError as PyexplainError
    from .errors import RunError as RunError
    from .errors import UsageError as UsageError
    from .explainers.against import choose_against as choose_against
    from .explainers.query import QuerySettings as QuerySettings
    from .explainers.query import solve_by_questions as solve_by_questions
    from .explainers.solve import SolverSettings as SolverSettings
    from .explainers.solve import solve as solve
    from .explainers.types import NO_ITEM as NO_ITEM
    from .explainers.types import Explanations as Explanations
    from .explainers.weights import sparse_weights as sparse_weights
    from .hookspecs import INTERFACE_VERSION as INTERFACE_VERSION
    from .hookspecs import hookimpl as hookimpl
    from .margin.coalitions import Coalitions as Coalitions
    from .margin.contributions import Contributions as Contributions
    from .margin.contributions import contributions as contributions
    from .margin.margin import margin_gradient as margin_gradient
    from .margin.shapley import shapley_values as shapley_values
    from .metrics.base import Metric as Metric
    from .metrics.base import MetricInput as MetricInput
    from .metrics.base import Scores as Scores
    from .metrics.types import Evaluation as Evaluation
    from .metrics.types import Ranking as Ranking
    from .metrics.types import Values as Values
    from .ops import adversarial_step as adversarial_step
    from .ops import matrix_product as matrix_product
    from .recommenders.base import Explainer as Explainer
    from .recommenders.base import Recommender as Recommender
    from .recommenders.config import Config as Config
    from .recommenders.config import TrainingConfig as TrainingConfig
    from .recommenders.factors import FactorNetwork as FactorNetwork
    from .recommenders.feature_product import FeatureProduct as FeatureProduct
    from .recommenders.networks import FeatureMap as FeatureMap
    from .recommenders.networks import FeatureProductNetwork as FeatureProductNetwork
    from .recommenders.networks import FeatureRows as FeatureRows
    from .recommenders.networks import Head as Head
    from .recommenders.networks import table_rows as table_rows
    from .recommenders.objective import Objective as Objective
    from .recommenders.objective import Term as Term
    from .recommenders.options import RunOptions as RunOptions
    from .recommenders.similarity import ItemSimilarity as ItemSimilarity
    from .recommenders.similarity import SimilarityConfig as SimilarityConfig
    from .recommenders.user_side import UserSide as UserSide
    from .recommenders.wrapped import WrappedModel as WrappedModel
    from .recommenders.wrapped import wrap as wrap
    from .recommenders.wrapped_check import check_wrapped as check_wrapped

_HOME = {
    "api": ("Run", "evaluate", "explain_model", "load_run", "train"),
    "data.candidates": ("Unliked",),
    "data.paper": ("import_paper_folder",),
    "data.sparse": ("SparseRows", "TensorRows", "apply_change"),
    "data.store": ("load_dataset", "save_dataset"),
    "data.types": ("Dataset", "Mentions", "Reviews"),
    "errors": ("DataError", "PluginError", "PyexplainError", "RunError", "UsageError"),
    "plugins.metrics_agreement": ("find_agreement",),
    "metrics.base": ("Metric", "MetricInput", "Scores"),
    "plugins.metrics_counterfactual": ("find_distances", "find_irreducible", "find_rescored"),
    "plugins.metrics_faithfulness": ("find_curves",),
    "plugins.metrics_necessity": ("find_necessity",),
    "plugins.metrics_statements": ("find_statements",),
    "metrics.ranked": ("find_hits",),
    "plugins.metrics_robustness": ("difference_between_users", "overlap"),
    "metrics.types": ("Evaluation", "Ranking", "Values"),
    "explainers.against": ("choose_against",),
    "explainers.query": ("QuerySettings", "solve_by_questions"),
    "explainers.solve": ("SolverSettings", "solve"),
    "explainers.types": ("NO_ITEM", "Explanations"),
    "explainers.weights": ("sparse_weights",),
    "hookspecs": ("INTERFACE_VERSION", "hookimpl"),
    "margin.coalitions": ("Coalitions",),
    "margin.contributions": ("Contributions", "contributions"),
    "margin.margin": ("margin_gradient",),
    "margin.shapley": ("shapley_values",),
    "recommenders.base": ("Explainer", "Recommender"),
    "recommenders.config": ("Config", "TrainingConfig"),
    "recommenders.factors": ("FactorNetwork",),
    "recommenders.feature_product": ("FeatureProduct",),
    "recommenders.networks": ("FeatureMap", "FeatureProductNetwork", "FeatureRows", "Head", "table_rows"),
    "recommenders.similarity": ("ItemSimilarity", "SimilarityConfig"),
    "recommenders.user_side": ("UserSide",),
    "recommenders.wrapped": ("WrappedModel", "wrap"),
    "recommenders.wrapped_check": ("check_wrapped",),
    "recommenders.objective": ("Objective", "Term"),
    "recommenders.options": ("RunOptions",),
    "ops": ("adversarial_step", "matrix_product"),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}

__all__ = list(_MODULE)  # noqa: PLE0604  (names are strings, found when asked for)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("pyexplain")
    if name not in _MODULE:
        raise AttributeError(f"module 'pyexplain' has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_MODULE[name]}", __name__), name)
