"""train --never: what is learned from and never said, kept with the run."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

import pyexplain as px

from .conftest import Made, good
from .test_bad_input import refused


def test_what_a_run_does_not_say_is_kept_with_it(made: Made, tmp_path: Path) -> None:
    train = ("train", "--dataset", made.dataset, "--epochs", 2, "--set", "dim=4")
    plain = ("explain", tmp_path / "plain", "--user", made.user, "--level", "list", "--json")
    good(*train, "--out", tmp_path / "plain")
    word = next(e["feature"] for e in json.loads(good(*plain).stdout)["features"] if e["kind"] == "word")
    assert f"Nobody is told of: {word}." in good(*train, "--out", tmp_path / "quiet", "--never", f" {word}, ").stdout
    facts = json.loads((tmp_path / "quiet" / "run.json").read_text(encoding="utf-8"))
    assert (facts["never"], "never" in facts["needs"]) == ([word], True)
    loaded, other = px.load_run(tmp_path / "quiet"), px.load_run(tmp_path / "plain")
    assert loaded.recommend(made.user) == other.recommend(made.user)  # it is learned from all the same
    asked = ("explain", tmp_path / "quiet", "--user", made.user)
    items = [item for item, _ in loaded.recommend(made.user, 3)]
    texts = [good(*asked, "--item", item).stdout + good(*asked, "--item", item, "--json").stdout for item in items]
    texts.append(good(*asked, "--level", "list").stdout)
    assert not any(word in text.split() or f'"{word}"' in text for text in texts)
    good("explain", tmp_path / "quiet", "--all", "--out", tmp_path / "all.parquet", "-k", 2)
    assert word not in set(pd.read_parquet(tmp_path / "all.parquet")["feature"])
    good("explain", tmp_path / "plain", "--all", "--out", tmp_path / "told.parquet", "-k", 2)
    assert word in set(pd.read_parquet(tmp_path / "told.parquet")["feature"])
    good(*train, "--out", tmp_path / "warm", "--warm-start", tmp_path / "quiet")
    assert px.load_run(tmp_path / "warm").trained.never == (word,)


def test_a_name_that_nothing_goes_by_is_refused(made: Made, tmp_path: Path) -> None:
    words = ("train", "--dataset", made.dataset, "--out", tmp_path / "run", "--never", "no such thing")
    refused(words, 2, "no feature goes by 'no such thing'", "--never")
    assert not (tmp_path / "run").exists()
