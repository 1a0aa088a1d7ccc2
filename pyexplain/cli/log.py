"""What a command does, line by line: on stderr for who looks on (--verbose), in a file for who looks it up later (--log-file)."""

from __future__ import annotations

import logging
import shlex
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from ..errors import DataError

LOGGER = logging.getLogger("pyexplain")
HANDLERS, BEGAN, VERBOSE = "log handlers", "log began", "verbose"
FORMAT, DATES = "%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S%z"
Tell = Callable[[str, int, int], None]


def logged(command: click.Command) -> click.Command:
    """The same command, and those below it, with --verbose and --log-file."""
    below = getattr(command, "commands", None)
    if below is not None:
        for one in below.values():
            logged(one)
    elif not any(param.name == "log_file" for param in command.params):
        about = {"expose_value": False, "is_eager": True}
        command.params.append(
            click.Option(
                ["--verbose"], is_flag=True, callback=_verbose, help="Say on stderr what is done, and how long it takes.", **about
            )
        )
        path = click.Path(dir_okay=False, path_type=Path)
        command.params.append(
            click.Option(["--log-file"], type=path, callback=_file, help="Add the same to this file, tracebacks too.", **about)
        )
    return command


def _verbose(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        handler = logging.StreamHandler(sys.stderr)
        handler.addFilter(lambda record: not getattr(record, "said", False))  # it stands on stderr already
        handler.setFormatter(_Plain("%(asctime)s %(message)s", "%H:%M:%S"))
        _begin(ctx, handler)
        ctx.find_root().ensure_object(dict)[VERBOSE] = True


def _file(ctx: click.Context, param: click.Parameter, value: Path | None) -> None:
    if value is None:
        return
    try:
        handler = logging.FileHandler(value, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise DataError(f"cannot be written: {error.strerror}", where=str(value), hint="Name another --log-file.") from error
    handler.setFormatter(_Plain(FORMAT, DATES))
    _begin(ctx, handler)


class _Plain(logging.Formatter):
    """Texts come from others: no control characters but the ends of lines of tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        from ..present.harmless import harmless_lines

        return harmless_lines(super().format(record))


def _begin(ctx: click.Context, handler: logging.Handler) -> None:
    session = ctx.find_root().ensure_object(dict)
    if HANDLERS not in session:
        session[HANDLERS], session[BEGAN] = [], time.monotonic()
    session[HANDLERS].append(handler)
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    from importlib.metadata import version

    words = session.get("words") or [ctx.command_path]
    record = LOGGER.makeRecord(
        LOGGER.name, logging.INFO, "", 0, "pyexplain %s: %s", (version("pyexplain"), shlex.join(words)), None
    )
    handler.handle(record)  # to this one alone: the other had it


def ended(session: dict[str, Any], status: int) -> None:
    """The last line; nothing of the log is left in the process."""
    if HANDLERS not in session:
        return
    LOGGER.info("ended with status %d after %.1f s%s", status, time.monotonic() - session[BEGAN], _memory())
    for handler in session.pop(HANDLERS):
        LOGGER.removeHandler(handler)
        handler.close()
    LOGGER.setLevel(logging.NOTSET)


def _memory() -> str:
    try:
        import resource
    except ImportError:  # not on every system
        return ""
    return f", {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most"


def failed(error: BaseException) -> None:
    """An error that ends the command, with where it was raised."""
    if not LOGGER.handlers:  # logging would print it itself, and it is told as a message
        return
    LOGGER.error("%s: %s", type(error).__name__, error, exc_info=error, extra={"said": True})


def noted(text: str) -> None:
    """A line that was said on stderr."""
    if not LOGGER.handlers:  # logging would print it a second time
        return
    level = logging.ERROR if text.startswith("Error:") else logging.WARNING if text.startswith("Warning:") else logging.INFO
    LOGGER.log(level, "%s", text, extra={"said": True})


def epoch(entry: Mapping[str, float]) -> None:
    """What the history keeps of an epoch."""
    if LOGGER.isEnabledFor(logging.INFO):
        told = ", ".join(f"{key} {value:.4g}" for key, value in entry.items() if key not in ("epoch", "seconds"))
        LOGGER.info("epoch %d: %s (%.2f s)", entry.get("epoch", 0), told, entry.get("seconds", 0.0))


def watched_steps(tell: Tell) -> Tell:
    """The same, noting when each thing that takes a while begins and ends."""
    began: dict[str, float] = {}

    def step(label: str, done: int, total: int) -> None:
        now = time.monotonic()
        if label not in began:
            began[label] = now
            LOGGER.info("%s: %s", label, f"{total:,} to do" if total else "begun")
        if total and done >= total:
            LOGGER.info("%s: done after %.1f s", label, now - began.pop(label))
        tell(label, done, total)

    return step
