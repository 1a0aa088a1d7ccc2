"""Cells that are counted part by part, in memory or on disk, are those of a table that is grouped whole."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pyexplain.data import cells, interactions, sparse, views
from pyexplain.data.cells import cells_of
from pyexplain.data.features import compute_features
from pyexplain.data.interactions import latest_only, together
from pyexplain.data.room import IN_MEMORY, Room
from pyexplain.data.sparse import SparseRows
from pyexplain.data.split import split_codes


@pytest.fixture(params=[3, 2**18])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Parts of three numbers, and of all."""
    size: int = request.param
    monkeypatch.setattr(cells, "BLOCK", size)
    monkeypatch.setattr(interactions, "BLOCK", size)
    monkeypatch.setattr(views.blocks, "__defaults__", (size,))
    return size


def mentions(count: int, sentiments: list[float]) -> pd.DataFrame:
    rng = np.random.default_rng(count)
    numbers = {name: rng.integers(0, size, count) for name, size in (("user", 9), ("item", 7), ("feature", 4))}
    return pd.DataFrame({**numbers, "sentiment": rng.choice(sentiments, count)})


@pytest.mark.parametrize("sentiments", [[-1.0, 1.0], [-1.0, 0.0, 1.0], [1.0], [-1.0], [0.5, -1.0, 1 / 3]])
@pytest.mark.parametrize("count", [0, 1, 200])
def test_cells_are_those_of_a_group_by(block: int, count: int, sentiments: list[float], tmp_path: Path) -> None:
    table = mentions(count, sentiments)
    wanted = table.groupby(["user", "feature"])["sentiment"].agg(["size", "sum"])
    for room in (IN_MEMORY, Room(8, tmp_path)):
        found = cells_of(table, "user", (12, 4), room)
        users = np.repeat(np.arange(12), np.diff(found.offsets))
        assert [*zip(users.tolist(), found.word.tolist(), strict=True)] == [*wanted.index]
        assert found.count.tolist() == wanted["size"].tolist()
        assert found.sum.tolist() == wanted["sum"].tolist()


def test_cells_of_rows_that_are_not_there_are_refused() -> None:
    with pytest.raises(ValueError, match="must lie in 0..2"):
        cells_of(mentions(50, [1.0]), "user", (3, 4))


def test_features_are_the_same_in_memory_and_on_disk(block: int, tmp_path: Path) -> None:
    table = mentions(300, [-1.0, 1.0])
    one, other = (compute_features(table, 9, 7, 4, 5.0, "literal", room) for room in (IN_MEMORY, Room(8, tmp_path)))
    for side in ("user", "item"):
        rows = [(getattr(made, f"{side}_features"), *vars(getattr(made, f"{side}_mentions")).values()) for made in (one, other)]
        for a, b in zip(*rows, strict=True):
            assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
    assert not list(tmp_path.iterdir())


def test_rows_of_a_number_come_together_and_in_few_passes(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interactions, "PASSES", 8)
    numbers = np.random.default_rng(0).integers(0, 50, 400)
    numbers[:90] = 7
    parts = [*together(numbers)]
    assert sorted(np.concatenate(parts)) == [*range(400)]
    assert all((np.diff(rows) > 0).all() for rows in parts)
    assert sum(len(set(numbers[rows])) for rows in parts) == len(set(numbers))
    assert len(parts) <= 16 if block == 3 else len(parts) == 1
    assert not [*together(numbers[:0])]


def test_the_latest_and_the_split_do_not_depend_on_the_parts(block: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    names = {name: pd.Categorical([f"{name}{n}" for n in rng.integers(0, 20, 300)]) for name in ("user", "item")}
    frame = pd.DataFrame({**names, "time": rng.integers(0, 5, 300), "rating": rng.random(300)})
    whole = frame.assign(at=range(300)).sort_values(["time", "at"]).drop_duplicates(["user", "item"], keep="last")
    kept, dropped = latest_only(frame, Room(8, tmp_path))
    assert dropped == 300 - len(whole) > 0
    assert kept.equals(frame.loc[sorted(whole["at"])].reset_index(drop=True))
    rng = np.random.default_rng([5, 1])
    place = kept.assign(drawn=-rng.random(len(kept))).groupby("user", observed=True)["drawn"].rank(method="first") - 1
    size = kept.groupby("user", observed=True)["item"].transform("size")
    tested = place < np.where(size > 1, np.maximum(1, np.floor(0.2 * size + 0.5)), 0)
    assert ((split_codes(kept, "random", 5, Room(8, tmp_path)) == 2) == tested).all()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seed", range(3))
def test_the_split_by_time_does_not_depend_on_the_parts(block: int, seed: int, tmp_path: Path) -> None:
    """The last of each user by the time, among those of one time by what is drawn of the seed and the names."""
    rng = np.random.default_rng(seed)
    users, times = rng.integers(0, 9, 60), rng.integers(0, 4, 60)
    pairs = [(f"u{user}", f"i{number}") for number, user in enumerate(users)]
    frame = pd.DataFrame(
        {name: pd.Categorical(names) for name, names in zip(("user", "item"), zip(*pairs, strict=True), strict=True)}
    )

    def drawn(number: int) -> int:
        of = repr((seed, *pairs[number])).encode()
        return int.from_bytes(hashlib.blake2b(of, digest_size=8).digest(), "little")

    wanted = np.zeros(60, int)
    for user in range(9):
        own = sorted(np.flatnonzero(users == user), key=lambda number: (times[number], drawn(number)))
        wanted[own[-1:]] = 2 if len(own) > 1 else 0
        wanted[own[-2:-1]] = 1 if len(own) > 2 else 0
    found = split_codes(frame.assign(time=times), "leave-last", seed, Room(8, tmp_path))
    assert found.tolist() == wanted.tolist()
    latest = split_codes(frame.assign(time=times), "temporal", seed, Room(8, tmp_path))
    cut = np.sort(times)[48]
    assert ((latest == 2) == (times > cut if (times > cut).any() else times == cut)).all()
    assert ((latest == 1) <= (latest != 2)).all()
    assert (latest == 1).any()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("at", range(1, 12))
def test_indices_out_of_order_are_seen_wherever_parts_end(block: int, at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparse, "blocks", lambda count: views.blocks(count, block))
    indices, offsets = np.arange(12), np.array([0, 12])
    indices[at] = indices[at - 1]
    with pytest.raises(ValueError, match="ascending and unique"):
        SparseRows(offsets, indices, np.ones(12, np.float32), 12)
    SparseRows(np.array([0, at, 12]), indices, np.ones(12, np.float32), 12)
