"""data users and data items: tables that end with what is left out, one line where nothing is found, one document."""

from __future__ import annotations

import json
from pathlib import Path

import pyexplain as px

from .conftest import Made, good
from .test_titles import titled as titled  # the fixture


def test_users_are_listed_and_looked_up(made: Made) -> None:
    data = px.load_dataset(made.dataset)
    listed = good("data", "users", made.dataset, "-k", 3).output
    assert f"{data.n_users - 3} more" in listed
    assert len(listed.splitlines()) == 5
    assert "more" not in good("data", "users", made.dataset, "-k", 1000).output
    assert "U000003" in good("data", "users", made.dataset, "--search", "u000003").output


def test_items_are_found_by_words_of_their_titles(titled: Path) -> None:
    data = px.load_dataset(titled)
    name = data.items[5]
    words = data.items.title(name).upper()
    found = json.loads(good("data", "items", titled, "--search", words, "--json").stdout)
    assert [(row["item"], row["title"]) for row in found["items"]] == [(name, data.items.title(name))]
    assert found["items"][0]["training_pairs"] == int((data.train[:, 1] == 5).sum())
    assert data.items.title(name) in good("data", "items", titled, "--search", words).output


def test_nothing_found_is_one_line(made: Made, titled: Path) -> None:
    for folder, where in ((made.dataset, "its id:"), (titled, "its id or title:")):
        said = good("data", "items", folder, "--search", "no such \x1b[31mthing").output
        assert where in said
        assert "\x1b" not in said
        assert len(said.splitlines()) == 1
    assert json.loads(good("data", "items", titled, "--search", "no such", "--json").stdout)["items"] == []


def test_documents_say_null_where_no_title_is_known(made: Made) -> None:
    row = json.loads(good("data", "items", made.dataset, "--json", "-k", 1).stdout)["items"][0]
    assert row["title"] is None
    assert "title" not in json.loads(good("data", "users", made.dataset, "--json", "-k", 1).stdout)["users"][0]
