"""numpy's single numbers and strings in a pickle, as plain ones, without handing numpy anything of the file but checked bytes."""

from __future__ import annotations

import pickle
import re
from typing import Any

import numpy as np

KNOWN = re.compile(r"[<>|=]?(b1|i[1248]|u[1248]|f[248]|U\d{1,6})")  # truth values, whole numbers, fractions, texts
ORDERS = frozenset("<>|=")


class NumberType:
    """What numpy.dtype(name, False, True) makes: the type of one number or text; its state says the order of bytes."""

    def __init__(self, name: Any = None, *rest: Any) -> None:
        if not (isinstance(name, str) and KNOWN.fullmatch(name)) or not all(type(flag) in (bool, int) for flag in rest):
            raise pickle.UnpicklingError(f"it names the numpy type {str(name)[:40]!r}")
        self.name = name.lstrip("<>|=")
        self.order = "<"

    def set(self, state: Any) -> None:
        """(version, order, ...) as numpy writes it."""
        if not (type(state) is tuple and len(state) > 1 and state[1] in ORDERS):
            raise pickle.UnpicklingError("it sets an unexpected state of a numpy type")
        self.order = state[1]


def _scalar(kind: Any = None, content: Any = None) -> Any:
    if not isinstance(kind, NumberType) or type(content) is not bytes:
        raise pickle.UnpicklingError("it calls numpy.scalar with something other than a type and bytes")
    exact = np.dtype(kind.order + kind.name)
    if len(content) != exact.itemsize or not len(content):
        raise pickle.UnpicklingError(f"a numpy {kind.name} of {len(content)} bytes")
    return np.frombuffer(content, dtype=exact)[0].item()


def _encode(text: Any = None, coding: Any = None) -> bytes:
    """How protocols 0 to 2 write bytes."""
    if type(text) is not str or coding != "latin1":
        raise pickle.UnpicklingError("it calls _codecs.encode with something other than a text and latin1")
    return text.encode("latin1")


NUMPY_NAMES: dict[tuple[str, str], Any] = {
    ("numpy", "dtype"): NumberType,
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy._core.multiarray", "scalar"): _scalar,
    ("_codecs", "encode"): _encode,
}
