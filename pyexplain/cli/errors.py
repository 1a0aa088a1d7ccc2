"""From errors to one clear message on stderr and an exit status: 0 done, 1 data or run, 2 wrong use, 128 + signal stopped (0 where
only a signal ends a command: serve).

With --json the message is also the one document on stdout: {"error": {"what": ..., "where": ..., "hint": ...}}.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click

from ..errors import PyexplainError, message
from .log import ended, failed
from .output import ReaderLeftError, discard_stdout, print_json, say, write
from .problems import Problem, problem_of, written_to_nobody
from .signals import StoppedError, watched


def guarded(group: click.Group, arguments: list[str] | None) -> None:
    """Run the command line; never returns."""
    words = sys.argv[1:] if arguments is None else arguments
    session: dict[str, Any] = {"words": words}
    _cover_closed_streams()
    with quiet(not _flag("--debug", words)):
        try:
            with watched():
                status = _status(group, words, session)
        except StoppedError as stopped:
            status = _stopped(stopped, words, session)
        except BaseException:  # --debug: whoever sees the traceback wants the end of the log too
            ended(session, 1)
            raise
        ended(session, status)
    sys.exit(status)


def _status(group: click.Group, words: list[str], session: dict[str, Any]) -> int:
    try:
        status = group.main(words, prog_name="pyexplain", standalone_mode=False, obj=session)
        return status if isinstance(status, int) else 0  # outside standalone mode, ctx.exit(n) makes main() return n
    except click.exceptions.Exit as done:
        return done.exit_code
    except (StoppedError, ReaderLeftError) as ended:
        if isinstance(ended, StoppedError):
            raise
        discard_stdout()
        return 0
    except BaseException as error:  # a plugin may raise anything, SystemExit too
        if written_to_nobody(error):
            discard_stdout()
            return 0
        if not isinstance(error, click.ClickException):
            failed(error)
            if _flag("--debug", words):
                raise
        return _tell(problem_of(error), words, session)


def _tell(problem: Problem, words: list[str], session: dict[str, Any]) -> int:
    """The line on stderr, the document on stdout; the exit status."""
    if problem.usage:
        write(problem.usage + "\n", error=True)
    if not problem.what:
        return problem.status
    say(f"Error: {message(problem.what, problem.where, problem.hint)}")
    _document(problem, words, session)
    if problem.stdout_is_gone:
        discard_stdout()
    return problem.status


def _document(problem: Problem, words: list[str], session: dict[str, Any]) -> None:
    if not _flag("--json", words) or session.get("printed") or problem.stdout_is_gone:
        return
    with suppress(ReaderLeftError, PyexplainError):
        print_json({"error": {"what": problem.what, "where": problem.where, "hint": problem.hint}})


def _stopped(stopped: StoppedError, words: list[str], session: dict[str, Any]) -> int:
    """One line; `if_stopped` of the session, where a command put it there, says how to go on. A command that only a signal ends
    (`until_stopped`) is done then."""
    _end_children()
    advice = session["if_stopped"]() if "if_stopped" in session else "nothing is half written"
    if session.get("until_stopped"):
        say(f"Stopped by {stopped.name}; {advice}.")
        return 0
    problem = Problem(f"stopped by {stopped.name}", "", advice, 128 + stopped.number)
    say(f"Error: {problem.what}; {problem.hint}")
    _document(problem, words, session)
    return problem.status


def _end_children() -> None:
    """Processes that we started and that are still there, should what started them not have come to ending them."""
    if "multiprocessing" in sys.modules:
        import multiprocessing

        for child in multiprocessing.active_children():
            child.kill()


def _flag(name: str, words: list[str]) -> bool:
    return name in (words[: words.index("--")] if "--" in words else words)


@contextmanager
def quiet(wanted: bool) -> Iterator[None]:
    """Warnings of libraries are for who writes programs, here and in the processes that we start; --debug shows them."""
    if not wanted:
        yield
        return
    before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = "ignore"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.environ.pop("PYTHONWARNINGS")
        if before is not None:
            os.environ["PYTHONWARNINGS"] = before


def _cover_closed_streams() -> None:
    """A closed descriptor 0, 1 or 2 (`>&-`) would be given to the next file that is opened, and written into by whoever prints."""
    while (lowest := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(lowest, True)
    os.close(lowest)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  (as long as the process)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal of another encoding than ours
