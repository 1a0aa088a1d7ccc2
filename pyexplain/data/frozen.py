"""Read-only views: what is handed to many is changed by nobody. No array is copied."""

from __future__ import annotations

import copy
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


def read_only(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The same memory, through which nothing can be written; the caller's own array stays as it is."""
    view = array.view()
    view.flags.writeable = False
    return view


def frozen(thing: T) -> T:
    """The same dataclass with read-only arrays, those of dataclasses in it included. It is not checked anew."""
    same = copy.copy(thing)
    freeze(same)
    return same


def freeze(thing: object) -> None:
    """Put read-only views in place of the arrays of a dataclass that was made just now."""
    assert is_dataclass(thing)
    for part in fields(thing):
        value = getattr(thing, part.name)
        if isinstance(value, np.ndarray):
            object.__setattr__(thing, part.name, read_only(value))
        elif _holds_arrays(value):
            object.__setattr__(thing, part.name, frozen(value))


def unwritable(thing: T) -> T:
    """The same array, dataclass, or tuple, list or dict of such, with read-only arrays; anything else as it is."""
    same: Any = thing
    if isinstance(same, np.ndarray):
        same = read_only(same)
    elif _holds_arrays(same):
        same = frozen(same)
    elif type(same) in (tuple, list):
        same = type(same)(map(unwritable, same))
    elif type(same) is dict:
        same = {key: unwritable(value) for key, value in same.items()}
    found: T = same
    return found


def _holds_arrays(value: object) -> bool:
    """Whether a dataclass holds arrays that can be written to, at any depth."""
    if not is_dataclass(value) or isinstance(value, type):
        return False
    parts = (getattr(value, part.name) for part in fields(value))
    return any(part.flags.writeable if isinstance(part, np.ndarray) else _holds_arrays(part) for part in parts)
