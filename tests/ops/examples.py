"""Arguments for every operator, by its name: small, of the kind that training and explaining give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pyexplain.data.sparse import SparseRows
from pyexplain.ops import AdamSettings, Chosen, Costs, Flip, HiddenLayer, PairPasses, Pull, RowAdam
from pyexplain.ops.adam_perturbation_step import Perturbed
from pyexplain.ops.adam_rows import AdamTable
from pyexplain.ops.adam_tables import Move
from pyexplain.ops.attention import Attended, run_attention
from pyexplain.ops.dropout import Drawn
from pyexplain.ops.group_sums import Added
from pyexplain.ops.grouped_batches import BatchLayout, Triples
from pyexplain.ops.groups import RowGroups, group_rows
from pyexplain.ops.head import Encoded
from pyexplain.ops.joined_pairs import Identities
from pyexplain.ops.kept_head import KeptRoom, run_kept_head
from pyexplain.ops.matched_products import Matched
from pyexplain.ops.pair_features import Batch, group_batch
from pyexplain.ops.solve_widening import Sets, Widening
from pyexplain.ops.within_reach import Reach
from pyexplain.ops.working_set import run_hidden_slopes, run_sampled_product

from .test_pair_features import Tables, world

HERE = torch.device("cpu")
ADAM = AdamSettings(lr=0.01)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def adam_perturbation_step() -> tuple[Any, ...]:
    low, high = -normal(5, 7, seed=1).abs(), normal(5, 7, seed=2).abs()
    grad = normal(5, 7, seed=3) + 3 * normal(5, 7, seed=4).sign()
    moments = normal(5, 7, seed=5), normal(5, 7, seed=6).square()
    return Perturbed(torch.zeros(5, 7).double(), *moments, grad, low, high), 0.1, 0.2, 3, ADAM


def adam_rows() -> tuple[Any, ...]:
    table, m, v = normal(6, 5), normal(6, 5, seed=1), normal(6, 5, seed=2).square()
    last_step = torch.tensor([0, 3, 7, 9, 1, 9])
    return AdamTable(table, m, v, last_step), torch.tensor([0, 1, 3, 4]), normal(4, 5, seed=3), 10, ADAM


def adam_tables() -> tuple[Any, ...]:
    """Nine, more than one launch takes: by row, whole, and one that catches up."""
    of, rows, grads, step, _ = adam_rows()
    moves = [
        Move(of, rows, grads, step),
        Move(*adam_rows()[:1], None, normal(6, 5, seed=5), step),
        Move(adam_rows()[0], None, None, 12),
    ]
    moves += [Move(*adam_rows()[:3], 10 + number) for number in range(5)]
    moves.append(Move(adam_rows()[0], torch.tensor([-1, 4, -1, 5]), normal(4, 5, seed=8), step))  # two of them none
    return moves, ADAM


def counterfactual_step() -> tuple[Any, ...]:
    room = normal(6, 9, seed=1).abs()
    return normal(6, 9), -normal(6, seed=2).abs() * 3, -room, 5 - room, 1.0, 0.1


def _pairs(dtype: torch.dtype = torch.float64, to: torch.device = HERE) -> tuple[Tables, Batch]:
    w = world(9, 8, 12, 5, 7, 16, 3, dtype)
    batch = Batch(*(t.to(to) for t in (w.users, w.positives, w.negatives, w.users, normal(16, 7).to(dtype))))
    return moved(w.tables, to), batch


def moved(tables: Tables, to: torch.device) -> Tables:
    """The same tables there."""
    return Tables(*(table.to(to) for table in tables[:4]), tables.user_rows.tensors(to), tables.item_rows.tensors(to))


def pair_features() -> tuple[Any, ...]:
    return *_pairs(), torch.zeros(32, 12).double(), torch.zeros(48, 7).double()


def pair_features_backward(dtype: torch.dtype, to: torch.device) -> tuple[Any, ...]:
    (tables, batch), passes = _pairs(dtype, to), PairPasses(_pairs(dtype, to)[0])
    passes.run(tables, batch)
    return tables, batch, passes.z, group_batch(tables, batch, [0, 0]), normal(32, 12).to(to, dtype), passes.buffer


def pair_training(dtype: torch.dtype, to: torch.device) -> tuple[Any, ...]:
    tables, batch = _pairs(dtype, to)
    passes, optimizers = PairPasses(tables), {name: RowAdam(getattr(tables, name), ADAM) for name in tables._fields[:4]}
    passes.run(tables, batch)
    one, grad, x = (normal(*size).to(to, dtype) for size in ((1, 9), (1, 9), (32, 12)))
    return x, passes, group_batch(tables, batch, [0, 0]), optimizers, [(RowAdam(one, ADAM), grad)]


def grouped_batches(dtype: torch.dtype, _: torch.device) -> tuple[Any, ...]:
    """Two batches of eight."""
    tables, batch = _pairs(dtype)
    layout = BatchLayout(8, (8 * 12, 16 * 12), 12, dtype)
    triples = Triples(*batch[:3], 9, 8)
    return layout, tables.user_rows, tables.item_rows, triples, torch.zeros(2, layout.words, dtype=torch.int64)


def _matched() -> Matched:
    """Four pairs of rows over six columns: matches, none, an empty row, one pair twice."""
    one = SparseRows(torch.tensor([0, 3, 3, 5]), torch.tensor([0, 2, 5, 1, 2]), normal(5), 6)
    two = SparseRows(torch.tensor([0, 2, 6]), torch.tensor([1, 3, 0, 2, 4, 5]), normal(6, seed=1), 6)
    return Matched(one, two, torch.tensor([0, 1, 2, 0]), torch.tensor([1, 1, 0, 1]))


def _layer() -> tuple[Chosen, HiddenLayer]:
    chosen = Chosen(torch.tensor([2, 0]), torch.tensor([0, 3, 5]), torch.tensor([4, 0, 2, 1, 5]))
    return chosen, HiddenLayer(
        normal(3, 8), normal(3, 5, seed=1), normal(3, 5, seed=2), normal(6, 5, seed=3), normal(4, 5), normal(8)
    )


def solve_narrow() -> tuple[Any, ...]:
    chosen, layer = _layer()
    return chosen, layer, -normal(5, seed=4).abs(), normal(5, seed=5).abs(), 25, [1.0, 0.1, 0.05]


def cheapest_flip() -> tuple[Any, ...]:
    slopes, low = normal(7) + 0.5, -normal(7, seed=1).abs() - 1
    whole = torch.tensor([True, False, False, True, False, True, False])
    high = torch.where(whole, 0.0, normal(7, seed=2).abs())
    start = torch.tensor([0.7, 1.5, 9.0], dtype=torch.float64)
    return Flip(start, torch.tensor([0, 3, 3, 7]), slopes, low, high, whole), Costs(2.8, 1.0, 0.1, 0.05, -1e-5, 0.99, 3)


def steepest_entries() -> tuple[Any, ...]:
    pull = Pull(torch.tensor([0, 4, 4, 11]), normal(11), -normal(11, seed=2).abs(), normal(11, seed=3).abs())
    return pull, normal(3, seed=1).abs(), 1, 5, 1.05


def solve_widening() -> tuple[Any, ...]:
    """Six rows over nine features: margins that flip in the first sets, later, among all, and not; a row without features, and one
    whose order is right already."""
    layer = HiddenLayer(
        normal(6, 8), normal(6, 5, seed=1), normal(6, 5, seed=2), normal(9, 5, seed=3), normal(4, 5, seed=8), normal(8)
    )
    value, slopes = run_hidden_slopes.twin(layer.start, layer.readout)
    back = slopes.view(6, 2, 4) @ layer.hidden_map
    slope = back[:, 0] * layer.gate_one + back[:, 1] * layer.gate_two
    has = SparseRows(
        torch.tensor([0, 2, 5, 5, 9, 12, 13]), torch.tensor([0, 4, 1, 3, 8, 0, 2, 5, 7, 1, 2, 6, 3]), normal(13, seed=6).abs(), 9
    )
    gradient = run_sampled_product.twin(slope, layer.feature_map, has)
    of = Widening(value, slope, layer, has, has, gradient, np.arange(9) != 5, 1.5)
    return of, Sets((0, 1, 2, 3), (1, 2), 2, 8, 1.05, 4), 25, [1.0, 0.1, 0.05]


def first_entries() -> tuple[Any, ...]:
    """Ties, an infinite entry, what is left out, and fewer than asked for."""
    scores = normal(5, 9).mul(2).round()
    scores[3, 2] = torch.inf
    return scores, torch.tensor([0, 2, 2, 9, 9, 10]), torch.tensor([0, 4, *range(2, 9), 8]), 4


def sampled_product() -> tuple[Any, ...]:
    rows = SparseRows(torch.tensor([0, 2, 2, 5]), torch.tensor([4, 0, 2, 1, 5]), normal(5))
    return normal(3, 7), normal(6, 7, seed=1), rows


def _cells() -> tuple[Tensor, Tensor, Tensor]:
    """Of three rows and two columns: one in the first, two in the last."""
    return torch.tensor([0, 1, 1, 3]), torch.tensor([1, 0, 1]), torch.zeros(3).double()


def within_reach() -> tuple[Any, ...]:
    lifts = SparseRows(torch.tensor([0, 1, 1, 3]), torch.tensor([1, 0, 1]), normal(3, seed=3).abs(), 2)
    return Reach(normal(2, 70), torch.tensor([1, 0, 1]), normal(3, seed=1), normal(3, seed=2), lifts, normal(2, 70, seed=4)), None


def _attended() -> Attended:
    """Three rows over four features: one empty, one with a value of 0."""
    offsets, indices = torch.tensor([0, 3, 3, 5]), torch.tensor([0, 1, 3, 1, 2])
    rows = SparseRows(offsets, indices, torch.tensor([1.0, 0.0, 2.0, 3.0, 0.5], dtype=torch.float64), 4)
    return Attended(normal(3, 6), normal(4, 6, seed=1), rows, None)


def attention_backward() -> tuple[Any, ...]:
    of = _attended()
    shares, _ = run_attention.twin(of)
    return of, shares, normal(3, 6, seed=2), group_rows(of.rows.indices, 4), of.rows.row_indices()


def group_sums() -> tuple[Any, ...]:
    groups = RowGroups(torch.tensor([2, 5]), torch.tensor([0, 1, 4]), torch.tensor([3, 0, 2, 1]))
    at, of = torch.tensor([0, 1, 1, 2]), torch.tensor([4, 4, 0, 1])
    return Added(normal(3, 9)[:, 2:7], at, normal(5, 5, seed=1), of, normal(4, seed=2)), groups


def joined_pairs() -> tuple[Any, ...]:
    tables = Identities(*map(normal, (3, 4, 3, 4), (5, 5, 7, 7)))
    return tables, torch.tensor([2, 0]), torch.tensor([3, 3]), normal(2, 10), normal(2)


DROPPED = Drawn(0.6, [2**62 + 3, 5], [20, 13])  # of 66 rows: two blocks of them, two terms


def _kept_room(dtype: torch.dtype) -> tuple[Tensor, KeptRoom]:
    """x [66, 70]: two tiles each way, neither whole; 35 hidden units, which fill no panel."""
    x = normal(66, 70)
    x[5, 7] = 0.0  # what is kept and is 0 has a gradient
    parameters = normal(35, 70, seed=1), normal(35, seed=2), normal(35, seed=3), normal()
    return x.to(dtype), KeptRoom(*(p.to(dtype) for p in parameters))


def kept_head(dtype: torch.dtype, _: torch.device) -> tuple[Any, ...]:
    x, room = _kept_room(dtype)
    return x, DROPPED, room, normal(66).to(dtype)


def kept_head_backward(dtype: torch.dtype, _: torch.device) -> tuple[Any, ...]:
    """After the forward of the operator itself: what lies between the two is its own."""
    x, room = _kept_room(dtype)
    run_kept_head(x, DROPPED, room, x.new_empty(66))
    out = (x.new_empty(35, 70), x.new_empty(35), x.new_empty(35), x.new_empty(66, 70))
    return normal(66, seed=4).to(dtype), room, *out


ENCODED = Encoded(*map(normal, (3, 4, 3, 4), (2, 2, 5, 5)))
EXAMPLES: dict[str, Callable[[], tuple[Any, ...]]] = {
    "adam_perturbation_step": adam_perturbation_step,
    "adam_rows": adam_rows,
    "add_sparse_product": lambda: (normal(3, 6), SparseRows(*_cells()[:2], normal(3)), _matched().two),
    "adversarial_step": lambda: (normal(4, 6), 0.5),
    "attention": lambda: (_attended(),),
    "attention_backward": attention_backward,
    "bpr_loss": lambda: (normal(12), normal(6, seed=1).sign(), normal(6, seed=2).abs()),
    "cheapest_flip": cheapest_flip,
    "cheapest_within": lambda: (normal(4, 3, 6), normal(4, 3, seed=1), -normal(4, 6).abs(), normal(4, 6, seed=2).abs(), 1.0, 0.1),
    "counterfactual_step": counterfactual_step,
    "adam_tables": adam_tables,
    "dropout_terms": lambda: (
        normal(60, 7),
        0.4,
        [2**62 + number for number in range(10)],
        [3 * number for number in range(1, 11)],
    ),
    "dropout": lambda: (normal(5, 6), 0.4, 2**62 + 3, 17),
    "first_entries": first_entries,
    "group_entries": lambda: (_pairs()[0].user_rows, torch.tensor([4, 4, 0]), 12, 3, 1),
    "group_places": lambda: (group_rows(torch.tensor([3, 1, 3, 0, 1]), 6),),
    "group_rows": lambda: (torch.tensor([3, 1, 3, 0, 1]), 6),
    "group_sums": group_sums,
    "head_gradients": lambda: (normal(4, 5).clamp_min(0), normal(4, seed=1), normal(5, seed=2), normal(5), normal(5), normal()),
    "head_scores": lambda: (normal(4, 5), normal(5, seed=1), normal(5, seed=2), normal(), normal(4), True),
    "hidden_slopes": lambda: (normal(4, 6), normal(6, seed=1)),
    "joined_pairs": joined_pairs,
    "matched_products": lambda: (_matched(), normal(6, seed=2)),
    "matched_slopes": lambda: (_matched(), normal(4, seed=2), 6),
    "pair_features": pair_features,
    "pair_products": lambda: (
        Encoded(*map(normal, (3, 4, 3, 4), (2, 2, 5, 5))),
        torch.tensor([2, 0]),
        torch.tensor([3, 3]),
        normal(2, 7),
    ),
    "sampled_matches": lambda: (_matched().one, _matched().two, normal(6, seed=2), SparseRows(*_cells())),
    "sampled_product": sampled_product,
    "select_rows": lambda: (_pairs()[0].user_rows, torch.tensor([4, 4, 0]), 1),
    "solve_narrow": solve_narrow,
    "solve_narrow_inputs": lambda: (*_layer(), torch.zeros(5, 2, 5).double()),
    "solve_widening": solve_widening,
    "steepest_entries": steepest_entries,
    "within_reach": within_reach,
}


IN_TYPE = {
    "grouped_batches": grouped_batches,
    "kept_head": kept_head,
    "kept_head_backward": kept_head_backward,
    "pair_features_backward": pair_features_backward,
    "pair_training": pair_training,
}  # what holds buffers of a type


def arguments(name: str, dtype: torch.dtype, to: torch.device = HERE) -> tuple[Any, ...]:
    """New ones at every call, with numbers of that type, there."""
    made: tuple[Any, ...] = IN_TYPE[name](dtype, to) if name in IN_TYPE else _cast(EXAMPLES[name](), dtype, to)
    return made


def _cast(value: Any, dtype: torch.dtype, to: torch.device) -> Any:
    if isinstance(value, Tensor):
        return value.to(to, dtype) if value.is_floating_point() else value.to(to)
    if isinstance(value, SparseRows):
        rows = value.tensors(to)
        return SparseRows(rows.offsets, rows.indices, rows.values.to(dtype), rows.n_columns)
    if isinstance(value, list):
        return [_cast(part, dtype, to) for part in value]
    if isinstance(value, tuple):
        parts = [_cast(part, dtype, to) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return value


def numbers(value: Any) -> list[Tensor]:
    """All tensors in arguments or results, in order."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, SparseRows):
        return [torch.as_tensor(part) for part in value]
    if isinstance(value, RowAdam):
        return [value.table, value.m, value.v, value.last_step]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else []
    return [tensor for part in parts for tensor in numbers(part)]
