"""A profile is answered as the same user of the data set is, by whoever keeps nothing of users; the others refuse."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import pyexplain as px
from pyexplain.profile import Profile, with_profile
from tests.cli.conftest import good
from tests.cli.conftest import run as command
from tests.worlds import small_world

USER = 7


def profile_of(data: px.Dataset, user: int) -> Profile:
    """What the data set knows of a user, said as a profile."""
    likes = [data.items[i] for i in data.train[data.train[:, 0] == user, 1].tolist()]
    assert data.user_mentions is not None
    columns, counts = data.user_mentions.counts.row(user)
    return Profile(likes, {data.features[k]: n for k, n in zip(columns.tolist(), counts.tolist(), strict=True)})


@pytest.mark.parametrize("kinds", [("word", "history"), ("word",), ("history",)])
def test_hybrid_answers_a_profile_as_the_user_in_the_data(kinds: tuple[str, ...]) -> None:
    run = px.train(small_world(), explainer="hybrid", kinds=kinds, dim=8, epochs=3)
    for user in (USER, 0, 21):
        name, profile = run.data.users[user], profile_of(small_world(), user)
        wanted = run.recommend(name, 6)
        assert run.recommend(profile, 6) == wanted
        item = wanted[1][0]
        one, two = run.explain(name, item, quotes="none").to_dict(), run.explain(profile, item, quotes="none").to_dict()
        for key in ("item", "against", "rank_before", "rank_after", "margin_before", "margin_after", "valid", "features"):
            assert json.dumps(one[key]) == json.dumps(two[key]), key


@pytest.mark.parametrize("method", ["ease", "item-knn", "fism", "mult-vae"])
def test_so_do_sums_over_the_history(method: str) -> None:
    run = px.train(small_world(), baseline=method)
    assert run.recommend(profile_of(small_world(), USER), 6) == run.recommend(run.data.users[USER], 6)


@pytest.mark.parametrize("method", ["vbpr", "ncf", "lightgcn"])
def test_who_keeps_something_of_users_refuses_and_says_who_can(method: str) -> None:
    run = px.train(small_world(), baseline=method, dim=4, epochs=1)
    with pytest.raises(px.UsageError, match=method) as error:
        run.recommend(Profile(likes=[run.data.items[0]]))
    assert "hybrid" in str(error.value)
    assert "ease" in str(error.value)


def test_the_row_of_a_profile_is_that_of_the_user_with_equation_1_too() -> None:
    data = small_world().with_kinds(("word", "history"))
    grown = with_profile(data, profile_of(small_world(), USER))
    assert grown.n_users == data.n_users + 1
    for mine, theirs in zip(grown.user_features.row(data.n_users), data.user_features.row(USER), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6)
    again = with_profile(replace(data, users=grown.users.select(range(data.n_users - 1, -1, -1))), Profile())
    assert again.users[data.n_users] == "profile"


def test_what_is_not_there_or_no_amount_is_refused(tmp_path: Path) -> None:
    data = small_world()
    with pytest.raises(px.DataError, match="nothing-like-it"):
        with_profile(data, Profile(likes=["nothing-like-it"]))
    with pytest.raises(px.DataError, match="no such word"):
        with_profile(data, Profile(words={"no such word": 1}))
    for amount in (0, -1, float("nan"), True, "much"):
        with pytest.raises(px.UsageError):
            Profile(words={"f1": amount})  # type: ignore[dict-item]
    with pytest.raises(px.UsageError, match="one text"):
        Profile(likes="i001")
    path = tmp_path / "profile.json"
    for text in ('{"liked": []}', '{"likes": [3.5]}', '{"likes": "i001"}', '{"words": ["a"]}', "[]", "{"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(px.DataError):
            with_profile(data, Profile.read(path))


def test_the_command_line_takes_a_file(tmp_path: Path) -> None:
    px.data.save_dataset(small_world(), tmp_path / "data")
    run = px.train(tmp_path / "data", explainer="hybrid", dim=8, epochs=2)
    run.save(tmp_path / "run")
    profile, path = profile_of(small_world(), USER), tmp_path / "me.json"
    path.write_text(json.dumps({"likes": list(profile.likes), "words": dict(profile.words)}), encoding="utf-8")
    told = json.loads(good("recommend", tmp_path / "run", "--profile", path, "-k", 3, "--json").stdout)
    wanted = run.recommend(run.data.users[USER], 3)
    assert [one["item"] for one in told["items"]] == [item for item, _ in wanted]
    asked = good("explain", tmp_path / "run", "--profile", path, "--item", wanted[0][0], "--json").stdout
    assert json.loads(asked)["item"] == wanted[0][0]
    assert command("recommend", str(tmp_path / "run")).exit_code == 2
    assert command("recommend", str(tmp_path / "run"), "--user", "u001", "--profile", str(path)).exit_code == 2
