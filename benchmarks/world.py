"""Data sets and models to measure on: the authors' Instrument folder where it is given, and random ones of any size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import torch

import pyexplain as px
from pyexplain.data.candidates import draw_candidates
from pyexplain.data.settings import Settings
from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Candidates, Dataset
from pyexplain.data.vocabulary import Vocabulary
from pyexplain.recommenders.base import Recommender
from pyexplain.recommenders.networks import FeatureProductNetwork
from pyexplain.run import Run

CLOTHING = {"users": 37_703, "items": 22_647, "features": 1_462, "pairs": 142_553}  # the paper's largest, Table 2
INSTRUMENT = {"users": 1_276, "items": 843, "features": 325, "pairs": 3_581}


def random_data(users: int, items: int, features: int, pairs: int, per_row: int = 5, seed: int = 0) -> Dataset:
    """A data set of that size under the held-out protocol: everybody has a pair, rows have per_row features, some words are
    popular. No texts: nothing is quoted, nothing is held out to agree with."""
    rng = np.random.default_rng(seed)
    takers = np.concatenate([np.arange(users), rng.integers(0, users, max(0, pairs - users))])
    drawn = np.unique(np.stack([takers, rng.integers(0, items, len(takers))], axis=1), axis=0)
    at = rng.permutation(len(drawn))
    test, train = drawn[at[: len(at) // 5]], drawn[at[len(at) // 5 :]]
    sizes = (("user", users), ("item", items), ("feature", features))
    people, things, words = (Vocabulary([f"{kind}{k}" for k in range(n)], kind) for kind, n in sizes)
    lists = draw_candidates(test[np.unique(test[:, 0], return_index=True)[1]], drawn, users, items, 100, seed)
    nobody = Candidates(lists.users[:0], lists.items[:0], lists.relevant[:0])
    kinds = {"user": np.int64, "item": np.int64, "feature": np.int64, "opinion": str, "sentiment": np.float32, "sentence": str}
    empty = pd.DataFrame({column: np.zeros(0, kind) for column, kind in kinds.items()})
    of_users, of_items = (_rows(n, features, per_row, rng) for n in (users, items))
    return Dataset(
        f"random-{users}-{items}-{features}-{pairs}", "heldout", people, things, words, train, test[:0], test,
        of_users, of_items, nobody, lists, empty, empty, Settings(source="random"),
    )  # fmt: skip


def _rows(n: int, features: int, per_row: int, rng: np.random.Generator) -> SparseRows:
    """n rows of at most per_row features: words are drawn by their rank, repeats fall together."""
    columns = np.minimum((features ** rng.random((n, per_row))).astype(np.int64), features - 1)
    cells = np.unique(np.repeat(np.arange(n), per_row) * features + columns.ravel())
    row, column = np.divmod(cells, features)
    return SparseRows.from_triples(row, column, 1 + 4 * rng.random(len(cells)).astype(np.float32), (n, features))


def instrument(folder: Path | None) -> Dataset:
    """The authors' Instrument data, or random data of their size."""
    if folder is not None:
        return px.data.import_paper_folder(folder, "instrument")
    return random_data(**INSTRUMENT)


def trained(data: Dataset, epochs: int = 15) -> Run:
    """CNR with d = 350 before its first counterfactual round, so that all of its explanations can be asked for."""
    torch.manual_seed(0)
    return px.train(data, explainer="cnr", dim=350, epochs=epochs, warmup_epochs=epochs, patience=0)


def network_of(recommender: Recommender) -> FeatureProductNetwork:
    """The network of eq. (5) of a trained method; TypeError of a method that has another."""
    network = recommender.model.network
    if not isinstance(network, FeatureProductNetwork):
        raise TypeError(f"{recommender.name} has a {type(network).__name__}, wanted a network of eq. (5)")
    return network
