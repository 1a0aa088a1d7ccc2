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
    from .evaluate.agreement import find_agreement as find_agreement
    from .evaluate.base import Metric as Metric
    from .evaluate.base import MetricInput as MetricInput
    from .evaluate.base import Scores as Scores
    from .evaluate.counterfactual import find_distances as find_distances
    from .evaluate.counterfactual import find_irreducible as find_irreducible
    from .evaluate.counterfactual import find_rescored as find_rescored
    from .evaluate.faithfulness import find_curves as find_curves
    from .evaluate.faithfulness import find_necessity as find_necessity
    from .evaluate.holding import find_statements as find_statements
    from .evaluate.ranking import find_hits as find_hits
    from .evaluate.sets import difference_between_users as difference_between_users
    from .evaluate.sets import overlap as overlap
    from .evaluate.types import Evaluation as Evaluation
    from .evaluate.types import Ranking as Ranking
    from .evaluate.types import Values as Values
    from .explain.against import choose_against as choose_against
    from .explain.query import QuerySettings as QuerySettings
    from .explain.query import solve_by_questions as solve_by_questions
    from .explain.solve import SolverSettings as SolverSettings
    from .explain.solve import solve as solve
    from .explain.types import NO_ITEM as NO_ITEM
    from .explain.types import Explanations as Explanations
    from .explain.weights import sparse_weights as sparse_weights
    from .hookspecs import INTERFACE_VERSION as INTERFACE_VERSION
    from .hookspecs import hookimpl as hookimpl
    from .margin.coalitions import Coalitions as Coalitions
    from .margin.contributions import Contributions as Contributions
    from .margin.contributions import contributions as contributions
    from .margin.margin import margin_gradient as margin_gradient
    from .margin.shapley import shapley_values as shapley_values
    from .methods.base import Explainer as Explainer
    from .methods.base import Recommender as Recommender
    from .methods.config import Config as Config
    from .methods.config import TrainingConfig as TrainingConfig
    from .methods.factors import FactorNetwork as FactorNetwork
    from .methods.feature_product import FeatureProduct as FeatureProduct
    from .methods.networks import FeatureMap as FeatureMap
    from .methods.networks import FeatureProductNetwork as FeatureProductNetwork
    from .methods.networks import FeatureRows as FeatureRows
    from .methods.networks import Head as Head
    from .methods.networks import table_rows as table_rows
    from .methods.objective import Objective as Objective
    from .methods.objective import Term as Term
    from .methods.options import RunOptions as RunOptions
    from .methods.similarity import ItemSimilarity as ItemSimilarity
    from .methods.similarity import SimilarityConfig as SimilarityConfig
    from .methods.user_side import UserSide as UserSide
    from .methods.wrapped import WrappedModel as WrappedModel
    from .methods.wrapped import wrap as wrap
    from .methods.wrapped_check import check_wrapped as check_wrapped
    from .ops import adversarial_step as adversarial_step
    from .ops import matrix_product as matrix_product

_HOME = {
    "api": ("Run", "evaluate", "explain_model", "load_run", "train"),
    "data.candidates": ("Unliked",),
    "data.paper": ("import_paper_folder",),
    "data.sparse": ("SparseRows", "apply_change"),
    "data.store": ("load_dataset", "save_dataset"),
    "data.types": ("Dataset", "Mentions", "Reviews"),
    "errors": ("DataError", "PluginError", "PyexplainError", "RunError", "UsageError"),
    "evaluate.agreement": ("find_agreement",),
    "evaluate.base": ("Metric", "MetricInput", "Scores"),
    "evaluate.counterfactual": ("find_distances", "find_irreducible", "find_rescored"),
    "evaluate.faithfulness": ("find_curves", "find_necessity"),
    "evaluate.holding": ("find_statements",),
    "evaluate.ranking": ("find_hits",),
    "evaluate.sets": ("difference_between_users", "overlap"),
    "evaluate.types": ("Evaluation", "Ranking", "Values"),
    "explain.against": ("choose_against",),
    "explain.query": ("QuerySettings", "solve_by_questions"),
    "explain.solve": ("SolverSettings", "solve"),
    "explain.types": ("NO_ITEM", "Explanations"),
    "explain.weights": ("sparse_weights",),
    "hookspecs": ("INTERFACE_VERSION", "hookimpl"),
    "margin.coalitions": ("Coalitions",),
    "margin.contributions": ("Contributions", "contributions"),
    "margin.margin": ("margin_gradient",),
    "margin.shapley": ("shapley_values",),
    "methods.base": ("Explainer", "Recommender"),
    "methods.config": ("Config", "TrainingConfig"),
    "methods.factors": ("FactorNetwork",),
    "methods.feature_product": ("FeatureProduct",),
    "methods.networks": ("FeatureMap", "FeatureProductNetwork", "FeatureRows", "Head", "table_rows"),
    "methods.similarity": ("ItemSimilarity", "SimilarityConfig"),
    "methods.user_side": ("UserSide",),
    "methods.wrapped": ("WrappedModel", "wrap"),
    "methods.wrapped_check": ("check_wrapped",),
    "methods.objective": ("Objective", "Term"),
    "methods.options": ("RunOptions",),
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
