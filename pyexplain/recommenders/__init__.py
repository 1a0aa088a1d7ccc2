"""What a recommender is written with: its base class, settings, networks, objectives; and models that are trained already."""

from ..lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
