"""What an explainer is written with: its base class, what it returns, the other item, and the counterfactual solvers."""

from ..lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
