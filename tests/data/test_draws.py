"""Generators in lockstep draw what numpy's draw, each by itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyexplain.data import draws
from pyexplain.data.candidates import NegativeSampler, draw_candidates
from pyexplain.data.room import Room
from pyexplain.data.streams import Streams

USERS = np.array([0, 1, 77, 2**31 + 5, 2**32 - 1])


@pytest.mark.parametrize("seed", [0, 5, 2**40 + 7, 2**62 + 1])
def test_seeds_and_draws_are_numpys(seed: int) -> None:
    counts = np.array([40, 41, 5_000, 10_000, 123_456])
    streams = Streams([seed, 3], USERS)
    ranks, order = streams.choice(counts, 39), streams.permutation(50)
    for at, (user, count) in enumerate(zip(USERS.tolist(), counts.tolist(), strict=True)):
        rng = np.random.default_rng([seed, 3, user])
        assert ranks[:, at].tolist() == rng.choice(count, 39, replace=False).tolist()
        assert order[:, at].tolist() == rng.permutation(50).tolist()


def test_who_draws_once_more_is_known() -> None:
    """Of three quarters of all numbers of 32 bits, a quarter is thrown away."""
    bound, users = 3 * 2**30, np.arange(400)
    streams = Streams([0], users)
    drawn = streams.below(np.uint64(bound))
    rngs = [np.random.default_rng([0, user]) for user in users.tolist()]
    same = np.array([rng.integers(bound, dtype=np.uint32) for rng in rngs]) == drawn
    assert 60 < streams.odd.sum() < 140
    assert (same == ~streams.odd).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**63 - 1), st.integers(0, 30), st.integers(0, 4), st.sampled_from([30, 31, 200, 9_999, 10_001, 3_000_000]))
def test_each_user_draws_as_if_alone(seed: int, wanted: int, kept: int, least: int) -> None:
    users = np.arange(100) * 3
    counts = least + np.arange(100) % 7
    ranks, order = draws.draw_of_each([seed, 3], users, counts, wanted, wanted + kept)
    for at, (user, count) in enumerate(zip(users.tolist(), counts.tolist(), strict=True)):
        rng = np.random.default_rng([seed, 3, user])
        assert ranks[at].tolist() == rng.choice(count, wanted, replace=False).tolist()
        assert order[at].tolist() == rng.permutation(wanted + kept).tolist()


@pytest.mark.parametrize("broken", ["choice", "permutation"])
def test_numpy_has_the_last_word(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it draws otherwise than we do, all is drawn by it; and what is out of step always is."""
    given = [0, 3], np.arange(100), np.full(100, 2**32 - 5), 20, 21
    wanted = draws.draw_of_each(*given)
    monkeypatch.setattr(draws, "WORTH", 1000)
    alone = draws.draw_of_each(*given)
    monkeypatch.undo()
    drawn = getattr(Streams, broken)
    monkeypatch.setattr(Streams, broken, lambda *told: drawn(*told)[::-1])
    for found in (alone, draws.draw_of_each(*given)):
        assert all(np.array_equal(one, other) for one, other in zip(found, wanted, strict=True))


def test_lists_do_not_move_with_how_many_are_drawn_together(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    liked = np.unique(np.stack([(rng.pareto(1.5, 6_000) * 60).astype(int) % 900, rng.integers(0, 500, 6_000)], axis=1), axis=0)
    one = draw_candidates(liked[::5], liked, 900, 500, 50, 1)
    monkeypatch.setattr("pyexplain.data.candidates.BLOCK", 100)
    monkeypatch.setattr(draws, "WORTH", 10**9)
    other = draw_candidates(liked[::5], liked, 900, 500, 50, 1)
    assert np.array_equal(one.items, other.items)
    assert np.array_equal(one.relevant, other.relevant)
    assert len(np.unique(one.relevant.sum(axis=1))) > 3


def test_ranks_of_many_are_those_of_each() -> None:
    """Of users who liked little, and of users who liked much."""
    liked = np.array([[user, item] for user in range(40) for item in range(0, user * 3, 2)])
    sampler = NegativeSampler(liked, 40, 200)
    users, ranks = np.arange(40), np.tile(np.arange(80), (40, 1))
    assert np.array_equal(sampler.pick_many(users, ranks), sampler.pick(users[:, None], ranks))


def test_a_sampler_of_several_arrays_is_that_of_all_pairs() -> None:
    rng = np.random.default_rng(2)
    parts = [rng.integers(0, 30, (count, 2)) for count in (200, 0, 70)]
    one, other = NegativeSampler(np.concatenate(parts), 35, 30), NegativeSampler.of(parts, 35, 30, Room(8))
    for name in ("keys", "starts", "counts"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    assert len(one.keys) < 270
