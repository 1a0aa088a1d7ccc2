"""A training step at the shape of the paper's largest set: the engine that `train` uses, dropout and all, against torch."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import cast

import torch
from torch import Tensor

from pyexplain.recommenders.config import TrainingConfig, make_config
from pyexplain.recommenders.feature_product import FeatureProduct
from pyexplain.recommenders.forms import Form
from pyexplain.recommenders.fused import FusedEngine
from pyexplain.recommenders.networks import Head
from pyexplain.recommenders.objective import Objective, Term

from .measure import Row, in_turn
from .peers import DIM, FEATURES, ITEMS, USERS, Batch, Eager, Products, tables

Step = Callable[[Batch], float | Tensor]
BATCH = 512
USUAL = 0.8  # dropout of `train`, unless told; the other rows are at .5
SHAPE = f"training step, {USERS:,} users, {ITEMS:,} items, {FEATURES:,} features, d = {DIM}, batch {BATCH}"


def engine(seed: int = 1, dropout: float = 0.5) -> FusedEngine:
    """The engine of `train`, on random tables."""
    generator = torch.Generator().manual_seed(seed)
    made = tables(generator)
    head = Head(2 * DIM, DIM, dropout, generator)
    maps = made.user_map, made.item_map
    form = FeatureProduct(made.user_table, made.item_table, *maps, head.W1, head.b1, head.w2, head.b2, head.dropout)
    declared = cast(Form, form)  # frozen, where Form would let its fields be replaced: nobody does
    return FusedEngine(declared, made.user_rows, made.item_rows, make_config(TrainingConfig, {}, "benchmarks"))


def batches(seed: int = 0, count: int = 20) -> list[Batch]:
    """Random triples."""
    generator = torch.Generator().manual_seed(seed)
    users, positives, negatives = (torch.randint(0, n, (count, BATCH), generator=generator) for n in (USERS, ITEMS, ITEMS))
    return list(zip(users, positives, negatives, strict=True))


def rows(repeats: int) -> list[Row]:
    """Against the best a torch user would write, the plain version, the same compiled, and the products that nobody can avoid."""
    ours, generator, drawn = engine(), torch.Generator().manual_seed(2), batches()

    def fused(batch: Batch) -> float | Tensor:
        return ours.step(Term(*batch), Objective(), generator)

    steps: dict[str, Step] = {
        "pyexplain": fused,
        "EmbeddingBag + SparseAdam, eager": Eager(1, sparse=True).step,
        "dense features, torch.optim.Adam, eager": Eager(1, sparse=False).step,
        "the same, torch.compile": compiled().step,
    }
    taken = turned(steps, drawn, repeats)
    # apart from the others, which leave the allocator with nothing to give: what is left would be page faults, not products
    floors: dict[str, Step] = {
        "the head's three matrix products alone": Products(1, BATCH, native=True).step,
        "the same products by torch.mm": Products(1, BATCH, native=False).step,
    }
    beside = turned({"pyexplain": fused} | floors, drawn, 5 * repeats)
    targets = {
        "dense features, torch.optim.Adam, eager": (21.0, 25.0),
        "the same, torch.compile": (None, None),
        "EmbeddingBag + SparseAdam, eager": (2.5, 4.0),
        "the head's three matrix products alone": (2.0, 1.3),
        "the same products by torch.mm": (None, None),
    }
    found = [_row(peer, beside if peer in floors else taken, *goals) for peer, goals in targets.items()]
    return [*at_default(repeats), *found]


def at_default(repeats: int) -> list[Row]:
    """The same step at the dropout that `train` takes unless told, against the plain version; processor time."""
    ours, generator = engine(dropout=USUAL), torch.Generator().manual_seed(2)
    plain = Eager(1, sparse=False)
    plain.network.dropout = USUAL
    steps: dict[str, Step] = {"pyexplain": lambda batch: ours.step(Term(*batch), Objective(), generator), "eager": plain.step}
    taken = turned(steps, batches(), repeats)
    what = f"{SHAPE}, dropout {USUAL:g}"
    return [Row(what, "dense features, torch.optim.Adam, eager", "ms", 1e3 * taken["pyexplain"], 1e3 * taken["eager"], 25.0, 30.0)]


def turned(steps: Mapping[str, Step], drawn: list[Batch], repeats: int) -> dict[str, float]:
    """Median seconds of a step of each, in turn, each on the batches in their order."""
    going = {name: partial(_next_step, step, itertools.cycle(drawn)) for name, step in steps.items()}
    return in_turn(going, repeats, warm_up=2, clock=time.process_time)


def _next_step(step: Step, drawn: Iterator[Batch]) -> object:
    return step(next(drawn))


def _row(peer: str, taken: dict[str, float], must: float | None, aim: float | None) -> Row:
    return Row(SHAPE, peer, "ms", 1e3 * taken["pyexplain"], 1e3 * taken[peer], must, aim, at_most="products" in peer)


def compiled() -> Eager:
    """Eager's dense step with its network compiled."""
    plain = Eager(1, sparse=False)
    plain.network.compile(dynamic=False)
    return plain
