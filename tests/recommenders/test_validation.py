"""NDCG of lists in stages is that of whole lists, and what decides nothing is not asked for."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pyexplain.data.types import Candidates
from pyexplain.recommenders.validation import ValidationLists, ndcg_of_lists

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


@pytest.mark.parametrize("several", [False, True])
def test_lists_that_are_validated_again_ask_first_for_who_was_ahead_and_come_to_the_same(several: bool) -> None:
    lists, table = drawn(several)
    again, asked = ValidationLists(lists, torch.device("cpu")), [0]

    def scores(users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        asked[-1] += len(users)
        return table[users, items]

    for seed in range(4):
        assert again.ndcg(scores) == ndcg_of_lists(lambda u, i, of=table: of[u, i], lists, torch.device("cpu"))
        assert again.ndcg(scores) == pytest.approx(by_hand(lists, table, 10), abs=1e-12)
        asked.append(0)
        table = table + torch.from_numpy(np.random.default_rng(seed).integers(-8, 9, table.shape) / 8).float()
    first = ndcg_of_lists(scores, lists, torch.device("cpu"))
    assert first is not None
    unordered = asked[-1]
    asked.append(0)
    again.ndcg(scores)
    asked.append(0)
    again.ndcg(scores)  # nothing has moved: the order is right
    assert asked[-1] < (1.0 if several else 0.9) * unordered  # a list with several relevant items is asked for whole


def test_what_was_seen_of_wide_lists_is_remembered_as_it_is() -> None:
    rng = np.random.default_rng(3)
    items = np.stack([rng.permutation(400)[:300] for _ in range(20)])
    relevant = np.zeros(items.shape, dtype=bool)
    relevant[np.arange(20), rng.integers(0, 300, 20)] = True
    lists, table = Candidates(np.arange(20), items, relevant), torch.from_numpy(rng.normal(size=(20, 400))).float()
    again = ValidationLists(lists, torch.device("cpu"))
    found = [again.ndcg(lambda users, items: table[users, items]) for _ in range(3)]
    assert found == [found[0]] * 3
    assert found[0] == pytest.approx(by_hand(lists, table, 10), abs=1e-12)
