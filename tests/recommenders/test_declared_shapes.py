"""A network or a user side that is not what it should be is refused with what was expected."""

from __future__ import annotations

import pytest
import torch

import pyexplain as px
from pyexplain.recommenders import Recommender, UserSide

from ..worlds import small_world

DATA = small_world()


def test_a_network_without_encoders_is_refused_by_name() -> None:
    class Half(torch.nn.Module):
        def encode_users(self) -> None:
            """The only one."""

    class Method(Recommender):
        name = "half"

        def build(self, data: px.Dataset, seed: int) -> torch.nn.Module:
            return Half()

    with pytest.raises(px.UsageError, match=r"Half: a network has no encode_items, decode"):
        Method().prepare(DATA, px.RunOptions())


def test_a_user_side_whose_shapes_do_not_fit_is_refused_by_name() -> None:
    shapes = {"constant": (3, 2), "gate": (3, 4), "feature_map": (9, 4), "hidden_map": (2, 4), "readout": (2,), "bias": ()}
    parts = {name: torch.zeros(shape) for name, shape in shapes.items()}
    assert UserSide(**parts).select(torch.tensor([0, 2])).score(torch.zeros(2, 4)).shape == (2,)
    with pytest.raises(ValueError, match=r"constant is \[3\], expected \[3, 2\]"):
        UserSide(**(parts | {"constant": torch.zeros(3)}))
    with pytest.raises(ValueError, match=r"hidden_map is \[4, 2\], expected \[2, 4\]"):
        UserSide(**(parts | {"hidden_map": torch.zeros(4, 2)}))
