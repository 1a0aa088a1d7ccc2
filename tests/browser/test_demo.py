"""`pyexplain demo --serve` ends with a page that answers."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Tab


@pytest.mark.long
def test_the_demo_is_shown_on_a_page(tab: Callable[..., Tab], tmp_path: Path) -> None:
    words = [sys.executable, "-m", "pyexplain", "demo", "--serve", "--port", "0", "--out", str(tmp_path / "demo")]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        address = None
        while address is None:
            line = process.stderr.readline()
            assert line, "it ended"
            address = re.search(r"Serving at (http://127\.0\.0\.1:\d+)", line)
        opened = tab(address[1] + "/")
        opened.page.locator(".people button").first.click()
        opened.settle()
        assert len(opened.titles()) == 10
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0
