"""Whether a change is proved to be the smallest reaches whoever reads an explanation."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import pyexplain as px
from pyexplain.everyone import explain_everyone
from pyexplain.present.documents import ExplanationDocument
from tests.present.screen import screen
from tests.worlds import small_world


@pytest.fixture(scope="module")
def run() -> px.Run:
    return px.train(small_world(), explainer="hybrid", epochs=3, dim=4)


def test_a_document_a_frame_and_a_table_say_it(run: px.Run) -> None:
    pairs = [(user, run.recommend(user, 1)[0][0]) for user in run.data.users.names]
    many = run.explain_many(pairs)
    said = {one.proved for one in many}
    assert True in said
    assert said <= {True, False}
    for one in many:
        assert ExplanationDocument.model_validate(one.to_dict()).proved is one.proved
        lines = screen([one.table()])
        assert ("no smaller change does it" in lines) == bool(one.proved and one.valid)
        assert ("no change of what may change" in lines) == bool(one.proved and not one.valid)
    frame = many.to_frame()
    assert frame.groupby("user")["proved"].first().to_dict() == {one.user: one.proved for one in many}


def test_who_changes_nothing_does_not_say(run: px.Run) -> None:
    user = run.data.users[0]
    assert run.explain(user, run.recommend(user)[0][0], explainer="gradient-input").proved is None


def test_the_file_of_everyone_has_it(run: px.Run, tmp_path: Path) -> None:
    explain_everyone(run, tmp_path / "all.parquet", k=1)
    rows = pd.read_parquet(tmp_path / "all.parquet")
    for user, proved in rows.groupby("user")["proved"].first().items():
        assert proved == run.explain(str(user), run.recommend(str(user), 1)[0][0]).proved
