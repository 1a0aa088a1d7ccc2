"""Explanation types and the counterfactual solvers."""

from .types import NO_ITEM, Explanations

__all__ = ["NO_ITEM", "Explanations"]
