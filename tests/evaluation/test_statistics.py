"""Intervals, tests and corrections, against scipy where it has them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from pyexplain.errors import UsageError
from pyexplain.evaluation.compare import compare_methods, mean_over_seeds, summarise_seeds
from pyexplain.evaluation.statistics import (
    bootstrap,
    gains,
    holm,
    intervals,
    over_seeds,
    paired_difference,
    randomisation_test,
    resampled_means,
)
from pyexplain.metrics.types import Evaluation


def figure(method: str, values: np.ndarray, users: np.ndarray | None = None, **more: object) -> Evaluation:
    users = np.arange(len(values)) if users is None else users
    kept = {"group": "g", "metric": "m", "protocol": "heldout", "direction": "higher"} | more
    return Evaluation(method, value=float(values.mean()), users=users, values=values, **kept)  # type: ignore[arg-type]


def test_bootstrap_like_scipy() -> None:
    """One value a user: the percentile interval of the mean, up to the error of resampling."""
    values = np.random.default_rng(0).exponential(1, 400)
    ours = bootstrap(np.arange(400), values, resamples=8000)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=8000, method="percentile", rng=1).confidence_interval
    spread = theirs.high - theirs.low
    assert ours.value == pytest.approx(values.mean())
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.06 * spread)


def test_users_are_drawn_not_pairs() -> None:
    """Ten equal values of each of 40 users are as good as one value each: the interval must not shrink."""
    values = np.random.default_rng(1).normal(0, 1, 40)
    one = bootstrap(np.arange(40), values, resamples=4000)
    many = bootstrap(np.repeat(np.arange(40), 10), np.repeat(values, 10), resamples=4000)
    assert (many.low, many.high) == pytest.approx((one.low, one.high))


def test_users_with_more_pairs_weigh_more() -> None:
    """Nine ones of user 0, one zero of user 1: a draw has mean 0, 0.9 or 1."""
    users, values = np.array([0] * 9 + [1]), np.array([1.0] * 9 + [0.0])
    assert set(resampled_means(users, values[:, None], 0, 500).ravel().tolist()) == {0.0, 0.9, 1.0}
    found = bootstrap(users, values, resamples=500)
    assert (found.value, found.low, found.high) == (0.9, 0.0, 1.0)


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(2).random(50)
    assert bootstrap(np.arange(50), values, seed=3) == bootstrap(np.arange(50), values, seed=3)
    assert bootstrap(np.arange(50), values, seed=3) != bootstrap(np.arange(50), values, seed=4)


def test_intervals_of_many_figures_equal_those_of_each() -> None:
    rng = np.random.default_rng(4)
    figures = [figure(f"m{n}", rng.random(30)) for n in range(3)] + [figure("other", rng.random(20))]
    each = {f.method: i for f, i in intervals(figures)}
    for f in figures:
        alone = bootstrap(f.users, f.values)
        assert (each[f.method].low, each[f.method].high) == pytest.approx((alone.low, alone.high))


def test_an_interval_covers_the_truth_as_often_as_it_says() -> None:
    """200 samples of 60 values: a 95 % interval covers the true mean about 190 times."""
    rng = np.random.default_rng(5)
    found = [bootstrap(np.arange(60), rng.normal(2, 1, 60), seed=s, resamples=400) for s in range(200)]
    assert 178 <= sum(i.low <= 2 <= i.high for i in found) <= 199


@pytest.mark.parametrize("shift", [0.0, 0.15, 0.3])
def test_randomisation_like_scipy(shift: float) -> None:
    rng = np.random.default_rng(6)
    a, b = rng.normal(shift, 1, 120), rng.normal(0, 1, 120)
    ours = randomisation_test(figure("a", a), figure("b", b), resamples=9999)
    theirs = stats.permutation_test((a, b), lambda x, y: np.mean(x - y), permutation_type="samples", n_resamples=9999, rng=7).pvalue
    assert ours == pytest.approx(theirs, abs=0.02)


def test_randomisation_by_hand() -> None:
    """Three users, all differences 1: of the 8 sign patterns 2 are as far out."""
    ours = randomisation_test(figure("a", np.ones(3)), figure("b", np.zeros(3)), resamples=20_000)
    assert ours == pytest.approx(2 / 8, abs=0.02)
    assert randomisation_test(figure("a", np.ones(3)), figure("b", np.ones(3))) == 1


def test_holm_by_hand_and_like_statsmodels() -> None:
    """.01 x 4, .02 x 3, .03 x 2, .04 x 1, made monotone: .04 .06 .06 .06."""
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_over_seeds() -> None:
    found = over_seeds([1.0, 2.0, 3.0])
    assert (found.mean, found.deviation, found.n) == (2, 1, 3)
    assert math.isnan(over_seeds([1.0]).deviation)


def test_the_gain_is_over_the_best_control() -> None:
    rng = np.random.default_rng(8)
    base = rng.random(200)
    ours, weak, strong = figure("ours", base + 0.2), figure("weak", base - 0.1), figure("strong", base + 0.1)
    [(of, found)] = gains([ours], [weak, strong])
    assert of is ours
    assert (found.control, found.beats) == ("strong", True)
    assert found.difference.value == pytest.approx(0.1)
    [(_, lost)] = gains([weak], [strong])
    assert not lost.beats
    assert lost.difference.high < 0


def test_the_gain_knows_that_lower_may_be_better() -> None:
    low, high = (figure(name, np.full(50, v), direction="lower") for name, v in (("low", 1.0), ("high", 3.0)))
    [(_, found)] = gains([low], [high])
    assert found.beats
    assert found.difference.value == 2
    [(_, best)] = gains([high], [figure("worse", np.full(50, 9.0), direction="lower"), low])
    assert best.control == "low"


def test_figures_that_cannot_be_paired() -> None:
    a, b = figure("a", np.ones(3)), figure("b", np.ones(3), users=np.array([0, 1, 5]))
    with pytest.raises(UsageError, match="same users"):
        paired_difference(a, b)
    with pytest.raises(UsageError, match="cannot compare"):
        paired_difference(a, figure("b", np.ones(3), protocol="paper"))
    assert gains([a], [figure("b", np.ones(3), metric="other")]) == []
    assert gains([figure("median", np.ones(3), averaged=False)], [a]) == []
    with pytest.raises(UsageError, match="nothing"):
        bootstrap(np.zeros(0, np.int64), np.zeros(0))


def test_methods_are_compared_by_their_mean_over_seeds() -> None:
    rng = np.random.default_rng(9)
    base = rng.random(150)
    runs = {"a": [figure("a", base + 0.3 + d) for d in (-0.1, 0.1)], "b": [figure("b", base)], "c": [figure("c", base + 0.3)]}
    found = {(c.first, c.second): c for c in compare_methods(runs, {"g m"})}
    assert found[("a", "b")].difference.value == pytest.approx(0.3)
    assert found[("a", "b")].p_holm < 0.01
    assert found[("a", "c")].p_holm == 1
    assert all(c.p <= c.p_holm for c in found.values())
    assert compare_methods(runs, set()) == []
    [(method, _, _, over)] = summarise_seeds(runs)
    assert (method, over.n, over.deviation) == ("a", 2, pytest.approx(0.2 / math.sqrt(2)))


def test_a_mean_over_seeds_needs_the_same_users() -> None:
    first, second, other = (
        figure("a", np.array([0.0, 1.0])),
        figure("a", np.array([1.0, 1.0])),
        figure("a", np.ones(2), users=np.array([0, 9])),
    )
    [mean] = mean_over_seeds([first, second])
    assert (mean.values.tolist(), mean.value) == ([0.5, 1.0], 0.75)
    assert mean_over_seeds([first, other]) == []
    assert mean_over_seeds([figure("a", np.ones(2), averaged=False)]) == []


def test_the_gain_of_a_mean_is_surer_than_that_of_a_run() -> None:
    rng = np.random.default_rng(2)
    base = rng.random(200)
    runs = [figure("a", base + 0.05 + rng.normal(0, 0.6, 200)) for _ in range(9)]
    widths = [
        found.difference.high - found.difference.low
        for _, found in (*gains(runs[:1], [figure("c", base)]), *gains(mean_over_seeds(runs), [figure("c", base)]))
    ]
    assert widths[1] < widths[0] / 2
