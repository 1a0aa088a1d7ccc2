"""The command itself, in a process of its own: it says where it listens, ends its answers when told to stop, survives a kill."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pyexplain as px
from pyexplain.cli.service_token import token_in
from pyexplain.errors import UsageError
from pyexplain.serve.server import listen
from pyexplain.serve.settings import ServiceSettings
from tests.cli.conftest import run as call
from tests.warm import warm
from tests.worlds import small_world


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("served")
    px.save_dataset(small_world(), top / "data")
    px.train(top / "data", explainer="cnr", epochs=7, dim=8).save(top / "run")
    return top / "run"


class Service:
    """A process that serves a run."""

    def __init__(self, folder: Path, *more: object, **environment: str) -> None:
        words = ("-m", "pyexplain", "serve", folder, "--port", 0, "--threads", 1, "--json", *more)
        self.process = warm().start(*words, env=os.environ | environment)
        said = ""
        while not said.endswith("}\n"):
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.01)
            said = self.process.printed()
        self.url: str = json.loads(said)["url"]

    def get(self, path: str, **headers: str) -> Any:
        with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers), timeout=20) as answer:
            return json.load(answer)

    def end(self, how: signal.Signals) -> str:
        self.process.send_signal(how)
        return self.process.communicate(timeout=30)[1]


@pytest.fixture
def service(folder: Path) -> Iterator[Service]:
    made = Service(folder)
    yield made
    made.process.send_signal(signal.SIGKILL)
    made.process.wait()


ASKED = "/recommend?user=u003&k=5&explain=true"


def test_a_signal_ends_it_after_the_answers_in_progress(service: Service) -> None:
    before = service.get(ASKED)
    got: list[object] = []
    threads = [threading.Thread(target=lambda: got.append(service.get(ASKED))) for _ in range(8)]
    for thread in threads:
        thread.start()
    while not got:
        pass
    said = service.end(signal.SIGTERM)
    for thread in threads:
        thread.join(20)
    assert service.process.returncode == 0  # how a service ends is no failure
    assert said.splitlines()[-1] == "Stopped by SIGTERM; what was being answered was answered."
    assert "Traceback" not in said
    assert "Error" not in said
    assert all(answer == before for answer in got)


def test_killed_in_the_middle_and_started_again_it_answers_the_same(service: Service, folder: Path) -> None:
    before = service.get(ASKED)
    threads = [threading.Thread(target=lambda: pytest.raises(OSError, service.get, ASKED)) for _ in range(4)]
    service.process.send_signal(signal.SIGSTOP)
    for thread in threads:
        thread.start()
    service.end(signal.SIGKILL)
    for thread in threads:
        thread.join(20)
    again = Service(folder)
    try:
        assert again.get(ASKED) == before
    finally:
        assert "Traceback" not in again.end(signal.SIGINT)


def test_the_token_comes_from_the_environment(folder: Path) -> None:
    service = Service(folder, PYEXPLAIN_TOKEN="secret")
    try:
        with pytest.raises(urllib.error.HTTPError, match="401"):
            service.get(ASKED)
        assert service.get(ASKED, Authorization="Bearer secret")["user"] == "u003"
    finally:
        service.end(signal.SIGTERM)


def test_the_token_comes_from_a_file_that_goes_before_the_environment(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "token"
    kept.touch(0o600)
    kept.write_text("secret\n")
    service = Service(folder, "--token-file", kept, PYEXPLAIN_TOKEN="other")
    try:
        with pytest.raises(urllib.error.HTTPError, match="401"):
            service.get(ASKED, Authorization="Bearer other")
        assert service.get(ASKED, Authorization="Bearer secret")["user"] == "u003"
    finally:
        assert "Warning" not in service.end(signal.SIGTERM)


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "no token in it"), (" \n", "no token in it"), ("a b", "is no token"), ("ü", "is no token")],
)
def test_a_file_without_a_token_is_refused_with_how_to_make_one(folder: Path, tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "token").write_text(text, encoding="utf-8")
    result = call("serve", str(folder), "--token-file", str(tmp_path / "token"))
    assert result.exit_code == 2
    assert says in result.stderr
    assert "openssl rand" in result.stderr


def test_a_token_that_others_may_read_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "token"
    kept.write_text("secret")
    for mode, warned in ((0o644, True), (0o600, False)):
        kept.chmod(mode)
        assert token_in(kept) == "secret"
        assert ("other users of this machine may read" in capsys.readouterr().err) is warned


def test_a_port_that_is_taken_is_told_before_anything_is_loaded() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match="cannot listen") as error:
            listen(lambda: pytest.fail("was loaded"), ServiceSettings(port=port), print)
        assert error.value.where == f"127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("host", "here"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("a.b", False)]
)
def test_who_can_reach_it(host: str, here: bool) -> None:
    assert ServiceSettings(host).only_here == here


def test_a_run_that_is_not_there_is_one_message(tmp_path: Path) -> None:
    result = call("serve", str(tmp_path / "none"), "--port", "0")
    assert result.exit_code == 1
    assert "Error: " in result.stderr
    assert "Traceback" not in result.stderr


def test_without_the_extra_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "pyexplain.serve.server", raising=False)
    result = call("serve", str(folder), "--port", "0")
    assert result.exit_code == 2
    assert "pip install 'pyexplain[serve]'" in result.stderr
