"""Metrics, controls, protocols and statistics."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

from .base import Metric, MetricInput, Scores
from .types import Evaluation, Ranking, Values

__all__ = ["Evaluation", "Metric", "MetricInput", "Ranking", "Scores", "Values"]


class _CallablePackage(ModuleType):
    """Importing this package binds the name `pyexplain.evaluate` to it, where `pyexplain.evaluate(run)` is promised to work."""

    def __call__(self, *runs: Any, **options: Any) -> Any:
        """The function `evaluate` of the Python interface."""
        return importlib.import_module("pyexplain.api").evaluate(*runs, **options)


sys.modules[__name__].__class__ = _CallablePackage
