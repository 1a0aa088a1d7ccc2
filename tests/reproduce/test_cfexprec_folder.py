"""The benchmark's folder: its model scores as its formula says, and a folder that is another is refused in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from pyexplain.errors import DataError, UsageError
from pyexplain.explainers.order import Order
from pyexplain.reproduce.cfexprec.folder import read_benchmark

from .cfexprec_folder import DIM, EXPLAINED, ITEMS, USERS, benchmark_folder


def test_the_model_orders_as_the_formula_does(tmp_path: Path) -> None:
    bench = read_benchmark(benchmark_folder(tmp_path))
    weights, train = load_file(tmp_path / "mf.safetensors"), pd.read_csv(tmp_path / "train.csv").to_numpy()
    h = torch.zeros(USERS, ITEMS)
    h[train[:, 0], train[:, 1]] = 1
    user = h @ weights["users_fc.weight"].T + weights["users_fc.bias"]
    wanted = torch.sigmoid(user @ (weights["item_fc.weight"] + weights["item_bias"]).T).masked_fill(h > 0, -1).numpy()
    users = np.arange(USERS)
    scores = Order(bench.recommender, bench.data).scores(users)
    assert (np.isneginf(scores) == (wanted < 0)).all()
    np.testing.assert_allclose(np.where(np.isneginf(scores), -1, 1 / (1 + np.exp(-scores))), wanted, rtol=1e-4, atol=1e-6)
    assert bench.recommender.offers == {"scores", "gradients", "linear-user-side"}
    assert bench.data.kinds == ("history",)


def test_users_are_explained_in_the_order_of_the_file(tmp_path: Path) -> None:
    folder = benchmark_folder(tmp_path)
    listed = pd.read_csv(folder / "explained_users.csv")["user_id"].tolist()
    assert read_benchmark(folder).users.tolist() == listed
    assert len(listed) == EXPLAINED
    assert read_benchmark(folder, 3).users.tolist() == listed[:3]


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs the benchmark's folder"):
        read_benchmark(None)
    with pytest.raises(DataError, match="not the benchmark's model"):
        read_benchmark(tmp_path)
    narrow = benchmark_folder(tmp_path / "narrow", item_bias=torch.zeros(DIM + 1))
    with pytest.raises(DataError, match="do not fit"):
        read_benchmark(narrow)
    few = benchmark_folder(tmp_path / "few")
    pd.DataFrame({"user_id": [0], "item_id": [ITEMS]}).to_csv(few / "test.csv", index=False)
    with pytest.raises(DataError, match="not of users"):
        read_benchmark(few)
    words = benchmark_folder(tmp_path / "words")
    (words / "train.csv").write_text("user_id,item_id\nanna,3\n", encoding="utf-8")
    with pytest.raises(DataError, match="not a table of numbers"):
        read_benchmark(words)
    strangers = benchmark_folder(tmp_path / "strangers")
    pd.DataFrame({"user_id": [USERS]}).to_csv(strangers / "explained_users.csv", index=False)
    with pytest.raises(DataError, match="that have no pair"):
        read_benchmark(strangers)
