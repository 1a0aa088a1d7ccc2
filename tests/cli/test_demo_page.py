"""`pyexplain demo --serve` says at once what it cannot do; that it ends with a page is in tests/browser."""

from __future__ import annotations

import socket
from pathlib import Path

from .conftest import run


def test_a_port_that_is_taken_is_told_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("demo", "--serve", "--port", str(taken.getsockname()[1]), "--out", str(tmp_path / "demo"))
    assert result.exit_code == 2
    assert "cannot listen" in result.stderr
    assert not (tmp_path / "demo").exists()
