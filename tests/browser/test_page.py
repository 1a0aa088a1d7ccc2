"""What people do on the page, done in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

import pyexplain as px
from pyexplain.cli.demo import demo_dataset

from .conftest import Service, Tab

Open = Callable[..., Tab]


def asked(tab: Tab) -> dict[str, list[str]]:
    """What the address says."""
    return parse_qs(urlsplit(tab.page.url).query, keep_blank_values=True)


def somebody(run: px.Run) -> str:
    """A user whose reasons are of all three kinds."""
    return run.data.users[38]


@pytest.fixture
def known(tab: Open, service: Service, run: px.Run) -> Tab:
    """The page of a user."""
    opened = tab(f"{service.url}?user={somebody(run)}")
    opened.settle()
    return opened


def test_a_person_is_found_and_sees_what_python_recommends(tab: Open, service: Service, run: px.Run) -> None:
    opened = tab(service.url)
    user = somebody(run)
    opened.page.get_by_role("combobox", name="Find a person").fill(user[-3:])
    opened.page.get_by_role("option").filter(has_text=user).click()
    opened.settle()
    assert opened.titles() == [run.data.items.title(item) for item, _ in run.recommend(user, 10)]
    reasons = set(opened.page.locator("#items .chip small").all_inner_texts())
    assert reasons == {"word", "brand", "liked"}
    assert "says: “" in opened.page.locator("#items").inner_text()
    opened.page.locator("#items summary").first.click()
    assert opened.page.locator("#items .quotes blockquote").first.is_visible()


def test_an_item_is_struck_and_put_back(known: Tab) -> None:
    before = known.titles()
    known.page.get_by_role("button", name=re.compile("^Strike: ")).first.click()
    known.settle()
    assert len(asked(known)["struck"]) == 1
    assert known.titles() != before
    assert known.page.locator("#items .mark").count() > 0
    assert "without changes" in known.page.locator("#said").inner_text()
    known.page.get_by_role("button", name="Undo").click()
    known.until("!location.search.includes('struck')")
    known.settle()
    assert known.titles() == before
    assert known.page.locator("#items .mark").count() == 0


def test_a_reason_is_taken_away_with_a_click(known: Tab) -> None:
    reason = known.page.get_by_role("button", name=re.compile("^Take away the reason .*, a word")).first
    name = str(reason.get_attribute("aria-label")).split("reason ")[1].split(",")[0]
    reason.click()
    known.settle()
    assert asked(known)["word"] == [f"{name}*0"]
    assert known.page.get_by_role("button", name=re.compile(f"^Take away the reason {name}, a word")).count() == 0
    assert known.page.locator(f'[id="weigh-word-{name}"]').input_value() == "0"
    known.page.get_by_role("button", name="Reset").click()
    known.settle()
    assert "word" not in asked(known)


def test_a_slider_changes_the_list_and_marks_are_those_of_the_service(known: Tab, service: Service) -> None:
    slider = known.page.locator("input[type=range]").first
    slider.focus()
    slider.press("Home")
    known.settle()
    marks = known.page.evaluate(
        """async () => {
            const given = new URLSearchParams(location.search), words = {};
            for (const one of given.getAll("word")) words[one.split("*")[0]] = Number(one.split("*")[1]);
            const answer = await (await fetch("person", {method: "POST", headers: {"Content-Type": "application/json"},
                body: JSON.stringify({user: given.get("user"), words})})).json();
            const sign = (one) => one.before === one.now ? null : one.before > 10 ? "new" : one.before > one.now ? "up" : "down";
            return answer.places.filter((one) => one.now <= 10).map((one) => [one.item, sign(one)]);
        }"""
    )
    each = "[one.dataset.item, one.querySelector('.mark')?.dataset.mark ?? null]"
    shown = known.page.evaluate(f"[...document.querySelectorAll('#items > li')].map((one) => {each})")
    assert shown == marks
    assert any(sign for _, sign in shown)
    signs = known.page.locator("#items .mark").all_inner_texts()
    assert all(text.split()[0] in "▲▼+" for text in signs), "marks are told apart by more than colour"
    assert slider.evaluate("one => one === document.activeElement")


@pytest.mark.parametrize("waits", [False, True], ids=["at once", "with answers on the way"])
def test_a_slider_that_is_dragged_is_one_change(known: Tab, waits: bool) -> None:
    slider, mouse = known.page.locator("input[type=range]").first, known.page.mouse
    slider.press("Home")
    known.settle()
    address, before = known.page.url, known.titles()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    mouse.move(box["x"] + 8, middle)
    mouse.down()
    for step in range(1, 10):
        mouse.move(box["x"] + box["width"] * 0.1 * step, middle)
        if waits:
            known.settle()
    mouse.up()
    known.settle()
    assert int(slider.input_value()) >= 4
    assert known.page.url != address
    known.page.go_back()
    known.until("location.search.endsWith('*0')")
    known.settle()
    assert (known.page.url, known.titles()) == (address, before)


SLOW = """() => {
    const real = window.fetch;
    window.fetch = async (...given) => {
        const answer = await real(...given);
        await new Promise((go) => setTimeout(go, 300));
        window.answered = (window.answered ?? 0) + 1;
        return answer;
    };
}"""


def test_an_answer_that_comes_late_does_not_move_the_slider(known: Tab) -> None:
    """From 0 by way of 3 back to what it was, and let go before more than the answer about 3 is there."""
    slider, mouse = known.page.locator("input[type=range]").first, known.page.mouse
    own, address = int(slider.input_value()), known.page.url
    slider.press("Home")
    known.settle()
    known.page.evaluate(SLOW)
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    mouse.move(box["x"] + 8, middle)
    mouse.down()
    for share in (0.5, 0.98):
        mouse.move(box["x"] + box["width"] * share, middle)
    assert int(slider.input_value()) == own
    known.until("window.answered === 1")
    known.page.wait_for_timeout(50)
    mouse.up()
    assert known.page.evaluate("window.answered") == 1
    assert int(slider.input_value()) == own
    known.settle()
    assert (int(slider.input_value()), known.page.url) == (own, address)


def test_what_is_seen_can_be_sent_to_somebody(known: Tab, tab: Open) -> None:
    known.page.get_by_role("button", name=re.compile("^Strike: ")).first.click()
    known.page.locator("input[type=range]").first.press("End")
    known.settle()
    other = tab(known.page.url)
    other.settle()
    assert other.titles() == known.titles()


def test_why_not_this_one_is_answered_and_tried(known: Tab, service: Service, run: px.Run) -> None:
    item = (
        run.data.items[int(run.order.scores(run.data.train[:1, 0]).argmin())] if False else run.recommend(somebody(run), 30)[19][0]
    )
    known.page.get_by_role("combobox", name="Why not this one?").fill(item)
    known.page.get_by_role("option").filter(has_text=item).click()
    known.page.locator("#why .answer").wait_for()
    assert known.page.locator("#why h3").inner_text() == f"Why not {run.data.items.title(item)}?"
    known.page.get_by_role("button", name="Try this").click()
    known.settle()
    last, words = run.recommend(somebody(run), 10)[9][0], dict(one.rsplit("*", 1) for one in asked(known).get("word", []))
    question = {"user": somebody(run), "item": item, "against": last, "words": words, "struck": asked(known).get("struck", [])}
    answer = known.page.request.post(f"{service.url}person/explain", data=question)
    assert answer.json()["item"] == item, "it ranks above the last of the list now"


def test_from_nothing_one_picks_what_one_likes(tab: Open, service: Service, run: px.Run) -> None:
    opened = tab(service.url)
    opened.page.get_by_role("button", name="Start from nothing").click()
    opened.settle()
    first = opened.titles()
    opened.page.get_by_role("button", name=re.compile("^Like it: ")).nth(4).click()
    opened.settle()
    opened.page.get_by_role("combobox", name="Add what they care about").fill("s")
    opened.page.get_by_role("option").filter(has_text="word, ").first.click()
    opened.settle()
    assert first[4] not in opened.titles()
    profile = px.Profile(asked(opened)["liked"], {word: float(n) for word, n in (one.split("*") for one in asked(opened)["word"])})
    assert opened.titles() == [run.data.items.title(item) for item, _ in run.recommend(profile, 10)]


def test_the_analyst_sees_numbers_and_a_curve(known: Tab, run: px.Run) -> None:
    known.page.get_by_role("switch").check()
    known.settle()
    known.page.locator("#items summary").first.click()
    numbers = known.page.locator("#items .facts").first.inner_text()
    lead = run.explain(somebody(run), run.recommend(somebody(run))[0][0]).to_dict()["margin_before"]
    assert f"{lead:.3f}" in numbers
    known.page.get_by_role("button", name="Draw the deletion curve").first.click()
    known.page.locator("#items .curve svg").first.wait_for()
    assert f"as it is: {lead:.2f}" in str(known.page.locator("#items .curve svg").first.get_attribute("aria-label"))


def milliseconds(tab: Tab, moves: int) -> list[float]:
    """From the move of a slider to the new list with its reasons, for each move, the fastest first."""
    slider = tab.page.locator("input[type=range]").first
    slider.focus()
    tab.page.evaluate("performance.clearMeasures()")
    for move in range(moves):
        slider.press("End" if move % 2 else "Home")
        tab.settle()
    return sorted(tab.page.evaluate("performance.getEntriesByName('answered').map((one) => one.duration)"))


def test_it_answers_within_a_tenth_of_a_second(known: Tab) -> None:
    """The fastest of some: other programs may use the processors."""
    took: list[float] = []
    while len(took) < 60 and not (took and took[0] < 100):
        took += milliseconds(known, 4)
        took.sort()
    assert took[0] < 100, took


@pytest.mark.long
def test_so_it_does_with_the_whole_demo(tab: Open, serve: Callable[..., Service], tmp_path: Path) -> None:
    run = px.train(demo_dataset(lambda label, done, total: None, tmp_path / "dataset"), explainer="hybrid")
    opened = tab(f"{serve(run).url}?user={run.data.users[96]}")
    opened.settle()
    took = milliseconds(opened, 40)
    median, slow = took[len(took) // 2], took[len(took) * 9 // 10]
    print(
        f"{len(took)} moves; milliseconds from a move to the list: least {took[0]:.0f}, median {median:.0f}, nine tenths {slow:.0f}"
    )
    assert median < 100, took
