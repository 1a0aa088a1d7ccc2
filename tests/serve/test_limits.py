"""Tokens, sizes, names of hosts, headers, and figures."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from starlette.testclient import TestClient

from pyexplain.serve.figures import Figures
from pyexplain.serve.limits import OPEN, Guard
from pyexplain.serve.settings import ServiceSettings

from .conftest import Ask
from .test_app import USER, refused


def test_with_a_token_nobody_else_gets_in(asking: Ask) -> None:
    client = asking(token="secret")
    for given in (
        {},
        {"Authorization": "Bearer secre"},
        {"Authorization": "Basic secret"},
        {"Authorization": "Bearer sécret".encode()},
    ):
        answer = client.get("/recommend", params={"user": USER}, headers=given)
        refused(answer, 401, "token")
        assert answer.headers["www-authenticate"] == "Bearer"
        refused(client.get("/metrics", headers=given), 401)
        refused(client.post("/reload", headers=given), 401)
    assert client.get("/health").status_code == 200
    assert client.get("/recommend", params={"user": USER}, headers={"Authorization": "Bearer secret"}).status_code == 200


def test_a_large_body_is_refused_before_it_is_read(asking: Ask) -> None:
    client = asking(body=1_000)
    refused(client.post("/explain/batch", content=b"x" * 1_001), 413, "1,000 bytes")
    refused(client.post("/explain/batch", content=(b"x" * 500 for _ in range(3))), 413)  # tells no length
    refused(client.post("/explain/batch", content=b"{}", headers={"Content-Length": "two"}), 400)


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:8000", "10.0.0.1", ""])
def test_a_page_of_somebody_else_does_not_reach_this_machine(asking: Ask, client: TestClient, host: str) -> None:
    refused(client.get("/health", headers={"Host": host}), 403, "this machine alone")
    assert asking(host="0.0.0.0", token="t").get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["localhost:9", "127.0.0.1", "127.0.0.1:8000", "[::1]:8000", "[::1]"])
def test_names_of_this_machine_are_let_in(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost.evil.example", "http://localhost:1"])
def test_a_page_of_another_origin_has_nothing_done(asking: Ask, origin: str) -> None:
    client = asking(host="0.0.0.0", token="t")
    given = {"Authorization": "Bearer t", "Origin": origin}
    refused(client.post("/reload", headers=given), 403, "another origin")
    refused(client.get("/recommend", params={"user": USER}, headers=given), 403)
    assert "pyexplain_reloads_total 0.0" in client.get("/metrics", headers={"Authorization": "Bearer t"}).text
    assert client.post("/reload", headers=given | {"Origin": "http://localhost"}).status_code == 200


def test_headers_keep_browsers_from_guessing(client: TestClient) -> None:
    for path in ("/health", "/nowhere"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'self'" in headers["content-security-policy"]


def test_figures_count_what_was_answered_and_name_no_paths_of_strangers(asking: Ask) -> None:
    client = asking()
    for path in ("/health", "/health", "/secret-of-somebody"):
        client.get(path)
    text = client.get("/metrics").text
    assert 'pyexplain_requests_total{path="/health",status="200"} 2.0' in text
    assert 'pyexplain_requests_total{path="other",status="404"} 1.0' in text
    assert "secret" not in text
    assert 'pyexplain_request_seconds_count{path="/health"} 2.0' in text


def test_two_services_in_one_process_count_for_themselves() -> None:
    one, other = Figures(), Figures()
    one.reloads.inc()
    assert b"pyexplain_reloads_total 1.0" in one.text()
    assert b"pyexplain_reloads_total 0.0" in other.text()


def test_what_is_no_request_passes_the_guard() -> None:
    """Starting and stopping, which ASGI tells in the same way."""
    seen: list[str] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    guard = Guard(inner, ServiceSettings(token="t"), Figures(), OPEN)
    anyio.run(guard, {"type": "lifespan"}, None, None)
    assert seen == ["lifespan"]
