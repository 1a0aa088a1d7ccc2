"""The token of a service: from a file or the environment, never from the command line, which others see."""

from __future__ import annotations

import os
from pathlib import Path

from ..data.json_file import read_bytes
from ..errors import UsageError
from .output import say

TOKEN = "PYEXPLAIN_TOKEN"
MAKE = "Make one: (umask 077; openssl rand -hex 16 > FILE)"


def token_in(file: Path) -> str:
    """The one line of a file, without blanks around it; a warning where other users of the machine may read it.

    DataError where the file cannot be read; UsageError where it holds none that a header can carry.
    """
    text = read_bytes(file).decode("utf-8", errors="replace").strip()
    if not text:
        raise UsageError("there is no token in it", where=str(file), hint=MAKE)
    if not (text.isascii() and text.isprintable() and " " not in text):
        raise UsageError("is no token: one line of letters, digits and signs without blanks", where=str(file), hint=MAKE)
    if os.name == "posix" and file.stat().st_mode & 0o077:
        say(f"Warning: other users of this machine may read {file}; chmod 600 {file}")
    return text
