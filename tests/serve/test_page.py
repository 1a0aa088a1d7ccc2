"""The page is handed out as it lies in the package, to everybody, and asks nobody else for anything."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from pyexplain.serve.page import START, page_files

from .conftest import Ask
from .test_app import refused

FILES = page_files()
MARKUP = ("innerHTML", "outerHTML", "insertAdjacent", "eval(", "document.write", "style=", "onclick=", "@import", "localStorage")
SOURCES = {name: content.decode() for name, (content, _) in FILES.items()}


def test_it_is_there(client: TestClient) -> None:
    assert {"index.html", "main.js", "page.css"} <= set(FILES)
    start = client.get("/")
    assert start.content == FILES[START][0]
    policy = start.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", FILES)
def test_its_parts_need_no_token_and_have_their_type(asking: Ask, name: str) -> None:
    answer = asking(token="secret").get(f"/page/{name}")
    assert answer.content == FILES[name][0]
    assert answer.headers["content-type"] == FILES[name][1]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_it_asks_about_people_needs_the_token(asking: Ask) -> None:
    refused(asking(token="secret").post("/person", json={}), 401)
    refused(asking(token="secret").get("/users"), 401)


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_loaded_from_elsewhere_and_nothing_is_markup(name: str) -> None:
    text = SOURCES[name].replace("http://www.w3.org/2000/svg", "")
    assert "//" not in re.sub(r"(?m)(^|\s)//( .*)?$", "", text)
    for word in MARKUP:
        assert word not in text


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith((".js", ".html"))])
def test_what_a_file_names_is_there(name: str) -> None:
    named = re.findall(r'from "\./([^"]+)"', SOURCES[name]) + re.findall(r'(?:src|href)="page/([^"]+)"', SOURCES[name])
    assert set(named) <= set(FILES)


def test_what_is_no_part_of_it_is_a_problem(client: TestClient) -> None:
    refused(client.get("/page/nothing.js"), 404, "nothing.js")
    refused(client.get("/page/%2e%2e%2fpage.py"), 404)
    refused(client.post("/"), 405)
