"""Another run takes the place of the one that is served whole, or not at all."""

from __future__ import annotations

import threading

import pytest

import pyexplain as px
from pyexplain.errors import DataError
from pyexplain.serve.place import Place
from pyexplain.serve.problems import RefusedError
from pyexplain.serve.served import Served
from tests.worlds import small_world

from .conftest import Ask
from .test_app import refused


def test_a_run_is_swapped_and_the_answers_are_the_new_ones(asking: Ask, trained: px.Run) -> None:
    runs = [trained, px.train(small_world(), explainer="cnr", options=px.RunOptions(seed=5), epochs=8, dim=8)]
    client = asking(lambda: Served.of(runs.pop(0), None))
    before = client.get("/recommend", params={"user": "u003"}).json()
    assert client.post("/reload").json()["seed"] == 5
    assert client.get("/health").json()["seed"] == 5
    assert client.get("/recommend", params={"user": "u003"}).json() != before
    assert "pyexplain_reloads_total 1.0" in client.get("/metrics").text


def test_a_run_that_cannot_be_loaded_leaves_the_old_one(asking: Ask, trained: px.Run) -> None:
    runs = [Served.of(trained, None)]

    def load() -> Served:
        if not runs:
            raise DataError("state.safetensors was altered", where="run", hint="Copy it again.")
        return runs.pop()

    client = asking(load)
    before = client.get("/recommend", params={"user": "u003"}).json()
    refused(client.post("/reload"), 422, "was altered", "Copy it again.")
    assert client.get("/recommend", params={"user": "u003"}).json() == before


def test_one_is_loaded_at_a_time(trained: px.Run) -> None:
    loading, go_on = threading.Event(), threading.Event()
    served = Served.of(trained, None)
    calls: list[int] = []

    def load() -> Served:
        calls.append(1)
        if len(calls) > 1:
            loading.set()
            assert go_on.wait(10)
        return served

    place = Place(load)
    thread = threading.Thread(target=place.reload)
    thread.start()
    assert loading.wait(10)
    with pytest.raises(RefusedError, match="being loaded already"):
        place.reload()
    go_on.set()
    thread.join(10)
    assert place.reload() is served


def test_where_others_reach_it_a_run_is_reloaded_with_a_token_alone(asking: Ask) -> None:
    refused(asking(host="0.0.0.0").post("/reload"), 403, "token")
    assert asking(host="0.0.0.0", token="t").post("/reload", headers={"Authorization": "Bearer t"}).status_code == 200
