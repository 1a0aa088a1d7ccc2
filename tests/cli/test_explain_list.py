"""explain --level list, as people call it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from .conftest import Made, good
from .test_bad_input import refused


def test_a_list_is_explained(made: Made) -> None:
    asked = ("explain", made.run, "--level", "list", "--user", made.user, "-k", 3, "--top", 2)
    table = good(*asked).stdout
    document = json.loads(good(*asked, "--json").stdout)
    assert (document["level"], len(document["items"]), len(document["features"])) == ("list", 3, 2)
    assert all(entry["item"] in table for entry in document["items"])
    assert good(*asked, "--for", "customer").stdout.startswith("We suggest these 3 because")


def test_everybody_goes_into_a_file(made: Made, tmp_path: Path) -> None:
    out = tmp_path / "lists.parquet"
    good("explain", made.run, "--level", "list", "--all", "--out", out, "-k", 3)
    rows = pd.read_parquet(out)
    document = json.loads(good("explain", made.run, "--level", "list", "--user", made.user, "-k", 3, "--json").stdout)
    mine = rows[rows["user"] == made.user]
    assert mine["items"].iloc[0].split() == [entry["item"] for entry in document["items"]]
    assert mine["feature"].tolist() == [entry["feature"] for entry in document["features"]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Say whose list"),
        (("--user", "u000", "--item", "i000"), "--item is asked of an item"),
        (("--user", "u000", "--until", "first"), "--until is asked of an item"),
        (("--user", "u000", "--resume"), "goes with --all"),
    ],
)
def test_what_does_not_go_together_is_refused(made: Made, words: tuple[str, ...], said: str) -> None:
    refused(("explain", made.run, "--level", "list", *words), 2, said)
