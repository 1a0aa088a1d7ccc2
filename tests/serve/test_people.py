"""Somebody with something changed is answered as a user would be who had been so from the start."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

import pyexplain as px
from pyexplain.data.people import with_people
from pyexplain.data.settings import user_strength
from pyexplain.data.sparse import SparseRows
from pyexplain.present.documents import ExplanationDocument
from pyexplain.serve.documents import FeaturesDocument, PersonDocument
from pyexplain.serve.people import People
from pyexplain.serve.person import Change, changed
from pyexplain.serve.questions import ChangedQuestion
from pyexplain.serve.served import Served
from tests.worlds import small_world

from .conftest import Ask
from .test_app import USER, got, refused


@pytest.fixture(scope="module")
def run() -> px.Run:
    """A recommender that keeps nothing of users' identities."""
    return px.train(small_world(), explainer="hybrid", epochs=3, dim=8)


@pytest.fixture(scope="module")
def readable(asking: Ask, run: px.Run) -> TestClient:
    return asking(lambda: Served.of(run, None))


def person(client: TestClient, **asked: Any) -> dict[str, Any]:
    answer = client.post("/person", json=asked)
    assert answer.status_code == 200, answer.text
    PersonDocument.model_validate_json(answer.text)
    found: dict[str, Any] = answer.json()
    return found


def test_without_a_change_it_is_the_user(readable: TestClient, client: TestClient) -> None:
    for asked in (readable, client):
        found = person(asked, user=USER, k=5, explain=True)
        assert found["recommendations"] == asked.get("/recommend", params={"user": USER, "k": 5, "explain": True}).json()
        assert all(entry["before"] == entry["now"] for entry in found["places"] + found["person"]["features"])
        assert [entry["now"] for entry in found["places"]] == [1, 2, 3, 4, 5]
        assert {entry["state"] for entry in found["person"]["likes"]} == {"kept"}


def test_a_profile_that_says_the_same_is_answered_the_same(readable: TestClient) -> None:
    """Struck and put in, taken away and said: as /profile answers who was like that from the start."""
    who = person(readable, user=USER)["person"]
    likes, words = [entry["item"] for entry in who["likes"]], {entry["feature"]: entry["now"] for entry in who["features"]}
    gone, new = likes[0], next(item for item in ("i000", "i001", "i002", "i003", "i004", "i005") if item not in likes)
    lost = next(iter(words))
    found = person(readable, user=USER, struck=[gone], liked=[new], words={lost: 0, "f7": 4}, k=6)
    said = {"likes": [*likes[1:], new], "words": {**words, "f7": 4.0}, "k": 6}
    del said["words"][lost]  # type: ignore[attr-defined]
    profile = readable.post("/profile", json=said).json()
    close = [(entry["item"], pytest.approx(entry["score"], abs=1e-5)) for entry in profile["items"]]
    assert [(entry["item"], entry["score"]) for entry in found["recommendations"]["items"]] == close
    states = {entry["item"]: entry["state"] for entry in found["person"]["likes"]}
    assert (states[gone], states[new], states[likes[1]]) == ("struck", "added", "kept")
    amounts = {entry["feature"]: (entry["before"], entry["now"]) for entry in found["person"]["features"]}
    assert amounts[lost] == (words[lost], 0.0)
    assert amounts["f7"][1] == 4.0


def test_places_are_those_of_both_rankings(readable: TestClient) -> None:
    liked = person(readable, user=USER)["person"]["likes"][0]["item"]
    found = person(readable, user=USER, struck=[liked], words={"f1": 3}, k=5)
    full = {
        name: [entry["item"] for entry in person(readable, user=USER, k=30, **change)["recommendations"]["items"]]
        for name, change in (("before", {}), ("now", {"struck": [liked], "words": {"f1": 3}}))
    }
    shown = {entry["item"] for entry in found["places"]}
    assert shown == {*full["before"][:5], *full["now"][:5]}
    for entry in found["places"]:
        for name, ranking in full.items():
            place = entry[name]
            assert place is None if entry["item"] not in ranking else ranking[place - 1] == entry["item"]
    assert liked in full["now"]
    assert liked not in full["before"]


def test_who_is_nobody_yet_picks_what_they_like(readable: TestClient) -> None:
    nobody = person(readable, user=None)
    assert (nobody["person"]["user"], nobody["person"]["likes"], nobody["person"]["features"]) == (None, [], [])
    found = person(readable, liked=["i001", "i002"], words={"f0": 2}, k=4, explain=True)
    profile = {"likes": ["i001", "i002"], "words": {"f0": 2}, "k": 4}
    same = readable.post("/profile", json=profile).json()["items"]
    assert [entry["item"] for entry in found["recommendations"]["items"]] == [entry["item"] for entry in same]


