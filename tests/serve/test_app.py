"""What the service answers is what the commands print, in the documented form; what it does not answer is a problem document."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.testclient import TestClient

import pyexplain as px
from pyexplain.present.documents import ExplanationDocument, RecommendationDocument
from pyexplain.present.recommendations import recommendation_document
from pyexplain.serve.app import PATHS
from pyexplain.serve.documents import BatchDocument, HealthDocument, ItemsDocument, UsersDocument
from pyexplain.serve.problems import MEDIA_TYPE, ProblemDocument
from pyexplain.serve.served import Served

from .conftest import Ask

USER = "u003"


def got(client: TestClient, path: str, form: type[BaseModel], **asked: Any) -> Any:
    answer = client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    form.model_validate_json(answer.text)
    return answer.json()


def refused(answer: Any, status: int, *words: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    document: dict[str, Any] = ProblemDocument.model_validate_json(answer.text).model_dump()
    assert document["status"] == status
    assert all(word in answer.text for word in words), answer.text
    return document


@pytest.mark.parametrize("explain", [True, False])
def test_a_list_is_what_recommend_prints(client: TestClient, trained: px.Run, explain: bool) -> None:
    found = got(client, "/recommend", RecommendationDocument, user=USER, k=4, explain=explain)
    rows = trained.recommend_with_reasons(USER, 4)
    best = [(item, score) for item, score, _ in rows]
    reasons = [why for *_, why in rows] if explain else None
    assert found == json.loads(json.dumps(recommendation_document(trained.trained, USER, best, reasons)))


@pytest.mark.parametrize("more", [{}, {"against": "i001"}, {"until": "first"}, {"quotes": "none"}])
def test_an_explanation_is_what_explain_prints(client: TestClient, trained: px.Run, more: dict[str, Any]) -> None:
    item = trained.recommend(USER)[0][0]
    found = got(client, "/explain", ExplanationDocument, user=USER, item=item, **more, **{"for": "analyst"})
    assert found == json.loads(trained.explain(USER, item, **more).to_json())


def quoted(client: TestClient, users: list[str], who: str) -> set[tuple[str, str | None]]:
    """Whose list it was, and who is quoted in it."""
    found = set()
    for user in users:
        for entry in got(client, "/recommend", RecommendationDocument, user=user, k=5, explain=True, **{"for": who})["items"]:
            found |= {(user, said["quote"]["user"]) for said in entry["statements"] if said["quote"]}
    return found


def test_customers_are_not_told_who_others_are(client: TestClient, trained: px.Run) -> None:
    users = list(trained.data.users.names[:12])
    assert {who for user, who in quoted(client, users, "analyst") if who != user}
    assert all(who in (None, user) for user, who in quoted(client, users, "customer"))


def test_a_batch_is_each_pair_by_itself(client: TestClient, trained: px.Run) -> None:
    best = [item for item, _ in trained.recommend(USER, 3)]
    pairs = [{"user": USER, "item": best[0]}, {"user": USER, "item": best[1], "against": best[2]}, {"user": "u004", "item": "i001"}]
    answer = client.post("/explain/batch", json={"pairs": pairs})
    assert answer.status_code == 200, answer.text
    found = BatchDocument.model_validate_json(answer.text).model_dump(by_alias=True)["explanations"]
    for pair, document in zip(pairs, found, strict=True):
        alone = got(client, "/explain", ExplanationDocument, **pair)
        close = ("margin_before", "margin_after", "features", "statements")  # many pairs at once round otherwise
        assert {k: v for k, v in document.items() if k not in close} == {k: v for k, v in alone.items() if k not in close}
        assert [s["text"] for s in document["statements"]] == [s["text"] for s in alone["statements"]]
        assert [f["feature"] for f in document["features"]] == [f["feature"] for f in alone["features"]]
        assert document["margin_before"] == pytest.approx(alone["margin_before"], abs=1e-5)


def test_people_and_things_are_found(client: TestClient, trained: px.Run) -> None:
    users = got(client, "/users", UsersDocument, search="U00", k=3)
    assert users["found"] == 10
    assert len(users["users"]) == 3
    assert got(client, "/items", ItemsDocument)["found"] == trained.data.n_items
    assert got(client, "/items", ItemsDocument, search="nothing of the kind")["items"] == []


def test_health_says_what_is_served(client: TestClient, trained: px.Run) -> None:
    found = got(client, "/health", HealthDocument)
    assert found["dataset"]["fingerprint"] == trained.data.fingerprint
    assert (found["method"], found["explainer"]) == ("cnr", "cnr")


@pytest.mark.parametrize(
    ("path", "asked", "status", "words"),
    [
        ("/recommend", {"user": "nobody"}, 404, ["unknown user 'nobody'", "/users?search="]),
        ("/explain", {"user": USER, "item": "nothing"}, 404, ["unknown item"]),
        ("/explain", {"user": USER, "item": "i001", "against": "i001"}, 422, ["cannot be compared with itself"]),
        ("/explain", {"user": USER, "item": "i001", "against": "nothing"}, 404, ["against"]),
        ("/explain", {"user": USER, "item": "i001", "until": "sometime"}, 422, ["until"]),
        ("/recommend", {}, 422, ["query.user"]),
        ("/recommend", {"user": USER, "k": 0}, 422, ["query.k"]),
        ("/recommend", {"user": USER, "k": "2e400"}, 422, ["query.k"]),
        ("/recommend", {"user": USER, "k": 101}, 422, ["100"]),
        ("/recommend", {"user": USER, "usr": "x"}, 422, ["usr"]),
        ("/recommend", {"user": "x" * 1001}, 422, ["query.user"]),
        ("/items", {"k": 1001}, 422, ["query.k"]),
        ("/nowhere", {}, 404, ["/nowhere"]),
        ("/docs", {}, 404, ["/docs"]),
    ],
)
def test_what_cannot_be_answered_is_a_problem(
    client: TestClient, path: str, asked: dict[str, Any], status: int, words: list[str]
) -> None:
    refused(client.get(path, params=asked), status, *words)


def test_nobody_is_told_which_names_are_near(client: TestClient) -> None:
    assert "u003" not in client.get("/recommend", params={"user": "u0033"}).text.replace("u0033", "")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written(client: TestClient, method: str) -> None:
    refused(client.request(method, "/recommend", params={"user": USER}), 405)


def test_a_batch_has_its_limit(asking: Ask) -> None:
    pairs = [{"user": USER, "item": "i001"}] * 4
    refused(asking(pairs=3).post("/explain/batch", json={"pairs": pairs}), 422, "more than this service allows (3)")
    refused(asking().post("/explain/batch", json={"pairs": []}), 422, "body.pairs")


def test_a_run_without_an_explainer_says_so(asking: Ask, trained: px.Run) -> None:
    plain = px.train(trained.data, baseline="item-knn")
    client = asking(lambda: Served.of(plain, None))
    refused(client.get("/explain", params={"user": USER, "item": "i001"}), 409, "--explainer")
    assert client.get("/recommend", params={"user": USER}).status_code == 200
    assert client.get("/health").json()["explainer"] is None


def test_the_description_names_every_path_and_form(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert set(described["paths"]) == set(PATHS) - {"/openapi.json"}
    assert {"ExplanationDocument", "RecommendationDocument", "ProblemDocument"} <= set(described["components"]["schemas"])
    for path in described["paths"].values():
        for operation in path.values():
            assert operation["summary"]


def test_somebody_who_is_in_no_data_set_is_answered_as_in_python(asking: Ask, trained: px.Run) -> None:
    run = px.train(trained.data, explainer="hybrid", epochs=3)
    client = asking(lambda: Served.of(run, None))
    profile = {"likes": ["i001", "i002"], "words": {"f0": 2}}
    answer = client.post("/profile", json={**profile, "k": 4, "explain": True})
    assert answer.status_code == 200, answer.text
    RecommendationDocument.model_validate_json(answer.text)
    found = [(entry["item"], entry["score"]) for entry in answer.json()["items"]]
    expected = run.recommend(px.Profile(**profile), 4)
    assert found == [(item, pytest.approx(score, abs=1e-5)) for item, score in expected]
    assert all(entry["sentence"] for entry in answer.json()["items"])
    refused(client.post("/profile", json={"likes": ["nothing"]}), 422, "nothing")
    refused(client.post("/profile", json={"words": {"f0": -1}}), 422, "body.words.f0")


def test_a_recommender_of_identities_says_that_it_cannot(client: TestClient) -> None:
    refused(client.post("/profile", json={"likes": ["i001"]}), 422, "hybrid")
