"""What is said of an error: its three parts and the exit status."""

from __future__ import annotations

import errno
import traceback
from dataclasses import dataclass

import click

from ..errors import PyexplainError
from .near import did_you_mean

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EBADF, errno.EIO}


@dataclass(frozen=True)
class Problem:
    """what, where, hint of a message. usage: how the command is called, where that is the trouble."""

    what: str
    where: str
    hint: str
    status: int
    usage: str = ""
    stdout_is_gone: bool = False


def problem_of(error: BaseException) -> Problem:
    """The message of an error; one that nobody foresaw names the plugin that it passed through, or pyexplain."""
    if isinstance(error, PyexplainError):
        return Problem(*error.on_command_line(), error.exit_status, stdout_is_gone=error.where == "standard output")
    if isinstance(error, click.UsageError):
        return _wrong_use(error)
    if isinstance(error, click.ClickException):
        return Problem(error.format_message(), "", "", error.exit_code)
    if isinstance(error, click.Abort):  # what click makes of KeyboardInterrupt
        error = error.__cause__ or error.__context__ or error
    if isinstance(error, OSError) and _while_echoing(error):
        why = error.strerror or str(error)
        return Problem(f"cannot be written: {why}", "standard output", "Redirect it to a file with room.", 1, stdout_is_gone=True)
    if isinstance(error, MemoryError) or "allocate memory" in str(error):
        hint = "Ask for less: smaller sizes, a smaller --max-memory, or fewer features."
        return Problem(f"there is not enough memory ({_first_line(error)})", "", hint, 1)
    return _unforeseen(error)


def written_to_nobody(error: BaseException) -> bool:
    """Whether the reader of help or the like left, as `head` does."""
    return isinstance(error, BrokenPipeError) and _while_echoing(error)


def _while_echoing(error: BaseException) -> bool:
    return any(frame.f_globals.get("__name__") == "click.utils" for frame, _ in traceback.walk_tb(error.__traceback__))


def _wrong_use(error: click.UsageError) -> Problem:
    if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):
        return Problem("", "", "", 2, error.format_message())
    usage = error.ctx.get_usage() if error.ctx else ""
    path = error.ctx.command_path if error.ctx else "pyexplain"
    where, what = "", f"No such option '{error.option_name}'." if isinstance(error, click.NoSuchOption) else error.format_message()
    if isinstance(error, click.BadParameter) and error.param is not None and not isinstance(error, click.MissingParameter):
        where, what = error.param.get_error_hint(error.ctx).replace("'", "") if error.ctx else "", error.message
    help_ = f"See '{path} --help'."
    return Problem(what, where, f"{did_you_mean(error)} {help_}".strip(), 2, usage)


def _unforeseen(error: BaseException) -> Problem:
    """Whose fault it is: the plugin's of another package where the error passed through one, the system's, else ours."""
    from ..registry import culprit, place_of

    said, where = f"{type(error).__name__}: {_first_line(error)}", culprit(error)
    if where is not None:
        package, plugin = where
        hint = "This is a bug in that package; 'pyexplain --debug COMMAND ...' shows where."
        return Problem(said + place_of(error), f"plugin {plugin} of {package}", hint, 1)
    if isinstance(error, OSError) and error.filename:
        return Problem(f"the system refuses it: {error.strerror}", str(error.filename), "Check the path and its permissions.", 1)
    if isinstance(error, KeyboardInterrupt):
        return Problem("interrupted", "", "Nothing is half written.", 130)
    return Problem(said, "", "This is a bug in pyexplain; 'pyexplain --debug COMMAND ...' shows where.", 1)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0][:300]
