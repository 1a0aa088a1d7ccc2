"""A network or a user side that is not what it should be is refused with what was expected."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import pyexplain as px
from pyexplain.recommenders import NetworkConfig, Recommender, UserSide

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


class Sound(torch.nn.Module):
    """Scores e_u . f_u; what each method gives may be another thing."""

    def __init__(self, data: px.Dataset, wrong: dict[str, Any]) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(data.n_users, data.n_features))
        self.wrong = wrong

    def given(self, method: str, found: torch.Tensor) -> Any:
        return self.wrong[method](found) if method in self.wrong else found

    def encode_users(self, users, rows):
        dense = rows if isinstance(rows, torch.Tensor) else rows.dense(self.weight.shape[1])
        return self.given("encode_users", self.weight[users] * dense)

    def encode_items(self, items, rows):
        return self.given("encode_items", torch.ones(len(items), self.weight.shape[1]))

    def decode(self, users, items, user_latent, item_latent, generator=None):
        return self.given("decode", (user_latent * item_latent).sum(dim=1))


def fitted(strange: Recommender) -> None:
    strange.fit(DATA, px.RunOptions())


def scored(strange: Recommender) -> None:
    strange.prepare(DATA, px.RunOptions())
    strange.scores(torch.arange(3), torch.arange(3))


@pytest.mark.parametrize(
    ("method", "wrong", "said"),
    [
        ("decode", lambda scores: scores[:, None], r"decode\(\) gave a tensor of shape \(\d+, 1\), wanted a score of each pair"),
        ("decode", lambda scores: scores[:, None] * scores, r"decode\(\) gave a tensor of shape \(\d+, \d+\)"),
        ("decode", lambda scores: scores.sum(), r"decode\(\) gave a tensor of shape \(\), wanted"),
        ("decode", lambda scores: None, r"decode\(\) gave NoneType, wanted"),
        ("encode_users", lambda rows: rows.sum(dim=1), r"encode_users\(\) gave a tensor of shape \(\d+,\), wanted"),
        ("encode_users", lambda rows: rows[:-1], r"encode_users\(\) gave a tensor of shape"),
        ("encode_items", lambda rows: None, r"encode_items\(\) gave NoneType"),
    ],
)
def test_what_a_network_gives_is_looked_at(method: str, wrong: Any, said: str) -> None:
    class Method(Recommender):
        name = "strange"
        Config = NetworkConfig

        def build(self, data: px.Dataset, seed: int) -> torch.nn.Module:
            return Sound(data, {method: wrong})

    for act in (fitted, scored):
        with pytest.raises(px.PluginError, match=said) as caught:
            act(Method(NetworkConfig(epochs=1)))
        assert "network Sound" in caught.value.where
        assert "docs/plugins.md" in caught.value.hint


def test_a_user_side_whose_shapes_do_not_fit_is_refused_by_name() -> None:
    shapes = {"constant": (3, 2), "gate": (3, 4), "feature_map": (9, 4), "hidden_map": (2, 4), "readout": (2,), "bias": ()}
    parts = {name: torch.zeros(shape) for name, shape in shapes.items()}
    assert UserSide(**parts).select(torch.tensor([0, 2])).score(torch.zeros(2, 4)).shape == (2,)
    with pytest.raises(ValueError, match=r"constant is \[3\], expected \[3, 2\]"):
        UserSide(**(parts | {"constant": torch.zeros(3)}))
    with pytest.raises(ValueError, match=r"hidden_map is \[4, 2\], expected \[2, 4\]"):
        UserSide(**(parts | {"hidden_map": torch.zeros(4, 2)}))
