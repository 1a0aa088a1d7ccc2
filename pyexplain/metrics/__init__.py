"""What a metric is written with: the base class, what it gets to see, and the arithmetic that several metrics share."""

from ..lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
