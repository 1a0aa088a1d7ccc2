"""One model by several processes: the gradients of their shares add up to that of the batch, so the model is the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, distributed

import pyexplain as px
from pyexplain.errors import DataError, RunError
from pyexplain.ops import RowGradients
from pyexplain.recommenders.data_parallel import DataParallel
from pyexplain.recommenders.options import RunOptions

from ..worlds import small_world
from .ranks import together

BATCH = 32
METHODS: list[dict[str, Any]] = [
    {"baseline": "vbpr", "dim": 4, "dropout": 0.0},  # rows of tables, moved where their gradient is made
    {"baseline": "vbpr", "dim": 4, "dropout": 0.0, "weight_decay": 0.1},
    {"baseline": "ncf", "dim": 4, "factors": 3, "dropout": 0.0},
    {"baseline": "nar", "dim": 4, "dropout": 0.0},  # every word at every step
    {"baseline": "fm", "dim": 4},  # whole tensors
    {"baseline": "hybrid", "dim": 4},  # the additive form
    {"explainer": "car", "dim": 4, "dropout": 0.0, "warmup_epochs": 1, "adversarial_weight": 1.0},  # dense changes of f_u
]


def trained(
    method: dict[str, Any], batch_size: int, parallel: DataParallel | None = None, **more: Any
) -> tuple[dict[str, Tensor], Any]:
    """Parameters after two epochs, and the history without its times."""
    keys = {"epochs": 2, "batch_size": batch_size, **method, **more}
    options = keys.pop("options", RunOptions(seed=3))
    run = px.train(small_world(), options=replace(options, parallel=parallel), **keys)
    return run.recommender.state(), [{k: v for k, v in entry.items() if k != "seconds"} for entry in run.history]


def alike(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    """Up to rounding, but for a few numbers: where a gradient is next to nothing, Adam makes a step of its sign."""
    assert one.keys() == other.keys()
    far = torch.cat([((one[name] - other[name]).abs() > 1e-4).view(-1) for name in one])
    return float(far.float().mean()) < 0.01


@pytest.mark.parametrize("method", METHODS, ids=lambda method: " ".join(str(value) for value in method.values()))
def test_two_with_half_the_batch_are_one_with_all_of_it(method: dict[str, Any]) -> None:
    alone, history = trained(method, BATCH)
    (first, said), (second, _) = together(2, lambda rank: trained(method, BATCH // 2, rank))
    start, _ = trained(method, BATCH, epochs=1, learning_rate=1e-12)
    assert all(torch.equal(first[name], second[name]) for name in alone), "the ranks have gone apart"
    assert alike(first, alone)
    assert any(not torch.allclose(alone[name], start[name], atol=1e-4) for name in alone), "nothing was learned"
    assert [entry["loss"] for entry in said] == pytest.approx([entry["loss"] for entry in history], rel=1e-4)


def test_the_same_again_also_where_it_was_interrupted(tmp_path: Path) -> None:
    method = {"explainer": "cnr", "dim": 4, "warmup_epochs": 1, "rounds": 2}

    def run(rank: DataParallel, epochs: int, folder: str, resume: bool = False) -> Any:
        options = RunOptions(checkpoints=tmp_path / folder, resume=resume)
        return trained(method, BATCH, rank, epochs=epochs, options=options)

    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    (whole, history), _ = together(2, lambda rank: run(rank, 4, "a"))
    together(2, lambda rank: run(rank, 2, "b"))
    (again, others), (second, _) = together(2, lambda rank: run(rank, 4, "b", resume=True))
    assert others == history
    assert all(torch.equal(whole[name], again[name]) and torch.equal(whole[name], second[name]) for name in whole)
    with pytest.raises(RunError, match="processes 2, this run has no processes"):
        trained(method, BATCH, epochs=5, options=RunOptions(checkpoints=tmp_path / "b", resume=True))


@given(st.integers(1, 200), st.integers(1, 50), st.integers(1, 5))
def test_shares_are_all_pairs_once(n: int, batch_size: int, size: int) -> None:
    ranks = [DataParallel(rank, size) for rank in range(size)]
    if n < size:
        with pytest.raises(DataError, match=f"{n} training pairs for {size} processes"):
            list(ranks[0].batches(n, batch_size))
        return
    shares = [[(part, rank.weight) for part in rank.batches(n, batch_size)] for rank in ranks]
    assert len({len(of) for of in shares}) == 1
    assert sorted(pair for of in shares for part, _ in of for pair in range(n)[part]) == list(range(n))
    assert all(part.stop > part.start for of in shares for part, _ in of)
    for batch in zip(*shares, strict=True):
        assert sum(weight for _, weight in batch) == pytest.approx(1)
        assert all(part.stop - part.start <= batch_size + 1 for part, _ in batch)


def test_rows_and_whole_gradients_add_up() -> None:
    table = torch.zeros(4, 2)
    mine = [
        RowGradients(torch.tensor([0, 2]), torch.tensor([[1.0, 2.0], [3.0, 4.0]])),
        RowGradients(torch.tensor([2]), torch.tensor([[5.0, 6.0]])),
    ]
    for added in together(2, lambda rank: rank.add_up(mine[rank.rank], table)):
        assert isinstance(added, RowGradients)
        assert added.rows.tolist() == [0, 2]
        assert added.values.tolist() == [[0.5, 1.0], [4.0, 5.0]]
    mixed = [mine[0], torch.ones(4, 2)]
    for whole in together(2, lambda rank: rank.add_up(mixed[rank.rank], table)):
        assert isinstance(whole, Tensor)
        assert whole.tolist() == [[1.0, 1.5], [0.5, 0.5], [2.0, 2.5], [0.5, 0.5]]


def test_rank_0_decides_and_writes() -> None:
    found = together(2, lambda rank: (rank.agree({"loss": 1.0 + rank.rank}), rank.total(1.0 + rank.rank)))
    assert found == [({"loss": 1.0}, 3.0)] * 2
    assert [RunOptions(parallel=DataParallel(rank, 2)).writes for rank in range(2)] == [True, False]
    assert RunOptions().writes


def test_a_lost_process_is_told_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*tensors: Any) -> None:
        raise RuntimeError("Connection closed by peer")

    monkeypatch.setattr(distributed, "all_gather", gone)
    with pytest.raises(RunError, match="another process of this training was lost: Connection closed") as caught:
        DataParallel(1, 2).wait()
    assert "--resume" in caught.value.on_command_line()[2]
