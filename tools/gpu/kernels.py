"""Every kernel against the bandwidth with which the device copies."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from benchmarks.peers import DIM, ITEMS, USERS, tables
from pyexplain.ops import AdamSettings, PairPasses
from pyexplain.ops.adam_perturbation_step import Perturbed, run_adam_perturbation_step
from pyexplain.ops.adam_rows import AdamTable, run_adam_rows
from pyexplain.ops.adversarial_step import run_adversarial_step
from pyexplain.ops.bpr_loss import run_bpr_loss
from pyexplain.ops.counterfactual_step import run_counterfactual_step
from pyexplain.ops.dropout import run_dropout
from pyexplain.ops.pair_features import group_batch
from tests.ops.examples import moved

from .bench import Bench


def kernels(bench: Bench) -> None:
    """The copy and the product that the device manages, then each kernel; bytes are those that cannot be left out."""
    _floor(bench)
    _elementwise(bench)
    _adam_rows(bench)
    _pair_features(bench)


def _floor(bench: Bench) -> None:
    size, n = (1 << 20, 512) if bench.small else (1 << 28, 8192)
    a = torch.randn(size, device=bench.device)
    b = torch.empty_like(a)
    by_torch = 8 * size / bench.seconds(lambda: b.copy_(a))
    bench.copy = max(by_torch, 8 * size / bench.seconds(lambda: torch.neg(a, out=b)))  # a kernel is faster than the card's own way
    bench.tell("copy", f"{bench.copy / 1e9:,.0f} GB/s", f"by torch's copy_ {by_torch / 1e9:,.0f}")
    x, y = (torch.randn(n, n, device=bench.device) for _ in range(2))
    bench.tell("float32 product", f"{2 * n**3 / bench.seconds(lambda: x @ y, 5) / 1e12:.1f} TFLOP/s")


def _elementwise(bench: Bench) -> None:
    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, device=bench.device)

    for n, p in ((64, 325),) if bench.small else ((65536, 24), (4096, 1462), (65536, 1462)):
        g, room = normal(n, p), 5 * normal(n, p).abs()
        bench.against_copy(f"adversarial_step [{n}, {p}]", 8 * n * p, partial(run_adversarial_step, g, 1.0))
        step = partial(run_counterfactual_step, g, -0.05 * g.abs().sum(1), -room, 5 - room.clamp(max=5), 1.0, 0.1)
        bench.against_copy(f"counterfactual_step [{n}, {p}]", 16 * n * p, step)
    size = 1 << (16 if bench.small else 26)
    delta, m, v, grad, room = (normal(size // 64, 64).abs() for _ in range(5))
    move = partial(run_adam_perturbation_step, Perturbed(delta, m, v, grad, -room, room), 0.1, 0.1, 3, AdamSettings())
    bench.against_copy(f"adam_perturbation_step, {size:,} entries", 36 * size, move)
    for n in (1024, size // 700):
        x = normal(n, 700)
        bench.against_copy(f"dropout [{n}, 700]", 8 * x.numel(), partial(run_dropout, x, 0.01, 5))
    for n in (512, size // 2):
        bench.against_copy(f"bpr_loss, {n:,} triples", 24 * n, partial(run_bpr_loss, normal(2 * n)))


def _adam_rows(bench: Bench) -> None:
    for n, width in ((500, 350),) if bench.small else ((1536, 350), (60350, 350)):
        table, grads = (torch.randn(n, width, device=bench.device) for _ in range(2))
        m, v, last = table * 1e-3, table.square() * 1e-4, torch.full((n,), 400, device=bench.device)
        step = partial(_rested, table, m, v, last)
        for given, rest in ((grads, 1), (grads, 120), (None, 120)):
            name = f"adam_rows, {n:,} rows at rest for {rest}, {'flushed' if given is None else 'stepped'}"
            bench.against_copy(name, (24 + 4 * (given is not None)) * n * width, partial(step, given, rest))


def _rested(table: Tensor, m: Tensor, v: Tensor, last: Tensor, grads: Tensor | None, rest: int) -> None:
    last.fill_(500 - rest)
    run_adam_rows(AdamTable(table, m, v, last), None, grads, 500, AdamSettings())


def _pair_features(bench: Bench) -> None:
    passes = PairPasses(moved(tables(torch.Generator().manual_seed(1)), bench.device))
    for b in (64,) if bench.small else (512, 32768):
        users, one, other = (torch.randint(0, n, (b,), device=bench.device) for n in (USERS, ITEMS, ITEMS))
        held, batch = passes.prepare(users, one, other, None, None)
        grad, groups = torch.randn_like(passes.run(held, batch)), group_batch(held, batch, [0, 0])
        rows = sum(len(group.rows) for group in groups.values())
        bench.against_copy(f"pair_features, {b:,} triples", 40 * DIM * b, partial(passes.run, held, batch))
        back = partial(passes.backward, grad, groups)
        bench.against_copy(f"pair_features_backward, {b:,} triples", 4 * DIM * (10 * b + rows), back)
        taken = bench.wall(partial(group_batch, held, batch, [0, 0]), 10)
        bench.tell(f"grouping {b:,} triples", f"{1e6 * taken:,.0f} us")
