"""The one place where the command line writes: to people without control characters, to programs one JSON document.

While a command runs, what others print (plugins, libraries, programs that they start) goes to stderr, so that stdout holds our
output and nothing else.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import click

from ..errors import RunError
from .log import noted


class ReaderLeftError(Exception):
    """Nobody reads our output any more, as when it goes to `head`; that is no failure."""


def print_json(document: object) -> None:
    """Exactly one document."""
    from ..present.harmless import escape_json

    stream = _stdout()
    plain = not (getattr(stream, "encoding", None) or "utf-8").lower().startswith("utf")
    text = json.dumps(document, ensure_ascii=plain, indent=1, allow_nan=False)
    if session := _session():
        session["printed"] = True
    write(escape_json(text) + "\n")


def show(*renderables: Any) -> None:
    """Tables and sentences for people, on stdout, as wide as the terminal (110 columns in a pipe)."""
    from rich.console import Console

    stream = _stdout()
    wide = stream is not None and stream.isatty()
    # no markup and no emoji codes: texts come from others, and "[/x]" in a title is no mistake of ours
    console = Console(file=stream, width=None if wide else 110, highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        for renderable in renderables:
            console.print(_Harmless(renderable))
    write(captured.get())


def say(text: str) -> None:
    """A line for people on stderr: what was done, a warning, what comes next."""
    from ..present.harmless import harmless_lines

    noted(text)
    write(_folded(harmless_lines(text)) + "\n", error=True)


def _folded(text: str) -> str:
    """Lines as wide as the terminal where stderr is one, between words and never within one; as they are for a file or a pipe."""
    stream = sys.stderr
    if stream is None or stream.closed or not stream.isatty():
        return text
    width = max(40, shutil.get_terminal_size((80, 24)).columns)
    return "\n".join(_fold(line, width) for line in text.split("\n"))


def _fold(line: str, width: int) -> str:
    """Rows of one line, each as far in as the first."""
    deep = line[: len(line) - len(line.lstrip(" "))]
    return textwrap.fill(line, width, subsequent_indent=deep, break_long_words=False, break_on_hyphens=False) if line else line


class _Harmless:
    """What a renderable shows, without the control characters that its texts hold; colours stay."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        from rich.segment import Segment

        from ..present.harmless import harmless

        inner = console.render_str(self.inner) if isinstance(self.inner, str) else self.inner
        for text, style, control in console.render(inner, options):
            if not control:
                yield Segment("\n".join(harmless(line) for line in text.split("\n")), style)


def write(text: str, error: bool = False) -> None:
    """To stdout, or stderr. ReaderLeftError where the reader left, RunError where stdout cannot be written to."""
    stream = sys.stderr if error else _stdout()
    try:
        if stream is None:
            raise OSError(0, "it is closed")
        stream.write(text)
        stream.flush()
    except BrokenPipeError as gone:
        raise ReaderLeftError from gone
    except (OSError, ValueError) as failure:  # ValueError: a closed stream
        if error:
            return  # there is nobody left to tell
        why = getattr(failure, "strerror", None) or failure
        raise RunError(f"cannot be written: {why}", where="standard output", hint="Redirect it to a file with room.") from failure


@contextmanager
def own_stdout(session: dict[str, Any]) -> Iterator[None]:
    """Our output goes to stdout as it was; whatever anybody else writes to stdout goes to stderr meanwhile."""
    before, real = sys.stdout, _Duplicate(sys.stdout)
    session["stdout"] = real.stream
    sys.stdout = sys.stderr or io.StringIO()
    try:
        yield
    finally:
        session.pop("stdout")
        sys.stdout = before
        real.undo()


def discard_stdout() -> None:
    """What is still buffered for a stdout that takes nothing goes nowhere, or Python would complain of it at its end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):  # a stream of a test, or none
        return


class _Duplicate:
    """A second stream to where stdout goes, with file descriptor 1 turned to stderr; the stream itself where it is no file."""

    def __init__(self, stream: TextIO | None) -> None:
        self.stream, self.saved = stream, -1
        try:
            if stream is None or stream.fileno() != 1 or sys.stderr is None or sys.stderr.fileno() != 2:
                return
        except (OSError, ValueError, AttributeError):  # a stream of a test or a notebook
            return
        stream.flush()
        self.saved = os.dup(1)
        os.dup2(2, 1)
        self.stream = open(self.saved, "w", encoding=stream.encoding, errors=stream.errors)  # noqa: SIM115

    def undo(self) -> None:
        """Descriptor 1 as it was; what could not be written is given up."""
        if self.saved < 0 or self.stream is None:
            return
        os.dup2(self.saved, 1)
        try:
            self.stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.saved)
        self.stream.close()


def _session() -> dict[str, Any] | None:
    context = click.get_current_context(silent=True)
    found = context.find_root().obj if context else None
    return found if isinstance(found, dict) else None


def _stdout() -> TextIO | None:
    found: TextIO | None = (_session() or {}).get("stdout", sys.stdout)
    return found
