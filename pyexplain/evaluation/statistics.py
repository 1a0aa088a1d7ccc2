"""How sure a figure is: bootstrap intervals and randomisation tests over users, Holm's correction, mean and deviation over seeds.

Users are the units that are drawn: all pairs of one user move together. Every function has a generator of its own, from a seed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import UsageError
from ..metrics.types import Evaluation, Float

Int = npt.NDArray[np.int64]
RESAMPLES, LEVEL = 2000, 0.95
CELLS_AT_ONCE = 2**22


@dataclass(frozen=True)
class Interval:
    """An estimate and its interval."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


def _by_user(users: Int, columns: Float) -> tuple[Float, Float]:
    """Of each distinct user: sums of the columns [m, c] and how many rows [m, 1]."""
    order = np.argsort(users, kind="stable")
    _, starts, counts = np.unique(users[order], return_index=True, return_counts=True)
    return np.add.reduceat(columns[order], starts, axis=0), counts[:, None].astype(np.float64)


def _blocks(total: int, width: int) -> Iterator[int]:
    at_once = max(1, CELLS_AT_ONCE // max(1, width))
    for start in range(0, total, at_once):
        yield min(at_once, total - start)


def resampled_means(users: Int, columns: Float, seed: int, resamples: int) -> Float:
    """Means of the columns [n, c] when users are drawn with replacement, [resamples, c]; every column sees the same draws."""
    sums, counts = _by_user(users, columns)
    n, rng, means = len(sums), np.random.default_rng([seed, 11]), []
    for size in _blocks(resamples, n):
        drawn = rng.integers(0, n, (size, n)) + np.arange(size)[:, None] * n
        times = np.bincount(drawn.reshape(-1), minlength=size * n).reshape(size, n).astype(np.float64)
        means.append((times @ sums) / (times @ counts))
    return np.concatenate(means)


def bootstrap_columns(
    users: Int, columns: Float, seed: int = 0, resamples: int = RESAMPLES, level: float = LEVEL
) -> list[Interval]:
    """The mean of each column [n, c] and its percentile interval when users are drawn with replacement.

    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13. The mean is over all rows drawn, so users with
    more pairs weigh more, as in the figure itself. UsageError where there is no row.
    """
    if len(columns) == 0:
        raise UsageError("there is nothing to resample", hint="No user or pair could be judged.")
    tail = (1 - level) / 2
    low, high = np.quantile(resampled_means(users, columns, seed, resamples), [tail, 1 - tail], axis=0)
    return [Interval(*map(float, three)) for three in zip(columns.mean(axis=0), low, high, strict=True)]


def bootstrap(users: Int, values: Float, seed: int = 0, resamples: int = RESAMPLES, level: float = LEVEL) -> Interval:
    """The same for one column, values [n]."""
    return bootstrap_columns(users, values[:, None], seed, resamples, level)[0]


def paired_difference(ours: Evaluation, other: Evaluation, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """ours less other, of the same users or pairs in the same order, with its bootstrap interval over users."""
    _check_paired(ours, other)
    return bootstrap(ours.users, ours.values - other.values, seed, resamples)


def randomisation_test(ours: Evaluation, other: Evaluation, seed: int = 0, resamples: int = 9999) -> float:
    """Two-sided p of "the two are interchangeable": signs of the users' differences are flipped at random.

    Fisher's randomisation test; Smucker, Allan and Carterette, CIKM 2007. p = (1 + flips at least as far) / (1 + resamples).
    """
    _check_paired(ours, other)
    sums = _by_user(ours.users, (ours.values - other.values)[:, None])[0][:, 0]
    seen, rng, further = abs(sums.sum()), np.random.default_rng([seed, 12]), 0
    for size in _blocks(resamples, len(sums)):
        bits = np.unpackbits(rng.integers(0, 256, (size, (len(sums) + 7) // 8), dtype=np.uint8), axis=1)[:, : len(sums)]
        flipped = sums.sum() - 2 * (bits.astype(np.float32) @ sums.astype(np.float64))
        further += int((np.abs(flipped) >= seen * (1 - 1e-12)).sum())
    return (1 + further) / (1 + resamples)


def _check_paired(ours: Evaluation, other: Evaluation) -> None:
    if (ours.group, ours.metric, ours.protocol) != (other.group, other.metric, other.protocol):
        raise UsageError(
            f"cannot compare {ours.group} {ours.metric} ({ours.protocol}) with {other.group} {other.metric} ({other.protocol})"
        )
    if not np.array_equal(ours.users, other.users):
        raise UsageError(
            f"{ours.method} and {other.method} were not measured on the same users in the same order", where=ours.metric
        )


def holm(p_values: Sequence[float]) -> list[float]:
    """p values adjusted for being looked at together; Holm, Scandinavian Journal of Statistics 1979."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    steps = p[order] * (len(p) - np.arange(len(p)))
    out = np.empty_like(p)
    out[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    adjusted: list[float] = out.tolist()
    return adjusted


@dataclass(frozen=True)
class OverSeeds:
    """Mean and sample deviation (NaN of a single one) of the figures of n seeds."""

    mean: float
    deviation: float
    n: int


def over_seeds(values: Sequence[float]) -> OverSeeds:
    """Mean and deviation (n - 1) over seeds."""
    if not values:
        raise UsageError("there is no seed to average over")
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")
    return OverSeeds(float(np.mean(values)), deviation, len(values))


@dataclass(frozen=True)
class Gain:
    """How far a method is from the best control, in the direction that is better: positive is better than the control."""

    control: str
    difference: Interval

    @property
    def beats(self) -> bool:
        """Better than the best control, with an interval that excludes zero."""
        return self.difference.low > 0


def gains(
    ours: Sequence[Evaluation], controls: Sequence[Evaluation], seed: int = 0, resamples: int = RESAMPLES
) -> list[tuple[Evaluation, Gain]]:
    """Each figure against the best control in it, with an interval. Left out: figures that no control has on the same users (an
    explanation of an item's features is not measured where one of a user's is), or that are no mean."""
    found: list[tuple[Evaluation, Evaluation]] = []
    for mine in ours:
        named = [c for c in controls if (c.group, c.metric) == (mine.group, mine.metric) and c.averaged and len(c.values)]
        same = [c for c in named if np.array_equal(c.users, mine.users)]
        if same and mine.averaged and len(mine.values):
            found.append((mine, max(same, key=lambda c: _sign(mine) * c.value)))
            _check_paired(*found[-1])
    out = []
    for users, chosen in _grouped([mine for mine, _ in found]):
        columns = np.stack([_sign(found[c][0]) * (found[c][0].values - found[c][1].values) for c in chosen], axis=1)
        differences = bootstrap_columns(users, columns, seed, resamples)
        out += [(found[c][0], Gain(found[c][1].method, d)) for c, d in zip(chosen, differences, strict=True)]
    return out


def intervals(figures: Sequence[Evaluation], seed: int = 0, resamples: int = RESAMPLES) -> list[tuple[Evaluation, Interval]]:
    """The interval of each figure that is a mean of at least one value."""
    able = [f for f in figures if f.averaged and len(f.values)]
    out = []
    for users, chosen in _grouped(able):
        found = bootstrap_columns(users, np.stack([able[c].values for c in chosen], axis=1), seed, resamples)
        out += [(able[c], interval) for c, interval in zip(chosen, found, strict=True)]
    return out


def _sign(figure: Evaluation) -> float:
    return 1.0 if figure.direction == "higher" else -1.0


def _grouped(figures: Sequence[Evaluation]) -> list[tuple[Int, list[int]]]:
    """Figures of the same users together: they can share one set of draws."""
    groups: dict[bytes, list[int]] = {}
    for number, figure in enumerate(figures):
        groups.setdefault(figure.users.tobytes(), []).append(number)
    return [(figures[members[0]].users, members) for members in groups.values()]
