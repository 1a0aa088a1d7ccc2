"""Operators go straight to native code where nothing but their arithmetic is wanted, and through torch everywhere else."""

from __future__ import annotations

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from pyexplain import ops
from pyexplain.ops._torch_operator import TorchOperator, alone

from ..warm import warm

START, READOUT = torch.randn(4, 6, generator=torch.Generator().manual_seed(0)), torch.ones(6)


def test_the_first_calls_do_not_import_the_compiler() -> None:
    code = """
import sys, torch
from pyexplain import ops
ops.hidden_slopes(torch.randn(4, 6), torch.randn(6))
ops.adversarial_step(torch.randn(4, 6), 1.0)
g = torch.randn(4, 6)
ops.counterfactual_step(g, torch.zeros(4), torch.full_like(g, -1), torch.ones_like(g), 1.0, 0.1)
assert "torch._dynamo" not in sys.modules
torch.ops.pyexplain.hidden_slopes(torch.randn(4, 6), torch.randn(6))
assert "torch._dynamo" in sys.modules, "the registered operator no longer imports it: the detour may go"
"""
    done = warm().run("-c", code)
    assert done.returncode == 0, done.stderr


def test_neither_training_nor_recommending_nor_explaining_imports_the_compiler() -> None:
    """By the fused engine, by autograd, and by a loss of its own."""
    code = """
import sys
import pyexplain as px
from pyexplain.testing.worlds import small_world
data = small_world()
for method in ("car", "cnr", "nar"):
    run = px.train(data, explainer=method, dim=8, epochs=2, patience=0)
    user = data.users[int(data.train[0, 0])]
    (item, _), *_ = run.recommend(user, 3)
    run.explain(user, item)
    assert "torch._dynamo" not in sys.modules, method
for method in ("ncf", "lightgcn"):
    px.train(data, baseline=method, dim=8, epochs=1, patience=0)
    assert "torch._dynamo" not in sys.modules, method
"""
    done = warm().run("-c", code)
    assert done.returncode == 0, done.stderr


def test_both_ways_give_the_same_bits() -> None:
    direct, dispatched = ops.hidden_slopes(START, READOUT), torch.ops.pyexplain.hidden_slopes(START, READOUT)
    assert all(torch.equal(a, b) for a, b in zip(direct, dispatched, strict=True))


@pytest.mark.parametrize("wrap", ["compile", "vmap", "fake", "gradient"])
def test_whoever_watches_gets_the_registered_operator(wrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    real = alone

    def watched(arguments: object) -> bool:
        seen.append(real(arguments))  # type: ignore[arg-type]
        return seen[-1]

    monkeypatch.setattr("pyexplain.ops._torch_operator.alone", watched)
    if wrap == "gradient":
        with pytest.raises(RuntimeError):
            ops.hidden_slopes(START.clone().requires_grad_(), READOUT)[0].sum().backward()
    elif wrap == "fake":
        with FakeTensorMode():
            assert ops.hidden_slopes(torch.empty(4, 6), torch.empty(6))[0].shape == (4,)
    elif wrap == "vmap":
        found = torch.vmap(lambda start: ops.hidden_slopes(start, READOUT)[0])(START[None])
        assert torch.equal(found[0], torch.ops.pyexplain.hidden_slopes(START, READOUT)[0])
    else:
        compiled = torch.compile(lambda start: ops.hidden_slopes(start, READOUT)[0], backend="eager")
        assert torch.equal(compiled(START), ops.hidden_slopes(START, READOUT)[0])
        assert seen[-1]
        return
    assert seen == [False]


def test_plain_tensors_and_parameters_go_straight(monkeypatch: pytest.MonkeyPatch) -> None:
    made = TorchOperator.__new__(TorchOperator)
    made.function = lambda *arguments: "direct"  # type: ignore[assignment]
    made.registered = lambda *arguments: "dispatched"  # type: ignore[assignment]
    assert made(START, [READOUT], None, 3) == "direct"
    with torch.no_grad():
        assert made(torch.nn.Parameter(START)) == "direct"
    assert made(torch.nn.Parameter(START)) == "dispatched"
