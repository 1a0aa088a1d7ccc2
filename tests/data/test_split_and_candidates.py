"""Splits, candidate lists and sampling of unliked items."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyexplain.data.candidates import NegativeSampler, draw_candidates
from pyexplain.data.split import all_train, carve_validation, split_pairs
from pyexplain.errors import UsageError


def pairs_of(sizes: list[int]) -> pd.DataFrame:
    users = np.repeat(np.arange(len(sizes)), sizes)
    return pd.DataFrame({"user": users, "item": np.arange(len(users)), "time": np.arange(len(users))})


def test_random_split_holds_out_a_fifth_of_each_user_and_nothing_of_single_pairs() -> None:
    labels = split_pairs(pairs_of([1, 2, 5, 10]), "random", seed=0)
    users = pairs_of([1, 2, 5, 10])["user"].to_numpy()
    assert [int((labels[users == u] == "test").sum()) for u in range(4)] == [0, 1, 1, 2]


def test_leave_last_tests_the_last_pair_and_validates_on_the_one_before() -> None:
    labels = split_pairs(pairs_of([1, 2, 4]), "leave-last", seed=0)
    assert labels.tolist() == ["train", "train", "test", "train", "train", "valid", "test"]


def test_leave_last_draws_among_pairs_of_one_moment_whatever_the_order_of_the_file() -> None:
    users = np.repeat([f"u{k}" for k in range(60)], 4)
    pairs = pd.DataFrame({"user": users, "item": np.tile(["a", "b", "c", "d"], 60), "time": np.tile([5, 9, 9, 9], 60)})
    pairs["part"] = split_pairs(pairs, "leave-last", seed=0)
    turned = pairs.sample(frac=1, random_state=1).reset_index(drop=True)
    assert (split_pairs(turned, "leave-last", seed=0) == turned["part"]).all()
    tested = pairs.loc[pairs["part"] == "test", "item"].value_counts()
    assert set(tested.index) == {"b", "c", "d"}, "the last moment tests, and each of its pairs may"
    assert tested.min() >= 10
    assert (split_pairs(pairs, "leave-last", seed=1) != pairs["part"]).any()


def test_temporal_split_never_trains_on_what_comes_after_a_test_pair() -> None:
    frame = pairs_of([7, 9, 4]).sample(frac=1, random_state=1).reset_index(drop=True)
    labels = split_pairs(frame, "temporal", seed=0)
    assert frame["time"][labels == "train"].max() < frame["time"][labels == "valid"].min()
    assert frame["time"][labels == "valid"].max() < frame["time"][labels == "test"].min()


def test_unknown_split_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="random, temporal, leave-last"):
        split_pairs(pairs_of([3]), "weekly", seed=0)


def test_validation_never_takes_a_users_last_training_pair() -> None:
    users = np.repeat(np.arange(200), np.tile([1, 2, 3, 4], 50))
    labels = carve_validation(users, np.full(len(users), "train", dtype=object), seed=3)
    left = np.bincount(users[labels == "train"], minlength=200)
    assert left.min() >= 1
    assert (labels == "valid").sum() == round(0.1 * len(users))


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(2, 9))
def test_sampled_items_are_never_liked_and_cover_all_unliked(seed: int, n_users: int, n_items: int) -> None:
    rng = np.random.default_rng(seed)
    dense = rng.random((n_users, n_items)) < 0.5
    dense[:, 0] = False  # everybody has at least one item left
    sampler = NegativeSampler(np.argwhere(dense), n_users, n_items)
    for user in range(n_users):
        picked = sampler.pick(np.full(sampler.counts[user], user), np.arange(sampler.counts[user]))
        assert picked.tolist() == np.flatnonzero(~dense[user]).tolist()
    users = rng.integers(0, n_users, 50)
    assert not dense[users, sampler.sample(users, rng)].any()


def test_candidate_lists_hold_the_positives_shuffled_among_items_never_liked() -> None:
    liked = np.array([[u, i] for u in range(40) for i in range(u % 5 + 1)])
    test = np.array([[u, 0] for u in range(40)])
    lists = draw_candidates(test, liked, 40, 150, size=20, seed=0)
    assert lists.relevant.sum(axis=1).tolist() == [1] * 40
    assert (lists.items[lists.relevant] == 0).all()
    for user, row, marks in zip(lists.users, lists.items, lists.relevant, strict=True):
        assert len(set(row.tolist())) == 20
        assert not set(row[~marks].tolist()) & set(range(user % 5 + 1))
    assert np.argmax(lists.relevant, axis=1).std() > 2, "positives stand anywhere in the list"


def test_lists_are_short_and_filled_up_when_the_catalogue_is_tiny() -> None:
    lists = draw_candidates(np.array([[0, 1]]), np.array([[0, 1], [0, 2]]), 1, 5, size=10, seed=0)
    assert sorted(lists.items[0, :4].tolist()) == [0, 1, 3, 4]
    assert (lists.items[0, 4:] == -1).all()


def test_labels_are_one_string_however_many_they_are() -> None:
    labels = all_train(1000)
    assert set(labels) == {"train"}
    assert len({id(label) for label in labels}) == 1
