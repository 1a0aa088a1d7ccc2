"""Correlations and maps by hand-computed cases, and both figures from a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pyexplain.data.sparse import SparseRows
from pyexplain.recommenders.options import RunOptions
from pyexplain.registry import Registry, load_registry
from pyexplain.reproduce.figures import centre_distances, check_claims, embed, mean_correlations, unit_rows
from pyexplain.reproduce.paper import read_target
from pyexplain.reproduce.reproduce import Wanted, reproduce

from .folders import authors_folder

SMALL = {"dim": 4, "epochs": 1}


def result(path: Path, name: str, registry: Registry | None = None, seeds: int = 1) -> Any:
    return reproduce([name], Wanted(authors_folder(path / "p"), seeds=seeds, settings=SMALL), RunOptions(threads=1), registry)[0]


def test_correlations_are_pearsons_of_each_user_averaged() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.random((700, 6)), rng.random((700, 6))
    found = mean_correlations({"a": SparseRows.from_dense(a), "b": SparseRows.from_dense(b)})
    by_hand = np.mean([np.corrcoef(x, y)[0, 1] for x, y in zip(a, b, strict=True)])
    assert found[0, 1] == pytest.approx(by_hand, abs=1e-6)
    assert np.diag(found) == pytest.approx([1, 1])


def test_a_user_without_an_explanation_counts_as_no_correlation() -> None:
    a = SparseRows.from_dense([[1.0, 2.0, 4.0], [1.0, 2.0, 4.0]])
    b = SparseRows.from_dense([[1.0, 2.0, 4.0], [0.0, 0.0, 0.0]])
    assert mean_correlations({"a": a, "b": b})[0, 1] == pytest.approx(0.5)


def test_claims_agree_where_all_their_comparisons_do() -> None:
    target, labels = read_target("figure4"), ("GT", "NAR", "CAR", "CNR")
    mean = np.array([[1, 0.3, 0.1, 0.2], [0.3, 1, 0.2, 0.6], [0.1, 0.2, 1, 0.2], [0.2, 0.6, 0.2, 1]])
    assert [claim.agrees for claim in check_claims(target, labels, mean)] == [True, True, True]
    mean[0, 3] = mean[3, 0] = 0.05
    assert [claim.agrees for claim in check_claims(target, labels, mean)] == [False, True, True]
    assert check_claims(target, labels[:3], mean)[0].agrees is None


def test_distances_are_between_centres_in_units_of_the_spread() -> None:
    points = {"a": np.array([[0.0, 1.0], [0.0, -1.0]]), "b": np.array([[4.0, 1.0], [4.0, -1.0]])}
    assert centre_distances(points)[0, 1] == pytest.approx(4 / np.sqrt(5))


def test_the_map_puts_unlike_vectors_apart_and_is_the_same_again() -> None:
    pytest.importorskip("sklearn")
    rng = np.random.default_rng(1)
    vectors = {name: unit_rows(np.eye(8)[[k] * 20] + 0.05 * rng.random((20, 8))) for k, name in enumerate("abc")}
    first, again = embed(vectors, 3), embed(vectors, 3)
    assert all(np.array_equal(first[name], again[name]) for name in vectors)
    centres = {name: points.mean(axis=0) for name, points in first.items()}
    for name, points in first.items():
        nearest = min(centres, key=lambda other: float(np.linalg.norm(points - centres[other], axis=1).mean()))
        assert nearest == name


def test_figure_4_has_truth_methods_and_controls_and_the_echo_is_the_truth(tmp_path: Path) -> None:
    found = result(tmp_path, "figure4", seeds=2)
    assert found.labels[:4] == ("GT", "NAR", "CAR", "CNR")
    assert set(found.labels[4:]) == set(found.controls) == {"random", "popularity", "echo", "item-popularity"}
    assert np.allclose(found.mean, found.mean.T)
    assert found.mean[0, found.labels.index("echo")] == pytest.approx(1, abs=1e-3)
    assert found.deviation[0, found.labels.index("random")] > 0
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert document["protocol"] == "paper"
    assert len(document["mean"]) == 8
    assert len(found.to_frame()) == 64


def test_figure_5_has_a_point_for_every_user_and_label(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    found = result(tmp_path, "figure5")
    assert {label: points.shape for label, points in found.points.items()} == dict.fromkeys(found.labels, (24, 2))
    assert len(found.to_frame()) == 24 * 8
    assert found.heading.seeds == (0,)
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_method_that_is_missing_is_left_out_and_written_down(tmp_path: Path) -> None:
    whole = load_registry()
    gone = Registry(tuple(r for r in whole.found if r.name != "cnr"), whole.failures)
    found = result(tmp_path, "figure4", gone)
    assert "CNR" not in found.labels
    assert "cnr" in found.failures["CNR"]
    assert None in {claim.agrees for claim in found.claims}
