"""Beside the explanations of a method: the vector that the paper sorts, and attributions, all of the same model."""

from __future__ import annotations

from dataclasses import dataclass

from ..explainers.types import Explanations
from ..metrics.truth import judgeable_users
from ..metrics.types import Evaluation
from ..run import Run
from .paper import PaperMethod
from .trained import Trainer

PHI = "phi"


@dataclass(frozen=True)
class Reading:
    """of: the method whose model is explained. name: PHI, or the attribution's."""

    of: str
    name: str

    @property
    def label(self) -> str:
        """What the row is called."""
        return f"{self.of}, the paper's phi" if self.name == PHI else f"{self.name} on {self.of}"


def explain_readings(trainer: Trainer, method: PaperMethod, run: Run) -> dict[Reading, Explanations]:
    """Of all users with a ground truth."""
    asked: dict[Reading, tuple[str, dict[str, object]]] = {}
    if method.phi:
        asked[Reading(method.label, PHI)] = (method.name, method.phi)
    for name, cls in trainer.registry.classes("explainer").items():
        if cls.attribution and cls.needs <= run.recommender.offers:
            asked[Reading(method.label, name)] = (name, {})
    users = judgeable_users(run.data)
    return {reading: run.explainer(name, keys).explain_users(users) for reading, (name, keys) in asked.items()}


def of_method(readings: dict[Reading, list[Evaluation]], label: str, phi: bool) -> dict[Reading, list[Evaluation]]:
    """Those of a method's models: the paper's phi, or the attributions."""
    return {reading: found for reading, found in readings.items() if reading.of == label and (reading.name == PHI) == phi}
