"""Every operator on the device against the same on the processor: random sizes, float and double."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from pyexplain.ops import (
    AdamSettings,
    PairPasses,
    Pull,
    RowAdam,
    RowGradients,
    Rows,
    adam_perturbation_step,
    adversarial_step,
    counterfactual_step,
    hidden_slopes,
    pair_products,
    sampled_product,
    solve_narrow,
    steepest_entries,
)
from pyexplain.ops.bpr_loss import run_bpr_loss
from pyexplain.ops.dropout import run_dropout
from tests.ops.examples import moved
from tests.ops.test_pair_features import world

from .bench import Bench, distance
from .narrow import problems as narrow_problems

LIMITS = {torch.float32: 2e-5, torch.float64: 1e-9}
WIDER = {"counterfactual_step": 5, "solve_narrow": 100}  # its tolerance on the gain is 1e-5 in float32
Found = dict[str, list[Tensor]]
Shape = tuple[int, ...]
Make = Callable[[torch.device, Shape, torch.dtype], Found]


def correct(bench: Bench) -> None:
    """A line for each type: the largest distance of each operator, or FAILED with those that are too far."""
    for dtype, limit in LIMITS.items():
        worst: dict[str, float] = {}
        for make, shape in problems(bench.small):
            here, there = (make(to, shape, dtype) for to in (torch.device("cpu"), bench.device))
            for name, tensors in here.items():
                far = max(distance(a, b) for a, b in zip(there[name], tensors, strict=True))
                worst[name] = max(worst.get(name, 0.0), far)
        bad = [name for name, far in worst.items() if not far < limit * WIDER.get(name, 1)]
        figures = " ".join(f"{name} {far:.1e}" for name, far in worst.items())
        bench.tell(f"right in {str(dtype)[6:]}", f"FAILED: {', '.join(bad)}" if bad else "ok", figures)


def problems(small: bool) -> Iterator[tuple[Make, Shape]]:
    """What is compared, and in which sizes."""
    sizes: list[Shape] = (
        [(3, 7), (40, 129), (60, 1462)] if small else [(1, 1), (3, 7), (40, 129), (300, 350), (700, 1462), (5, 5000)]
    )
    sizes += [(9, p) for p in (33, 96, 97, 256, 257, 513, 1025, 1537, 2049)]  # where a kernel begins to go about it another way
    shapes: list[Shape] = [(40, 30, 325, 50, 37, 80), (3, 3, 7, 0, 5, 9), (3, 3, 7, 13, 0, 9), (40, 30, 9, 50, 37, 200)]
    yield from ((rows, size) for size in sizes)
    yield narrow, ()
    yield adam_rows, (50 if small else 300, 33)
    yield from ((pairs, shape) for shape in (shapes if small else [*shapes, (900, 700, 1462, 350, 350, 512)]))


def rows(to: torch.device, shape: Shape, dtype: torch.dtype) -> Found:
    """Operators on rows [n, p]; all that they are given is made on the processor."""
    (n, p), g = shape, torch.Generator().manual_seed(sum(shape))

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=g, dtype=dtype)

    slope = normal(n, p) * 10.0 ** torch.randint(-9, 3, (n, 1), generator=g).to(dtype)
    f = 5 * torch.rand(n, p, generator=g, dtype=dtype) * (torch.rand(n, p, generator=g) < 0.3)
    start, goal = normal(n, p).clamp(-f, 5 - f), -slope.abs().sum(1) * normal(n).abs()
    slope, low, high, goal, x, delta = (t.to(to, copy=True) for t in (slope, -f, 5 - f, goal, normal(n, p), start))
    m, v = torch.zeros_like(delta), torch.zeros_like(delta)
    run_dropout(x, 0.8, 2**63 - 5, 12345)
    for step in range(1, 6):
        adam_perturbation_step(delta, m, v, slope, low, high, 0.1, 0.1, step)
    _, cost, _, flags = counterfactual_step(slope, goal, low, high, 1.0, 0.1)
    users, items = (torch.randint(0, n, (2 * n,), generator=g).to(to) for _ in range(2))
    pull = Pull(torch.arange(n + 1, device=to) * p, slope.flatten(), low.flatten(), high.flatten())
    counts, places = steepest_entries(pull, -goal, 1, min(p, 24), 1.05)
    one_each = Rows(torch.arange(n + 1, device=to), users[:n].contiguous(), x[:, 0].contiguous())
    scores, sign, weight, readout = (t.to(to) for t in (normal(2 * n) * 9, normal(n).sign(), normal(n).abs(), normal(p)))
    return {
        "adversarial_step": [adversarial_step(slope, 0.7)],
        "counterfactual_step": [cost, flags],
        "bpr_loss": list(run_bpr_loss(scores, sign, weight)),
        "dropout": [x],
        "adam_perturbation_step": [delta, m, v],
        "hidden_slopes": list(hidden_slopes(slope, readout)),
        "pair_products": [pair_products(slope, low, users, items)],
        "sampled_product": [sampled_product(slope, high, one_each)],
        "steepest_entries": [counts, places],
    }


def narrow(to: torch.device, shape: Shape, dtype: torch.dtype) -> Found:
    """The whole solver: which rows flip, and their margins."""
    _, margin = solve_narrow(*narrow_problems(dtype, to), l1=1.0, l2=0.1, gamma=0.05, steps=25)
    return {"solve_narrow flips": [(margin < 0).to(dtype)], "solve_narrow": [margin]}


def adam_rows(to: torch.device, shape: Shape, dtype: torch.dtype) -> Found:
    """60 steps that touch a tenth of the rows of a table of that shape."""
    g = torch.Generator().manual_seed(1)
    optimizer = RowAdam(torch.randn(shape, generator=g, dtype=dtype).to(to), AdamSettings())
    for _ in range(60):
        touched = (torch.rand(shape[0], generator=g) < 0.1).nonzero()[:, 0]
        grads = torch.randn(len(touched), shape[1], generator=g, dtype=dtype) * 1e-3
        optimizer.step(RowGradients(touched.to(to), grads.to(to)))
    optimizer.flush()
    return {"adam_rows": [optimizer.table, optimizer.m, optimizer.v]}


def pairs(to: torch.device, shape: Shape, dtype: torch.dtype) -> Found:
    """pair_features, there and back; shape: users, items, features, d, k, triples."""
    (n_users, n_items, p, d, k, batch), g = shape, torch.Generator().manual_seed(2)
    w = world(n_users, n_items, p, d, k, batch, 7, dtype)
    shift, grad = (torch.randn(size, generator=g, dtype=dtype).to(to) for size in ((batch, k), (2 * batch, d + k)))
    passes = PairPasses(moved(w.tables, to))
    x = passes.forward(w.users.to(to), w.positives.to(to), w.negatives.to(to), None, shift).clone()
    found = passes.backward(grad)
    return {"pair_features": [x], "pair_features_backward": [*(t for one in found[:4] for t in one), found.user_latent]}
