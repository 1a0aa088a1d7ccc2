"""A list's explanation in sentences, tables, frames and documents."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import pyexplain as px
from pyexplain.everyone import explain_lists
from pyexplain.present.documents import ListExplanationDocument
from pyexplain.present.list_explanation import ListExplanation, ListReason
from pyexplain.statements.types import Named
from tests.present.screen import screen
from tests.worlds import small_world


@pytest.fixture(scope="module")
def run() -> px.Run:
    return px.train(small_world(), explainer="hybrid", epochs=3, dim=4)


def made(reasons: list[ListReason], fewest: int = 0, leave: tuple[str, ...] = ()) -> ListExplanation:
    items = ("i000", "i001", "i002")
    told = fewest, leave, leave, "", small_world()
    return ListExplanation("u000", "mine", items, (None,) * 3, (3.0, 2.0, 1.0), tuple(reasons), *told)


def reason(name: str, *leave: str, kind: str = "word", value: float = 2.0) -> ListReason:
    return ListReason(Named(kind, name), "", 1.0, value, leave, leave)


def test_what_carries_the_list_is_said_first_and_what_it_carries() -> None:
    said = made([reason("sound"), reason("price", "i000"), reason("Alien", "i000", "i001", kind="history")]).say()
    assert said == (
        "We suggest these 3 because you care about the price and you liked Alien. "
        "If you had not liked Alien, 2 of the 3 would be others."
    )
    assert made([reason("sound", "i000", "i001", "i002")]).say().endswith("nothing about sound, all 3 would be others.")
    assert made([reason("sound", "i000")]).say().endswith("1 of the 3 would be another.")


def test_what_only_together_carries_it_is_said_together() -> None:
    found = made([reason("sound"), reason("price"), reason("size")], 2, ("i002",))
    assert found.say().endswith("If you had written nothing about sound and price, 1 of the 3 would be another.")
    assert "If" not in made([reason("sound"), reason("price")]).say()
    nothing = "Nothing that we know of you is a clear reason for this list."
    assert made([]).say() == made([reason("sound", value=0.0)]).say() == nothing
    assert "the list is the same" in screen([made([reason("sound")]).table()])


def test_all_forms_say_the_same(run: px.Run) -> None:
    for user in run.data.users.names[:6]:
        found = run.explain_list(user, 4, top=3)
        document = found.to_dict()
        ListExplanationDocument.model_validate_json(json.dumps(document))
        assert [entry["item"] for entry in document["items"]] == [item for item, _ in run.recommend(user, 4)]
        assert found.to_frame()["leave"].tolist() == [" ".join(entry["leave"]) for entry in document["features"]] or [""]
        table = screen([found.table()], 400)
        assert all(reason.shown in table for reason in found.reasons)
        assert table.startswith(document["say"])


def test_a_file_of_everybody(run: px.Run, tmp_path: Path) -> None:
    assert explain_lists(run, tmp_path / "lists.parquet", k=4, top=3) == run.data.n_users
    rows = pd.read_parquet(tmp_path / "lists.parquet")
    assert set(rows["user"]) == set(run.data.users.names)
    for user in run.data.users.names[:5]:
        wanted = run.explain_list(user, 4, top=3).to_frame(whole=True)
        pd.testing.assert_frame_equal(rows[rows["user"] == user].reset_index(drop=True), wanted, check_dtype=False)


def test_a_profile_has_a_list_too(run: px.Run) -> None:
    profile = px.Profile(likes=run.data.items.names[:2], words={run.data.features[0]: 3})
    found = run.explain_list(profile, 3)
    assert found.user == "profile"
    assert not set(found.items) & set(run.data.items.names[:2])
    assert "Note: x." in screen([replace(found, note="x").table()])
