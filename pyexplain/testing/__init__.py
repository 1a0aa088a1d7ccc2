"""The conformance kit that plugin authors run. In a test file, three lines are enough:

    from pyexplain.testing import ExplainerContract
    class TestMine(ExplainerContract):
        cls = Mine

`pyexplain plugins check NAME` runs the same checks without pytest.
"""

from __future__ import annotations

from .contract import Broken, Contract, Outcome, Skip
from .explainer import ExplainerContract
from .metric import MetricContract
from .reader import ReaderContract
from .recommender import RecommenderContract
from .run import Checked, check_class, check_plugin

__all__ = [
    "Broken",
    "Checked",
    "Contract",
    "ExplainerContract",
    "MetricContract",
    "Outcome",
    "ReaderContract",
    "RecommenderContract",
    "Skip",
    "check_class",
    "check_plugin",
]


def __dir__() -> list[str]:
    return sorted(__all__)
