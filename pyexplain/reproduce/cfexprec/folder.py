"""The benchmark's folder: pairs, the users that it explains in its order, and the weights of its matrix factorisation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor

from ...data.build import build_dataset
from ...data.settings import Settings
from ...data.types import Dataset
from ...errors import DataError, UsageError
from ...recommenders.user_side import UserSide
from ...recommenders.wrapped import WrappedModel
from ...recommenders.wrapping import wrap

Int = npt.NDArray[np.int64]
TRAIN, TEST, MODEL, USERS = "train.csv", "test.csv", "mf.safetensors", "explained_users.csv"
SHAPES = ("users_fc.weight", "users_fc.bias", "item_fc.weight", "item_bias")
EXPECTED = f"Expected in one folder: {TRAIN}, {TEST} (user_id, item_id), {MODEL}, {USERS} (user_id)."


@dataclass(frozen=True, eq=False)
class Benchmark:
    """data: history alone, one column an item. recommender: the benchmark's, wrapped. users [n]: to be explained, in its order."""

    data: Dataset
    recommender: WrappedModel
    users: Int


def read_benchmark(path: Path | None, n_users: int | None = None) -> Benchmark:
    """The folder, and the first n_users of those to be explained. UsageError where no folder is given, DataError where it is
    another."""
    if path is None:
        raise UsageError("cfexprec needs the benchmark's folder", where="--data", hint=EXPECTED)
    weights = _weights(path / MODEL)
    parts = [(part, _ids(path / name, ("user_id", "item_id"))) for name, part in ((TRAIN, "train"), (TEST, "test"))]
    frame = pd.concat([ids.assign(part=part) for part, ids in parts], ignore_index=True)
    data = _dataset(frame, len(weights["item_fc.weight"]), path)
    users = _ids(path / USERS, ("user_id",))["user_id"].to_numpy(dtype=np.int64)[:n_users]
    if not len(users) or users.min() < 0 or users.max() >= data.n_users:
        raise DataError("users to be explained that have no pair", where=str(path / USERS), hint=EXPECTED)
    return Benchmark(data, wrapped(weights, data), users)


def _ids(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    try:
        return pd.read_csv(path, usecols=list(columns), dtype=dict.fromkeys(columns, "int64"))
    except (OSError, ValueError) as error:
        raise DataError(f"not a table of numbers: {error}", where=str(path), hint=EXPECTED) from error


def _dataset(frame: pd.DataFrame, n_items: int, path: Path) -> Dataset:
    """Numbers stay what they are: names are numbers of one width, sorted."""
    user, item = frame["user_id"], frame["item_id"]
    if set(item) != set(range(n_items)) or set(user) != set(range(int(user.max()) + 1)):
        raise DataError(f"pairs are not of users 0..n and the model's items 0..{n_items - 1}", where=str(path), hint=EXPECTED)
    named = {"user": user.map("{:09}".format), "item": item.map("{:09}".format), "part": frame["part"], "rating": 5.0}
    settings = Settings("cfexprec", split="given")
    return build_dataset("cfexprec", pd.DataFrame(named), None, "heldout", settings).with_kinds(("history",))


def _weights(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        found: dict[str, Tensor] = load_file(path)
    except (OSError, SafetensorError) as error:
        raise DataError(f"not the benchmark's model: {error}", where=str(path), hint=EXPECTED) from error
    if set(SHAPES) - set(found):
        raise DataError(f"weights lack {', '.join(sorted(set(SHAPES) - set(found)))}", where=str(path), hint=EXPECTED)
    (d, n), bias, items, shift = (tuple(found[name].shape) for name in SHAPES)
    if bias != (d,) or items != (n, d) or shift != (d,):
        raise DataError(f"weights of shapes {(d, n)}, {bias}, {items}, {shift} do not fit", where=str(path), hint=EXPECTED)
    return {name: found[name].float() for name in SHAPES}


def wrapped(weights: dict[str, Tensor], data: Dataset) -> WrappedModel:
    """score(u, i) = (W_u h_u + b_u) . (q_i + b): what the benchmark puts into its logistic function, which changes no order.
    Without it, because in single precision it is 1 for a sixth of its recommended items, and no order is left among them."""
    into, bias = weights["users_fc.weight"].T.contiguous(), weights["users_fc.bias"]
    items = weights["item_fc.weight"] + weights["item_bias"]
    sign, none = torch.tensor([1.0, -1.0]), torch.zeros(())
    hidden = sign[:, None].expand(2, into.shape[1]).contiguous()

    def user_side(_: Tensor, indices: Tensor) -> UserSide:
        chosen = items[indices]
        return UserSide((chosen @ bias)[:, None] * sign, chosen, into, hidden, sign, none)

    def score(_: Any, indices: Tensor, h: Tensor) -> Tensor:
        return ((h @ into + bias) * items[indices]).sum(dim=1)

    def catalogue(_: Any, h: Tensor) -> Tensor:
        return (h @ into + bias) @ items.T

    return wrap(score, data, catalogue=catalogue, user_side=user_side, name="cfexprec-mf", reference="arXiv 2604.19663")
