"""Batches made ready ahead: each is what it is alone, whatever was made ready before."""

from __future__ import annotations

import pytest
import torch

from pyexplain.ops import AdamSettings
from pyexplain.ops.adam_tables import scalars
from pyexplain.ops.dropout import dropout_seed
from pyexplain.recommenders import batches_ahead as module
from pyexplain.recommenders.batches_ahead import BatchesAhead
from pyexplain.recommenders.objective import OnHost, Term

from ..ops.test_pair_features import world

N, ADAM = 8, AdamSettings()
WORLD = world(9, 8, 12, 5, 7, 5 * N + 3, 3, torch.float32)
EPOCH = OnHost(WORLD.users, WORLD.positives, WORLD.negatives)


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many batches each time."""
    counts: list[int] = []

    def pinned(rows: int, width: int) -> torch.Tensor:
        counts.append(rows)
        return torch.zeros(rows, width, dtype=torch.int64)

    monkeypatch.setattr(module, "pinned", pinned)
    monkeypatch.setattr(module, "AHEAD", 3)
    return counts


def term(number: int) -> Term:
    part = slice(number * N, number * N + N)
    here = OnHost(*(column[part].contiguous() for column in EPOCH[:3] if column is not None))
    return Term(*here[:3], on_host=here, part_of=(EPOCH, part.start))


def words(ahead: BatchesAhead, number: int, steps: int, generator: torch.Generator) -> dict[str, object]:
    layout, found = ahead.words(term(number), steps, seed := dropout_seed(generator), generator)
    batch, (of_adam, own) = layout.batch(found), layout.scalars(found)
    assert torch.equal(batch.users, term(number).users)
    assert torch.equal(batch.negatives, term(number).other)
    assert (of_adam.tolist(), own.tolist()) == (list(scalars(steps, ADAM)), [seed])
    return {name: [part.tolist() for part in group if part is not None] for name, group in layout.groups(found).items()}


def test_three_at_a_time_and_what_is_left(made: list[int]) -> None:
    ahead, generator = BatchesAhead(WORLD.tables, ADAM), torch.Generator().manual_seed(1)
    for number in range(5):
        words(ahead, number, 20 + number, generator)
    assert made == [3, 2]


@pytest.mark.parametrize("change", ["another batch", "another step", "another seed"])
def test_what_comes_otherwise_than_was_thought_is_made_anew(change: str, made: list[int]) -> None:
    ahead, generator = BatchesAhead(WORLD.tables, ADAM), torch.Generator().manual_seed(1)
    words(ahead, 0, 20, generator)
    if change == "another seed":
        dropout_seed(generator)
    words(ahead, 0 if change == "another batch" else 1, 20 if change == "another step" else 21, generator)
    assert made == [3, 3]


def test_more_entries_than_there_is_room_for(made: list[int]) -> None:
    rows = WORLD.tables.user_rows
    many = int(rows.offsets.diff().argmax())
    ahead, generator = BatchesAhead(WORLD.tables, ADAM), torch.Generator().manual_seed(1)
    words(ahead, 0, 20, generator)
    before = ahead.layout
    full = OnHost(torch.full((N,), many), *(column[:N] for column in EPOCH[1:3] if column is not None))
    layout, found = ahead.words(Term(*full[:3], on_host=full), 21, 5, generator)
    assert layout.batch(found).users.tolist() == [many] * N
    assert layout is ahead.layout
    assert before is not None
    assert (layout is before) == before.holds(N, layout.entries)
