"""One seeded run of each method gives the pinned figures: what is meant to change nothing changes nothing."""

from __future__ import annotations

import copy

import pytest

from . import pinned
from .compare import ABSOLUTE, RELATIVE, differences
from .runs import method_names

AGAIN = "meant to change? python -m tests.golden --write NAME..."


@pytest.mark.slow
def test_every_method_gives_the_pinned_figures() -> None:
    lines = pinned.check(method_names())
    assert not lines, "\n".join([*lines, AGAIN])


def test_what_is_pinned_are_the_built_in_methods() -> None:
    assert sorted(pinned.read()["runs"]) == method_names(), AGAIN


def test_each_pinned_figure_is_looked_at() -> None:
    for name, figures in pinned.read()["runs"].items():
        for key, value in figures.items():
            changed = copy.deepcopy(figures)
            changed[key] = f"{value}0" if key == "hash" else [v + 1 for v in value] if key == "loss" else value * 1.5 + 1
            for exact in (True, False):
                moved = value != [] and (exact or key != "hash")  # bits are of the machine that made them
                assert bool(differences(name, figures, changed, exact=exact)) == moved
            assert differences(name, figures, {k: v for k, v in figures.items() if k != key}, exact=False)


def test_tolerances_are_for_other_machines_and_for_every_figure() -> None:
    figures = {**dict.fromkeys(ABSOLUTE, 0.5), **dict.fromkeys(RELATIVE, 1.0), "hash": "a"}
    near = {key: value * (1 + 1e-7) if key != "pairs" else value for key, value in figures.items() if key != "hash"} | {"hash": "b"}
    assert not differences("m", figures, near, exact=False)
    assert len(differences("m", figures, near, exact=True)) == len(figures) - 1
