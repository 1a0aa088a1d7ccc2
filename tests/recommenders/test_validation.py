"""NDCG of lists in stages is that of whole lists, and what decides nothing is not asked for."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pyexplain.data.types import Candidates
from pyexplain.recommenders.validation import ndcg_of_lists

WIDTH, N, ITEMS = 100, 60, 400


def drawn(several: bool) -> tuple[Candidates, torch.Tensor]:
    """Lists, some of them short, and a table of scores that tie often."""
    rng = np.random.default_rng(several)
    items = np.stack([rng.permutation(ITEMS)[:WIDTH] for _ in range(N)])
    relevant = np.zeros((N, WIDTH), dtype=bool)
    relevant[np.arange(N), rng.integers(0, 30, N)] = True
    if several:
        relevant |= (rng.random((N, WIDTH)) < 0.05) & (rng.random((N, 1)) < 0.5)
    short = rng.random(N) < 0.3
    items[short, 40:], relevant[short, 40:] = -1, False
    return Candidates(np.arange(N), items, relevant), torch.from_numpy(rng.integers(0, 60, (N, ITEMS)) / 8).float()


def by_hand(lists: Candidates, table: torch.Tensor, k: int) -> float:
    """List by list: a relevant item stands behind all that score as high."""
    total = 0.0
    for user, items, relevant in zip(lists.users, lists.items, lists.relevant, strict=True):
        there = items >= 0
        order = sorted((-float(table[user, i]), bool(hit)) for i, hit in zip(items[there], relevant[there], strict=True))
        total += sum(hit / np.log2(place + 2) for place, (_, hit) in enumerate(order[:k])) / sum(
            1 / np.log2(place + 2) for place in range(min(k, relevant.sum()))
        )
    return total / len(lists)


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("k", [1, 10])
def test_as_of_whole_lists(several: bool, k: int) -> None:
    lists, table = drawn(several)
    asked = []

    def scores(users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        asked.append(len(users))
        return table[users, items]

    found = ndcg_of_lists(scores, lists, torch.device("cpu"), k)
    assert found == pytest.approx(by_hand(lists, table, k), abs=1e-12)
    assert sum(asked) < 0.8 * N * WIDTH


def test_without_lists() -> None:
    none = Candidates(np.zeros(0, np.int64), np.zeros((0, WIDTH), np.int64), np.zeros((0, WIDTH), bool))
    assert ndcg_of_lists(lambda users, items: users.float(), none, torch.device("cpu")) is None
