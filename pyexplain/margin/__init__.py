"""The margin R(u, i) - R(u, j): its value, its gradient in f_u, and what each of the user's features contributes to it."""

from ..lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
