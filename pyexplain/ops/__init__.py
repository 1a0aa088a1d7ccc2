"""Torch operators over the native module, which nothing else imports. One operator, one file; operators.py lists them.
Each chooses by itself: the kernel of its tensors' device, or its twin in plain torch."""

from ..lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
