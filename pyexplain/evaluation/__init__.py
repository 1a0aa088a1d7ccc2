"""Evaluations: samples of pairs, controls, protocols, statistics and comparisons."""

from ..lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
