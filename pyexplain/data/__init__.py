"""What travels: types, vocabularies, sparse rows; preparing, auditing, saving and loading data sets."""

from ..lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
