"""Tables that take hours are gone on with: what was trained is found again, and only what is the same."""

from __future__ import annotations

from pathlib import Path

import torch

from benchmarks.search import trained_or_kept

from ..worlds import small_world

KEYS: dict[str, object] = {"dim": 4, "epochs": 1, "patience": 0}


def test_what_was_trained_is_found_again(tmp_path: Path) -> None:
    data = small_world()
    first = trained_or_kept(data, "bpr-mf", 0, KEYS, tmp_path)
    [kept] = tmp_path.iterdir()
    before = {one: one.stat().st_mtime_ns for one in kept.iterdir()}
    again = trained_or_kept(data, "bpr-mf", 0, KEYS, tmp_path)
    assert {one: one.stat().st_mtime_ns for one in kept.iterdir()} == before
    pairs = torch.arange(3)
    assert torch.equal(first.recommender.scores(pairs, pairs), again.recommender.scores(pairs, pairs))


def test_another_seed_or_key_is_trained_anew(tmp_path: Path) -> None:
    data = small_world()
    for seed, keys in ((0, KEYS), (1, KEYS), (0, {**KEYS, "dim": 5})):
        trained_or_kept(data, "bpr-mf", seed, keys, tmp_path)
    assert len(list(tmp_path.iterdir())) == 3
