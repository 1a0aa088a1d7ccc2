"""Plugins written for 0.1 import pyexplain.reviews; they go on working until interface 2."""

from __future__ import annotations

import importlib
import sys

import pytest

import pyexplain.readers


def test_the_old_name_works_and_says_the_new_one() -> None:
    sys.modules.pop("pyexplain.reviews", None)
    with pytest.warns(DeprecationWarning, match=r"pyexplain\.readers"):
        old = importlib.import_module("pyexplain.reviews")
    assert old.__all__ == pyexplain.readers.__all__
    assert all(getattr(old, name) is getattr(pyexplain.readers, name) for name in old.__all__)
