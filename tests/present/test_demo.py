"""What the demo prints: a screenful, with what decides; the rest on demand."""

from __future__ import annotations

import html
import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import pyexplain as px
from pyexplain.data.demo import read_truth, write_demo
from pyexplain.present.demo import closing_words, short_story, story
from pyexplain.present.verdicts import closing_line, explained_lines
from pyexplain.registry import load_registry


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Both stories of two small runs, printed."""
    folder = tmp_path_factory.mktemp("demo")
    reviews = write_demo(folder, users=60, items=30, features=8, reviews=700)
    data = px.prepare(reviews, items=reviews.with_name("items.jsonl"))
    settings = {"epochs": 2, "dim": 8}
    runs = px.train(data, explainer="cnr", settings=settings), px.train(data, settings=settings)
    report = px.evaluate(*runs, explanations=True, max_pairs=10)
    metrics = [cls() for cls in load_registry().classes("metric").values()]
    given = data, runs, report, read_truth(folder), metrics
    words = {
        brief: closing_words(Path("demo"), Path("demo/report.html"), "cnr", report, Path("demo/hybrid"), brief)
        for brief in (True, False)
    }
    return {
        "short": printed(*short_story(*given), words[True]),
        "full": printed(*story(*given), words[False]),
        "report": report.to_dict(),
        "made": report,
        "runs": runs,
    }


def printed(*parts: Any, width: int = 100) -> list[str]:
    file = io.StringIO()
    console = Console(file=file, width=width, markup=False, emoji=False, highlight=False)
    for part in parts:
        console.print(part)
    return file.getvalue().splitlines()


def test_the_short_story_is_a_screenful_that_names_what_decides(told: dict[str, Any]) -> None:
    lines = told["short"]
    assert len(lines) <= 45  # of 100 columns; 40 in those that a pipe has
    text = " ".join(lines)
    run = told["report"]["runs"][0]
    assert f"{run['ranking']['ndcg@10']:.4f}" in text
    assert "best control" in text
    assert text.count("We suggest") == 2
    assert "For an analyst:" in text
    assert "pyexplain data prepare" in text
    assert " ".join(text.split()).endswith(closing_line(told["report"], brief=True))


def test_everything_on_demand(told: dict[str, Any]) -> None:
    text = " ".join(told["full"])
    for part in ("Most frequent pairs", "Faithfulness", "Checked, and true", "the most to reach"):
        assert part in text
    assert len(told["full"]) > 150
    assert " ".join(text.split()).endswith(closing_line(told["report"]))


def test_the_reports_summary_leads_with_the_brief_line_and_says_the_rest_a_method_at_a_time(told: dict[str, Any]) -> None:
    from pyexplain.present.report_parts import summary

    page = html.unescape(summary(told["made"], told["report"], told["runs"]))
    assert f'<p class="lead">{closing_line(told["report"], brief=True)}</p>' in page
    lines = explained_lines(told["report"])
    assert [line.split()[2] for line in lines] == ["cnr", "hybrid"]
    assert all(f"<p>{line}</p>" in page for line in lines)
    clauses = "; ".join(line[0].lower() + line[1:-1] for line in lines)
    assert clauses in closing_line(told["report"])
