"""Which steps are played from a recording (tests/emulated plays them)."""

from __future__ import annotations

from dataclasses import replace

import torch

from pyexplain.ops import AdamSettings, PairTraining, RowAdam
from pyexplain.recommenders.objective import OnHost, Term
from pyexplain.recommenders.product_replay import Head, ReplayedSteps

from ..ops.test_pair_features import world


def steps() -> ReplayedSteps:
    parameters = torch.zeros(4, 12), torch.zeros(4), torch.zeros(4), torch.zeros(())
    optimizers = {"W1": RowAdam(parameters[0], AdamSettings())}
    return ReplayedSteps(PairTraining(world(9, 8, 12, 5, 7, 16, 3, torch.float32).tables), Head(*parameters, optimizers, 0.5))


def term(n: int) -> Term:
    numbers = OnHost(*(torch.zeros(n, dtype=torch.int64) for _ in range(3)))
    return Term(*numbers[:3], on_host=numbers)


def test_a_size_that_comes_again_and_no_other() -> None:
    of = steps()
    assert [of.takes([term(n)]) for n in (16, 16, 16, 7, 16, 16)] == [False, True, True, False, False, True]


def test_plain_steps_of_one_process_alone() -> None:
    plain = term(16)
    for other in ([plain, plain], [replace(plain, weight=0.5)], [replace(plain, on_host=None)]):
        of = steps()
        of.takes(other[:1])
        assert not of.takes(other)
    shared, whole, apart = steps(), steps(), steps()
    shared.pairs.optimizers["item_map"].add_up = lambda gradient, table: gradient
    whole.pairs.whole.add("user_map")
    apart.head.optimizers["W1"].steps = 3
    for of in (shared, whole, apart):
        assert not any(of.takes([plain]) for _ in range(3))
