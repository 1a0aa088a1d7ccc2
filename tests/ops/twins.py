"""Twins in plain torch, by the operator's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pyexplain.data.sparse import SparseRows
from pyexplain.explainers.counterfactual import affine, working_set
from pyexplain.explainers.counterfactual.affine import Stages
from pyexplain.explainers.counterfactual.restricted import flip_twin, restricted_twin
from pyexplain.explainers.counterfactual.settings import Box, SolverSettings
from pyexplain.margin.affine import Tangent
from pyexplain.ops.operators import OPERATORS
from pyexplain.ops.solve_widening import Sets, Widening


def twin(name: str) -> Callable[..., Any]:
    """What stands beside the operator's native code."""
    given = {"cheapest_flip": flip_twin, "solve_narrow": restricted_twin, "solve_widening": widening_twin}
    if name in given:
        return given[name]
    (found,) = (one.twin for one in OPERATORS if one.name == name)
    return found


def widening_twin(of: Widening, sets: Sets, steps: int, weights: list[float]) -> SparseRows:
    """The stages of the solver, with many rows at once."""
    l1, l2, gamma = weights
    own = {(0, 1, 2, 3): "first", (0, 1): "only", (2, 3): "any"}[sets.stages]
    settings = SolverSettings(own=own, l1=l1, l2=l2, margin=gamma, steps=steps)
    box = Box(of.most, allowed=of.allowed)
    work = working_set.WorkingSet.of(of.own, of.gradient, box)
    with pytest.MonkeyPatch.context() as patched:
        for module in (affine, working_set):
            patched.setattr(module, "WIDEST", sets.few)
        patched.setattr(affine, "MANY", sets.many)
        return Stages(Tangent(of.value, of.slope, of.layer), settings, box, of.has, work, sets.widest).run()[0]
