"""The tables of the systems: NDCG by hand, rows of a small run, and what an attack on items' features takes."""

from __future__ import annotations

import re

import numpy as np
import pytest

from benchmarks.systems import attacked, explained, ndcg, row

from ..worlds import small_world


def test_ndcg_by_hand_with_ties_against_what_is_relevant() -> None:
    relevant = np.array([True, False, True])
    assert ndcg(np.array([3.0, 2.0, 1.0]), relevant) == pytest.approx((1 + 1 / 2) / (1 + 1 / np.log2(3)))
    assert ndcg(np.array([1.0, 1.0, 1.0]), relevant) == pytest.approx((1 / np.log2(3) + 1 / 2) / (1 + 1 / np.log2(3)))
    assert ndcg(np.array([1.0, 2.0, 3.0]), np.zeros(3, dtype=bool)) == 0


def test_a_row_has_each_figure_beside_its_best_control() -> None:
    for seeds in (1, 2):
        document = explained(small_world(), "amcf", seeds, 20, None)
        line = row("amcf", document)
        assert line.startswith("| `amcf` | ")
        assert line.count("(") == 4
        mean = sum(run["ranking"]["ndcg@10"] for run in document["runs"]) / seeds
        assert f"{mean:.3f}" in line.split("|")[2]
        assert len(re.findall(r"; [+-][.\d]+ \[[+-][.\d]+, [+-][.\d]+\]", line)) == 4


def test_attributions_which_no_row_shows_are_not_measured() -> None:
    document = explained(small_world(), "vbpr:gradient-input", 1, 10, None)
    assert document["runs"][0]["controls"]
    assert not document["runs"][0].get("attributions")


def test_who_explains_nothing_has_the_ranking_alone() -> None:
    line = row("bpr-mf", explained(small_world(), "bpr-mf", 1, 20, None))
    assert line.count("(") == 1
    assert line.endswith("|  |  |  |")


def test_an_attack_takes_more_than_chance() -> None:
    clean, *worst, drawn = attacked(small_world(), 0.0, 0)
    assert worst[-1] < min(clean, drawn)
    assert worst == sorted(worst, reverse=True)