def test_reasons_are_of_the_change(readable: TestClient) -> None:
    item = person(readable, user=USER)["recommendations"]["items"][-1]["item"]
    answer = readable.post("/person/explain", json={"user": USER, "item": item, "words": {"f0": 0, "f1": 0}})
    found = ExplanationDocument.model_validate_json(answer.text).model_dump()
    assert not {"f0", "f1"} & {s["feature"]["name"] for s in found["statements"] if s["kind"] == "reason"}
    last = person(readable, user=USER, k=30)["recommendations"]["items"][-1]["item"]
    assert readable.post("/person/explain", json={"user": USER, "item": last}).json()["why_not"]


def test_who_knows_users_by_their_identity_answers_about_words_and_not_about_likes(client: TestClient, trained: px.Run) -> None:
    assert person(client, user=USER)["person"]["may_change"] == {"likes": False, "features": True}
    refused(client.post("/person", json={"user": USER, "struck": [str(trained.data.items[0])], "liked": ["i001"]}), 422, "hybrid")
    refused(client.post("/person", json={}), 422, "hybrid")
    found = person(client, user=USER, words={"f2": 5}, k=30)
    user, data = trained.data.users.index(USER), trained.data
    rows = data.user_features.select(np.array([user])).dense()
    rows[0, data.features.index("f2")] = user_strength(5, 5.0)
    scores = trained.order.scores(np.array([user]), SparseRows.from_dense(rows))[0]
    for entry in found["recommendations"]["items"]:
        assert entry["score"] == pytest.approx(float(scores[data.items.index(entry["item"])]), abs=1e-3)


def test_where_words_do_not_count_it_says_so(asking: Ask) -> None:
    for method, likes in (("ease", True), ("bpr-mf", False)):
        run = px.train(small_world(), baseline=method)
        found = person(asking(lambda run=run: Served.of(run, None)), user=USER)
        assert found["person"]["may_change"] == {"likes": likes, "features": False}


def test_words_are_found(readable: TestClient) -> None:
    found = got(readable, "/features", FeaturesDocument, search="F1")
    assert [(entry["kind"], entry["feature"]) for entry in found["features"]] == [("word", "f1")]
    assert got(readable, "/features", FeaturesDocument, k=3)["found"] == 8


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"user": "nobody-knows"}, ["unknown user"]),
        ({"liked": ["nothing"]}, ["nothing"]),
        ({"struck": ["nothing"]}, ["nothing"]),
        ({"words": {"nothing": 1}}, ["nothing"]),
        ({"words": {"f0": -1}}, ["body.words.f0"]),
        ({"words": {"f0": 1e9}}, ["body.words.f0"]),
        ({"attributes": {"f0": 1}}, ["f0"]),
        ({"k": 1000}, ["100"]),
        ({"likes": []}, ["likes"]),
    ],
)
def test_what_cannot_be_is_a_problem(readable: TestClient, asked: dict[str, Any], words: list[str]) -> None:
    refused(readable.post("/person", json=asked), 404 if "user" in asked else 422, *words)


def test_few_changes_are_kept_and_none_is_confused(run: px.Run) -> None:
    people = People(Served.of(run, None))
    asked = [ChangedQuestion(user=USER, words={"f0": amount}) for amount in range(8)]
    first = [people.recommend(question) for question in asked]
    assert [people.recommend(question) for question in asked] == first
    assert people.recommend(ChangedQuestion(user="u004"))["person"]["user"] == "u004"


def test_what_people_are_stays_and_what_is_not_said_is_not_offered() -> None:
    """Somebody whose likes change is of the same sort as before; neither that nor what the run does not say can be found."""
    data = small_world()
    has = np.zeros((data.n_users, 2), np.float32)
    has[::2, 0] = has[1::2, 1] = 1
    data = with_people(data, ["sort: even", "sort: odd"], SparseRows.from_dense(has))
    run = px.train(data, explainer="hybrid", epochs=2, dim=4, never=["f1"])
    people = People(Served.of(run, None))
    said = {entry["feature"] for entry in people.features("", 1000)["features"]}
    assert {"f2", "f3"} <= said
    assert not said & {"f1", "sort: even", "sort: odd"}
    user, at = data.users.index(USER), run.data.features.of_kind("person")
    liked = run.data.items[int(run.data.train[run.data.train[:, 0] == user, 1][0])]
    other = changed(run.data, user, Change(struck=(liked,)))
    assert other.user_features.select(np.array([user])).dense()[0, at].tolist() == has[user].tolist()
    assert liked not in {run.data.items[i] for i in other.train[other.train[:, 0] == user, 1].tolist()}
