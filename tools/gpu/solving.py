"""Counterfactuals, adversarial explanations and rankings, on the device and on the processor from the same weights."""

from __future__ import annotations

from functools import partial
from itertools import product

import numpy as np
import numpy.typing as npt
import torch

from pyexplain.evaluation.ranking import candidate_ranking
from pyexplain.explainers import Explanations, SolverSettings, choose_against
from pyexplain.explainers import solve as solve_pairs
from pyexplain.run import Run

from .bench import Bench, onto

Int = npt.NDArray[np.int64]


def _both(bench: Bench) -> dict[str, Run]:
    here = onto(bench.trained, bench.options("cpu"))
    return {"on the device": bench.trained, f"on {torch.get_num_threads()} threads": here}


def solve(bench: Bench) -> None:
    """Pairs a second, and whether both devices find the same."""
    run, n, both = bench.trained, 60 if bench.small else 65_536, _both(bench)
    pairs, against = _listed(run, n)
    for (name, one), memory in product(both.items(), (512,) if bench.small else (512, 4096)):
        taken = bench.wall(partial(_solved, one, pairs, against, memory), 2)
        bench.tell(f"counterfactuals {name}, {memory} MiB", f"{len(pairs) / taken:,.0f} pairs/s")
    if bench.gpu:
        bench.profile("a batch of counterfactuals", partial(_solved, run, pairs, against, 512), 2)
    for name, one in both.items():
        taken = bench.wall(partial(one.explainer("car").explain, pairs[:8192], against[:8192]), 2)
        bench.tell(f"adversarial explanations {name}", f"{len(pairs[:8192]) / taken:,.0f} pairs/s")
        few = run.data.train[:: max(1, len(run.data.train) // (4096 if one is run else 256))]
        taken = bench.wall(partial(choose_against, one.recommender, one.data, few, 0), 1)
        bench.tell(f"next items {name}", f"{len(few) / taken:,.0f} pairs/s")
    _compare(bench, *(_solved(one, pairs, against, 512) for one in both.values()))


def _listed(run: Run, n: int) -> tuple[Int, Int]:
    """n pairs as `explain --all` asks about them: the ten best items of a user, each against the next."""
    users = np.arange(-(-n // 10))
    best = run.order.best(users, 11)[0]
    pairs = np.stack([np.repeat(users, 10), best[:, :10].ravel()], axis=1)[:n]
    return pairs, best[:, 1:].ravel()[:n]


def _solved(run: Run, pairs: Int, against: Int, memory: int) -> Explanations:
    return solve_pairs(run.recommender, run.data, pairs, against, SolverSettings(), max_memory=memory * 2**20)


def _compare(bench: Bench, there: Explanations, here: Explanations) -> None:
    assert there.change is not None
    assert here.change is not None
    n = there.change.n_rows
    same = sum(np.array_equal(there.change.row(k)[0], here.change.row(k)[0]) for k in range(n)) / n
    figures = [f"same features in {same:.4f} of the pairs"]
    for name, a, b in (
        ("valid", there.valid, here.valid),
        ("|change|", np.abs(there.change.values), np.abs(here.change.values)),
        ("margin before", there.margin_before, here.margin_before),
    ):
        figures.append(f"{name} {np.asarray(a).sum() / n:.4f} and {np.asarray(b).sum() / n:.4f}")
    bench.tell("counterfactuals, device and processor", *figures)


def rank(bench: Bench) -> None:
    """Users a second: a hundred candidates, and the whole catalogue."""
    n_users, some = len(np.unique(bench.data.test[:, 0])), np.arange(20 if bench.small else 200)
    for name, one in _both(bench).items():
        some = some if one is bench.trained else some[:20]
        taken = bench.wall(partial(candidate_ranking, one.recommender, one.data), 1)
        bench.tell(f"100 candidates {name}", f"{n_users / taken:,.0f} users/s")
        taken = bench.wall(partial(one.order.best, some, 11), 1)
        bench.tell(f"the whole catalogue {name}", f"{len(some) / taken:,.0f} users/s")
