"""--log mlflow: trainings, evaluations and trials go to MLflow as well, to wherever MLflow itself is told (MLFLOW_TRACKING_URI)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from ..errors import RunError, UsageError
from . import log
from .output import say

F = TypeVar("F", bound=Callable[..., Any])
EXPERIMENT = "pyexplain"
MOST_PARAMETER = 500  # characters that a store takes of a value
QUIET = {"MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}


def log_option(function: F) -> F:
    """--log."""
    about = "Also log to MLflow, where MLFLOW_TRACKING_URI says (pip install 'pyexplain[mlflow]')."
    return click.option("--log", "to", type=click.Choice(["mlflow"]), help=about)(function)


class Tracker:
    """Where nothing is to be logged: takes everything, does nothing."""

    @contextmanager
    def run(self, name: str, facts: Mapping[str, object]) -> Iterator[None]:
        """One run of the experiment, with what is known of it at the start."""
        yield

    def epoch(self, entry: Mapping[str, float]) -> None:
        """What the history keeps of an epoch."""

    def facts(self, facts: Mapping[str, object]) -> None:
        """What is known at the end only."""

    def figures(self, figures: Mapping[str, float | None]) -> None:
        """Figures of the whole."""


class MlflowTracker(Tracker):
    """To MLflow. What cannot be logged before the work is an error; later it is said once, and the work goes on."""

    def __init__(self) -> None:
        for key, value in QUIET.items():
            os.environ.setdefault(key, value)
        try:
            import mlflow
        except ImportError as error:
            hint = "Install it: pip install 'pyexplain[mlflow]'"
            raise UsageError("logging to MLflow needs the package mlflow", where="--log", hint=hint) from error
        self._mlflow: Any = mlflow
        self._well = True
        if "MLFLOW_EXPERIMENT_NAME" not in os.environ and "MLFLOW_EXPERIMENT_ID" not in os.environ:
            self._must(lambda: mlflow.set_experiment(EXPERIMENT))

    @contextmanager
    def run(self, name: str, facts: Mapping[str, object]) -> Iterator[None]:
        """Ends as failed where the work raises."""
        self._must(lambda: self._mlflow.start_run(run_name=name))
        try:
            self._must(lambda: self._mlflow.log_params(_parameters(facts)))
            yield
        except BaseException:
            self._try(lambda: self._mlflow.end_run("FAILED"))
            raise
        self._try(lambda: self._mlflow.end_run())

    def epoch(self, entry: Mapping[str, float]) -> None:
        """loss, ndcg@10 and so on, at the epoch as the step."""
        figures = {key: value for key, value in entry.items() if key != "epoch"}
        self._try(lambda: self._mlflow.log_metrics(_figures(figures), step=int(entry["epoch"])))

    def facts(self, facts: Mapping[str, object]) -> None:
        """As parameters; what is there already stays."""
        self._try(lambda: self._mlflow.log_params(_parameters(facts)))

    def figures(self, figures: Mapping[str, float | None]) -> None:
        """As metrics; what could not be measured is left out."""
        self._try(lambda: self._mlflow.log_metrics(_figures(figures)))

    def _must(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:  # whatever its store raises
            place = self._mlflow.get_tracking_uri()
            hint = "Check MLFLOW_TRACKING_URI, or leave out --log."
            raise RunError(f"MLflow cannot be written to: {_first_line(error)}", where=str(place), hint=hint) from error

    def _try(self, act: Callable[[], object]) -> None:
        if not self._well:
            return
        try:
            act()
        except Exception as error:  # the work is worth more than its log
            self._well = False
            say(f"Warning: MLflow takes no more of this run: {_first_line(error)}; the work goes on")


def tracker(to: str | None) -> Tracker:
    """What --log asks for."""
    return Tracker() if to is None else MlflowTracker()


def both(tracking: Tracker) -> Callable[[Mapping[str, float]], None]:
    """A callback of each epoch for the log of --verbose and the tracker."""

    def told(entry: Mapping[str, float]) -> None:
        log.epoch(entry)
        tracking.epoch(entry)

    return told


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _parameters(facts: Mapping[str, object]) -> dict[str, str]:
    return {_name(key): str(value)[:MOST_PARAMETER] for key, value in facts.items() if value is not None}


def _figures(figures: Mapping[str, float | None]) -> dict[str, float]:
    return {_name(key): float(value) for key, value in figures.items() if value is not None}


def _name(key: str) -> str:
    """ "ndcg@10" is none that MLflow takes: "ndcg_at_10"."""
    return re.sub(r"[^\w./ -]", "_", key.replace("@", "_at_"))
