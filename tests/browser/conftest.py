"""One service and one browser for all tests of the page; without a Chromium, or playwright to drive it, they are skipped."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import pyexplain as px
from pyexplain.data.demo import ITEMS_FILE, write_demo
from pyexplain.preparation.prepare import prepare
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.registry import load_registry
from pyexplain.serve.app import make_app
from pyexplain.serve.served import Served
from pyexplain.serve.settings import ServiceSettings

HERE = Path(__file__).parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In one process: the service, the run and the browser are shared."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


class Service:
    """A service in a thread; it can be stopped, and started again at the same address."""

    def __init__(self, served: Served, **settings: Any) -> None:
        self.served, self.settings, self.port = served, settings, 0
        self.start()

    def start(self) -> None:
        import socket

        import uvicorn

        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", self.port))
        self.port = bound.getsockname()[1]
        bound.listen(128)
        app = make_app(lambda: self.served, ServiceSettings(port=self.port, **self.settings))
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        self.thread = threading.Thread(target=self.server.run, args=([bound],), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def stop(self) -> None:
        self.server.should_exit = self.server.force_exit = True
        self.thread.join(20)


@pytest.fixture(scope="package")
def run(tmp_path_factory: pytest.TempPathFactory) -> px.Run:
    """The demo's reviews, few of them, of items that have brands: reasons are of all three kinds."""
    reviews = write_demo(tmp_path_factory.mktemp("page"), users=150, items=60, features=16)
    items = reviews.with_name(ITEMS_FILE)
    lines = [json.loads(line) for line in items.read_text(encoding="utf-8").splitlines()]
    text = "\n".join(json.dumps(line | {"brand": line["title"].split()[0]}) for line in lines)
    items.write_text(text, encoding="utf-8")
    data = prepare([reviews], PrepareOptions(name="demo", items=(items,)), load_registry())
    return px.train(data, explainer="hybrid", epochs=2, dim=8)


@pytest.fixture(scope="package")
def served(run: px.Run) -> Served:
    return Served.of(run, None)


@pytest.fixture(scope="package")
def serve(served: Served) -> Iterator[Callable[..., Service]]:
    """serve(key=value...): a service of its own with those settings."""
    made: list[Service] = []

    def start(other: px.Run | None = None, **settings: Any) -> Service:
        made.append(Service(served if other is None else Served.of(other, None), **settings))
        return made[-1]

    yield start
    for service in made:
        service.stop()


@pytest.fixture(scope="package")
def service(serve: Callable[..., Service]) -> Service:
    """The one that most tests ask."""
    return serve()


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here: apt install chromium")
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install 'pyexplain[test]'")
    with driver.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


class Tab:
    """A tab, with what it asked for and what it complained of."""

    def __init__(self, context: Any) -> None:
        self.page, self.asked, self.faults = context.new_page(), [], []
        self.page.set_default_timeout(10_000)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda said: said.type == "error" and self.faults.append(said.text))

    def titles(self) -> list[str]:
        """The list, from the first place on."""
        found: list[str] = self.page.locator("#items h3").all_inner_texts()
        return found

    def settle(self) -> None:
        """Until the list is that of the address."""
        self.until("document.body.dataset.shown === location.search && document.querySelector('#items li') !== null")

    def until(self, expression: str) -> None:
        """Asked again and again: playwright's own way needs `eval`, which the page's policy forbids."""
        for _ in range(1000):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(10)
        raise AssertionError(f"never: {expression}; {self.faults}; {self.page.locator('#trouble').inner_text()}")


@pytest.fixture
def tab(browser: Any) -> Iterator[Callable[..., Tab]]:
    """tab(address, width=...): an opened page. In the end nothing was asked of anybody else, and no script failed."""
    made: list[tuple[Any, Tab, str]] = []

    def open_at(address: str, width: int = 1200, faults: bool = False, **more: Any) -> Tab:
        context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce", **more)
        opened = Tab(context)
        opened.page.goto(address)
        made.append((context, opened, "" if faults else address))
        return opened

    yield open_at
    for context, opened, address in made:
        context.close()
        if address:
            here = address.split("?")[0]
            assert [url for url in opened.asked if not url.startswith((here, "data:"))] == []
            assert opened.faults == []
