"""Everybody can use it: by keyboard, with a screen reader, on a small screen, in light and dark. The report is held to the same."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import pyexplain as px
from pyexplain.present.report import write_report

from .conftest import Service, Tab
from .test_page import asked, somebody

Open = Callable[..., Tab]


def axe(page: Any) -> list[str]:
    """What axe-core calls serious or critical, with where it is."""
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe-core is not installed: pip install 'pyexplain[test]'")
    page.evaluate((Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8"))
    said = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')}"
        for one in said["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(tab: Open, service: Service, run: px.Run, scheme: str) -> None:
    user, item = somebody(run), run.recommend(somebody(run), 30)[19][0]
    liked = run.data.items[int(run.data.train[run.data.train[:, 0] == run.data.users.index(user)][0, 1])]
    opened = tab(service.url, color_scheme=scheme)
    opened.page.locator(".people button").first.wait_for()
    assert axe(opened.page) == []
    opened.page.goto(f"{service.url}?user={user}&struck={liked}&view=analyst&why={item}")
    opened.settle()
    opened.page.locator("#why .answer").wait_for()
    opened.page.locator("#items summary").first.click()
    opened.page.get_by_role("button", name="Draw the deletion curve").first.click()
    opened.page.locator(".curve svg").first.wait_for()
    opened.page.get_by_role("combobox", name="Find a person").fill("U")
    opened.page.get_by_role("option").first.wait_for()
    assert axe(opened.page) == []


def test_a_list_of_answers_is_not_cut_off_by_the_column_it_is_in(tab: Open, service: Service) -> None:
    page = tab(service.url, width=1280).page
    page.get_by_role("combobox", name="Find a person").fill("U")
    page.get_by_role("option").first.wait_for()
    aside, answers = (page.locator(one).first.bounding_box() for one in ("aside", "[role=listbox]:not([hidden])"))
    assert answers["height"] > 100
    assert answers["y"] + answers["height"] <= aside["y"] + aside["height"]


@pytest.fixture(scope="package")
def report(run: px.Run, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the run's report."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(path, px.evaluate(run), run, users=1)
    return path.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_report(tab: Open, report: str, scheme: str) -> None:
    opened = tab(report, faults=True, color_scheme=scheme)
    assert axe(opened.page) == []
    assert opened.asked == [report]


@pytest.mark.parametrize("width", [360, 800])
def test_nothing_sticks_out_of_a_small_screen(tab: Open, service: Service, run: px.Run, width: int) -> None:
    user, item = somebody(run), run.recommend(somebody(run), 30)[19][0]
    opened = tab(f"{service.url}?user={user}&word=sound*0&view=analyst&why={item}", width=width)
    opened.settle()
    opened.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    opened.page.get_by_role("button", name="Draw the deletion curve").first.click()
    opened.page.locator(".curve svg").first.wait_for()
    assert opened.page.evaluate("document.documentElement.scrollWidth") == width
    wide = "[...document.querySelectorAll('button, input, h3, p')].filter((one) => one.getBoundingClientRect().right > innerWidth)"
    assert (
        opened.page.evaluate(f"{wide}.filter((one) => !one.closest('.scroll, .chips, .unseen')).map((one) => one.outerHTML)") == []
    )


def test_the_keyboard_is_enough(tab: Open, service: Service, run: px.Run) -> None:
    opened = tab(service.url)
    keys, user = opened.page.keyboard, somebody(run)
    opened.page.locator(".people button").first.wait_for()

    def to(what: str) -> None:
        for _ in range(60):
            keys.press("Tab")
            if opened.page.evaluate(f"document.activeElement.matches({what!r})"):
                return
        raise AssertionError(f"the Tab key does not reach {what}")

    keys.press("Tab")
    assert opened.page.evaluate("document.activeElement.className") == "skip"
    to("#user")
    keys.type(user)
    opened.page.get_by_role("option").filter(has_text=user).wait_for()
    keys.press("ArrowDown")
    assert opened.page.locator("#user").get_attribute("aria-activedescendant") == "user-0"
    keys.press("Enter")
    opened.settle()
    assert asked(opened)["user"] == [user]
    to(".chip")
    keys.press("Enter")
    opened.settle()
    assert opened.page.locator("#changes").is_visible()
    assert opened.page.evaluate("document.activeElement.matches('.chip, #list')"), "the focus stays where one was"
    opened.page.locator("#user").focus()
    to("input[type=range]")
    keys.press("ArrowRight")
    opened.settle()
    to("#item")
    keys.type("headphones")
    opened.page.locator("#item-list [role=option]").first.wait_for()
    keys.press("Escape")
    assert opened.page.locator("#item-list").is_hidden()
    keys.press("ArrowDown")
    opened.page.locator("#item-list [role=option]").first.wait_for()
    keys.press("ArrowDown")
    keys.press("Enter")
    opened.page.locator("#why .answer").wait_for()
