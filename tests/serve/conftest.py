"""A service on a small world, asked without a port."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

import pyexplain as px
from pyexplain.serve.app import make_app
from pyexplain.serve.served import Served
from pyexplain.serve.settings import ServiceSettings
from tests.worlds import small_world

Ask = Callable[..., TestClient]


@pytest.fixture(scope="session")
def trained() -> px.Run:
    """The method with counterfactuals on a world of 40 users."""
    return px.train(small_world(), explainer="cnr", epochs=8, dim=8)


@pytest.fixture(scope="session")
def asking(trained: px.Run) -> Ask:
    """asking(key=value...): a client of a service with those settings."""

    def ask(load: Callable[[], Served] | None = None, **settings: object) -> TestClient:
        app = make_app(load or (lambda: Served.of(trained, None)), ServiceSettings(**settings))  # type: ignore[arg-type]
        return TestClient(app, base_url="http://localhost", raise_server_exceptions=False)

    return ask


@pytest.fixture(scope="session")
def client(asking: Ask) -> TestClient:
    """With the settings that there are without any."""
    return asking()
