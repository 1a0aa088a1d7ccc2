"""One at a time; who would wait too long, or is one too many, is sent away."""

from __future__ import annotations

import threading
import time

import anyio
import pytest

from pyexplain.serve.desk import Desk
from pyexplain.serve.problems import RefusedError
from pyexplain.serve.settings import ServiceSettings


def test_one_is_served_at_a_time() -> None:
    busy, most = [0], [0]

    def work() -> None:
        busy[0] += 1
        most[0] = max(most[0], busy[0])
        time.sleep(0.01)
        busy[0] -= 1

    async def all_at_once() -> None:
        desk = Desk(ServiceSettings())
        async with anyio.create_task_group() as group:
            for _ in range(8):
                group.start_soon(desk.ask, work)

    anyio.run(all_at_once)
    assert most == [1]


def test_who_is_one_too_many_is_sent_away() -> None:
    go_on = threading.Event()
    status: list[int] = []
    headers: list[object] = []

    async def asked(desk: Desk) -> None:
        try:
            await desk.ask(lambda: go_on.wait(10))
            status.append(200)
        except RefusedError as refused:
            status.append(refused.status)
            headers.append(refused.headers)
            go_on.set()

    async def all_at_once() -> None:
        desk = Desk(ServiceSettings(waiting=2))
        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(asked, desk)
                await anyio.sleep(0.01)

    anyio.run(all_at_once)
    assert sorted(status) == [200, 200, 200, 503]
    assert headers == [{"Retry-After": "1"}]


def test_an_answer_that_takes_too_long_is_given_up() -> None:
    go_on = threading.Event()

    async def asked() -> None:
        desk = Desk(ServiceSettings(seconds=0.05))
        with pytest.raises(RefusedError, match=r"within 0\.05 seconds"):
            await desk.ask(lambda: go_on.wait(10))
        go_on.set()
        await anyio.sleep(0.05)
        assert await desk.ask(lambda: 3) == 3

    anyio.run(asked)
