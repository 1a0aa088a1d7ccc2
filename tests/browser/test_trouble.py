"""Bad input, a service that is gone, a token, a run that cannot: said in plain words, with what to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import pyexplain as px

from .conftest import Service, Tab
from .test_page import somebody

Open = Callable[..., Tab]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("user=nobody-knows", "Unknown user 'nobody-knows'"),
        ("user=U000003&struck=nothing", "Unknown item 'nothing'"),
        ("user=U000003&word=nothing*3", "Unknown feature 'nothing'"),
        ("user=U000003&word=sound*1e300", "less than 1000000"),
        ("user=%3Cimg+src%3Dx%3E", "Unknown user '<img src=x>'"),
        ("user=" + "x" * 2000, "at most 1000 characters"),
    ],
)
def test_bad_input_is_told_in_words(tab: Open, service: Service, query: str, words: str) -> None:
    opened = tab(f"{service.url}?{query}", faults=True)
    opened.page.locator(".trouble").wait_for()
    assert words in opened.page.locator("#trouble").inner_text()
    assert "Traceback" not in opened.page.content()
    assert opened.page.locator("#trouble img").count() == 0


def test_a_change_that_cannot_be_can_be_taken_back(tab: Open, serve: Callable[..., Service], run: px.Run) -> None:
    fixed = px.train(run.data.source, explainer="cnr", epochs=1, dim=4)
    service = serve(fixed)
    opened = tab(f"{service.url}?user={somebody(run)}", faults=True)
    opened.settle()
    assert opened.page.get_by_role("button", name="Start from nothing").is_disabled()
    assert opened.page.get_by_role("button", name="Like it").count() == 0
    assert "without training" in opened.page.locator("#person").inner_text()
    assert opened.page.locator("input[type=range]").count() > 0


def test_a_run_without_reasons_says_so_and_shows_its_list(tab: Open, serve: Callable[..., Service], run: px.Run) -> None:
    plain = px.train(run.data.source, baseline="ease")
    opened = tab(f"{serve(plain).url}?user={somebody(run)}")
    opened.settle()
    assert opened.titles() == [run.data.items.title(item) for item, _ in plain.recommend(somebody(run), 10)]
    assert opened.page.get_by_text("does not say why by itself").is_visible()
    assert opened.page.get_by_role("combobox", name="Why not").count() == 0
    assert opened.page.locator("input[type=range]").count() == 0
    opened.page.get_by_role("button", name="Strike: ").first.click()
    opened.settle()
    assert opened.page.locator("#items .mark").count() > 0


def test_a_service_that_is_gone_is_told_and_asked_again_when_wanted(tab: Open, serve: Callable[..., Service], run: px.Run) -> None:
    service = serve()
    opened = tab(f"{service.url}?user={somebody(run)}", faults=True)
    opened.settle()
    before = opened.titles()
    service.stop()
    slider = opened.page.locator("input[type=range]").first
    slider.press("Home")
    alert = opened.page.get_by_role("alert").filter(has_text="The service does not answer.")
    alert.wait_for()
    assert "pyexplain serve" in alert.inner_text()
    assert opened.titles() == before
    service.start()
    opened.page.get_by_role("button", name="Try again").click()
    opened.settle()
    assert opened.titles() != before
    assert opened.page.locator(".trouble").count() == 0


def test_a_token_is_asked_for_and_kept_in_the_tab_alone(tab: Open, serve: Callable[..., Service], run: px.Run) -> None:
    service = serve(token="secret")
    opened = tab(f"{service.url}?user={somebody(run)}", faults=True)
    opened.page.get_by_label("Token", exact=True).fill("wrong")
    opened.page.keyboard.press("Enter")
    opened.page.get_by_text("That was not the right one.").wait_for()
    opened.page.get_by_label("Token", exact=True).fill("secret")
    opened.page.keyboard.press("Enter")
    opened.settle()
    assert "secret" not in opened.page.url
    assert opened.page.evaluate("Object.keys(localStorage).length + document.cookie.length") == 0
    opened.page.reload()
    opened.settle()
