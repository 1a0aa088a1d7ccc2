"""What can be extended. A plugin is a module with one or more of these, marked with `pyexplain.hookimpl`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from .explainers.base import Explainer
    from .metrics.base import Metric
    from .readers.base import Reader
    from .recommenders.base import Recommender

INTERFACE_VERSION = 1
hookspec = pluggy.HookspecMarker("pyexplain")
hookimpl = pluggy.HookimplMarker("pyexplain")


@hookspec
def pyexplain_recommenders() -> list[type[Recommender]]:  # type: ignore[empty-body]
    """Classes of things that rank."""


@hookspec
def pyexplain_explainers() -> list[type[Explainer]]:  # type: ignore[empty-body]
    """Classes of things that explain; each names the recommender it comes with."""


@hookspec
def pyexplain_readers() -> list[type[Reader]]:  # type: ignore[empty-body]
    """Classes that read (and may write) a file format of reviews, of mentions or of items."""


@hookspec
def pyexplain_metrics() -> list[type[Metric]]:  # type: ignore[empty-body]
    """Classes of evaluation metrics."""
