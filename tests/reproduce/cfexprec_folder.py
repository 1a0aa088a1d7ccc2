"""A folder like the benchmark's: few items, a model with random weights, every number made up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from safetensors.torch import save_file

USERS, ITEMS, DIM, EXPLAINED = 24, 30, 4, 10


def benchmark_folder(folder: Path, seed: int = 0, **weights: torch.Tensor) -> Path:
    """Its files; weights: in place of random ones."""
    folder.mkdir(parents=True, exist_ok=True)
    rng, g = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    likes = [(u, int(i)) for u in range(USERS) for i in rng.choice(ITEMS, rng.integers(2, 7), replace=False)]
    test = [(u, next(i for i in range(u, u + ITEMS) if (u, i % ITEMS) not in likes) % ITEMS) for u in range(USERS)]
    test += [(0, i) for i in range(ITEMS) if i not in {i for _, i in likes + test}]
    for name, pairs in (("train", likes), ("test", test)):
        pd.DataFrame(pairs, columns=["user_id", "item_id"]).to_csv(folder / f"{name}.csv", index=False)
    pd.DataFrame({"user_id": rng.permutation(USERS)[:EXPLAINED]}).to_csv(folder / "explained_users.csv", index=False)
    shapes = {"users_fc.weight": (DIM, ITEMS), "users_fc.bias": (DIM,), "item_fc.weight": (ITEMS, DIM), "item_bias": (DIM,)}
    drawn = {name: torch.randn(*shape, generator=g) for name, shape in shapes.items()}
    save_file({**drawn, **weights}, folder / "mf.safetensors")
    return folder
