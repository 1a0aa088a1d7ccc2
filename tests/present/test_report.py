"""The report: well-formed, within its bounds, with the figures of the evaluation, and harmless whatever others' files hold."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pyexplain as px
from pyexplain.data.types import Dataset
from pyexplain.present.report import report_html, write_report
from pyexplain.present.report_parts import has_explanations, repeat
from pyexplain.present.report_style import STYLE
from pyexplain.present.report_tables import group_table, metric_facts
from tests.worlds import small_world

VOID = {"meta", "br", "img", "link", "input", "hr"}


class Checked(HTMLParser):
    """What is wrong with a page: tags that do not match, ids twice, links to nowhere, scripts, anything from elsewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.feed(page)
        self.faults += [f"<{tag}> is left open" for tag in self.open]
        self.faults += [f"id {name} twice" for name in self.ids if self.ids.count(name) > 1]
        self.faults += [f"link to {name}" for name in self.links if name not in self.ids]
        steps = zip(self.headings, self.headings[1:], strict=False)
        self.faults += [f"h{b} after h{a}" for a, b in steps if b > a + 1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("script", "iframe", "link", "img") or any(name.startswith("on") for name in given):
            self.faults.append(f"<{tag}> {given}")
        if given.get("id"):
            self.ids.append(given["id"] or "")
        if tag == "a":
            self.links.append((given.get("href") or "")[1:])
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")


@pytest.fixture(scope="module")
def runs() -> list[px.Run]:
    data = small_world()
    return [px.train(data, explainer="cnr", epochs=7, dim=4), px.train(data, baseline="vbpr", epochs=3, dim=4)]


@pytest.fixture(scope="module")
def page(runs: list[px.Run]) -> str:
    return report_html(px.evaluate(*runs, explanations=True, max_pairs=20), runs, 2, 2)


def test_the_page_is_well_formed_and_loads_nothing(page: str) -> None:
    assert Checked(page).faults == []
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", page)
    assert len(page) < 2_000_000


def test_the_order_is_that_of_who_reads(page: str) -> None:
    parts = re.findall(r'<h2 id="(\w+)"', page)
    assert parts == ["summary", "ranking", "explanations", "data", "model", "people", "repeat"]
    assert page.index('class="lead"') < page.index("<svg") < page.index("<table")


def test_figures_are_those_of_the_evaluation(runs: list[px.Run], page: str) -> None:
    document = px.evaluate(*runs, explanations=True, max_pairs=20).to_dict()
    for run in document["runs"]:
        assert f"{run['ranking']['ndcg@10']:.4f}" in page
    for facts in metric_facts(runs[0].registry, 10).values():
        assert facts.direction in ("higher", "lower")
    assert page.count("What these figures are") >= 3


def test_the_best_of_a_column_is_marked_whoever_it_is(runs: list[px.Run]) -> None:
    document = px.evaluate(*runs).to_dict()
    about = metric_facts(runs[0].registry, 10)
    table = group_table(document, "ranking", about)
    controls = document["runs"][0]["controls"].values()
    values = [part["ranking"]["ndcg@10"] for part in (*document["runs"], *controls) if "ndcg@10" in part.get("ranking", {})]
    assert f'class="best">{max(values):.4f}' in table
    assert "best" not in group_table(document, "ranking")  # nobody says which way is better


def test_the_commands_make_the_runs_again(runs: list[px.Run]) -> None:
    said = repeat(px.evaluate(*runs), runs)
    assert "pyexplain train --explainer cnr --dataset DATASET --seed 0 --set dim=4 --set epochs=7" in said
    assert "pyexplain train --baseline vbpr --dataset DATASET --seed 0 --set dim=4 --set epochs=3" in said


def hostile(data: Dataset) -> Dataset:
    """Titles that would be tags, scripts or codes of a terminal, where they were taken as they are."""
    titles = {name: f"<script>alert({n})</script>\x1b[31m\u202e&quot;" for n, name in enumerate(data.items.names)}
    return replace(data, name="<img src=x onerror=alert(1)>", items=data.items.with_titles(titles))


def test_texts_of_others_are_text() -> None:
    run = px.train(hostile(small_world()), explainer="cnr", epochs=7, dim=4)
    page = report_html(px.evaluate(run), [run], 2, 2)
    assert Checked(page).faults == []
    assert "<script" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_a_baseline_has_a_report_too(runs: list[px.Run], tmp_path: Path) -> None:
    report = px.evaluate(runs[1])
    assert not has_explanations(report.to_dict())
    write_report(tmp_path / "r.html", report, runs[1])
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert re.findall(r'<h2 id="(\w+)"', text) == ["summary", "ranking", "data", "repeat"]


def test_whose_reasons_are_shown_is_said_and_liked_items_have_their_titles(runs: list[px.Run]) -> None:
    data = small_world()
    titled = replace(data, items=data.items.with_titles({name: f"Thing {n}" for n, name in enumerate(data.items.names)}))
    liked = px.train(titled, explainer="hybrid", kinds=["history"], epochs=3, dim=4)
    both = [px.train(titled, baseline="vbpr", epochs=3, dim=4), liked]  # the first has no explainer
    page = report_html(px.evaluate(*both), both, 2, 2)
    assert re.findall(r'<h2 id="(\w+)"', page) == ["summary", "ranking", "data", "model", "people", "repeat"]
    assert "for whose first item by hybrid" in page
    assert "By hybrid, seed 0." in page
    picture = page[page.index('id="model"') : page.index('id="people"')]
    assert "liked Thing " in picture
    assert not any(f">{name}<" in picture for name in data.items.names)
    user = titled.user_ids[0]
    assert "liked Thing " in repr(liked.explain(user, liked.recommend(user, k=1)[0][0]))


def test_it_reads_in_the_dark_and_on_paper() -> None:
    assert "prefers-color-scheme:dark" in STYLE
    assert "@media print" in STYLE


def test_a_group_without_figures_is_named_in_place_of_a_table() -> None:
    rng = np.random.default_rng(0)
    rows = [(f"u{user}", f"i{item}") for user in range(30) for item in rng.permutation(20)[:8]]
    data = px.prepare(pd.DataFrame(rows, columns=["user_id", "item_id"]))
    run = px.train(data, explainer="hybrid", epochs=2, dim=4)
    page = report_html(px.evaluate(run, explanations=True, max_pairs=20), [run], 1, 1)
    assert "<p>No figure, and no table: Agreement of explanations with what users wrote" in page
    assert "<caption>Agreement" not in page
