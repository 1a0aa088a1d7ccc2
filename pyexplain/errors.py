"""Errors that a person can act on: what is wrong, where, and what to do.

The library raises these; only the command line prints them and turns them into an exit status. One error speaks to both: a
message may hold two spellings of a place (see `option`), Python's for who calls the library, the option for who types a command.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

# Two spellings in one text, between characters that no message holds otherwise: STX python US option ETX.
# (an option named in plain text is rewritten too: --min-rating is min_rating in Python; commands in quotes are left alone).
_OPTION = re.compile(r"('pyexplain [^']*')|(?<![\w-])--([a-z][a-z-]*)")
_BOTH = re.compile("\x02([^\x02\x1f\x03]*)\x1f([^\x02\x1f\x03]*)\x03")


def either(python: str, command: str) -> str:
    """A piece of a message that reads `python` where Python is spoken, and `command` on the command line."""
    return f"\x02{python}\x1f{command}\x03"


def option(name: str, command: str = "") -> str:
    """An argument of the library: `max_memory=...` in Python, `--max-memory` (or `command`) on the command line."""
    return either(f"{name}=...", command or f"--{name.replace('_', '-')}")


class PyexplainError(Exception):
    """Base of every error that pyexplain raises on purpose.

    `what` says what is wrong, `where` names the file and line, the id or the argument, `hint` says what to do; as Python
    spells them. `on_command_line()` gives the three with options in place of arguments.
    `exit_status` is what the command line ends with: 1 for data and runs, 2 for wrong use.
    """

    exit_status = 1

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self._said = (what, where, hint)
        self.what, self.where, self.hint = (_in_python(part) for part in self._said)
        super().__init__(message(self.what, self.where, self.hint))

    def on_command_line(self) -> tuple[str, str, str]:
        """what, where and hint for somebody who types commands."""
        what, where, hint = (_BOTH.sub(r"\2", part) for part in self._said)
        return what, where, hint


def _in_python(text: str) -> str:
    return _OPTION.sub(lambda found: found[1] or found[2].replace("-", "_"), _BOTH.sub(r"\1", text))


def message(what: str, where: str, hint: str) -> str:
    """The three parts as they are printed."""
    place = f"{where}: " if where else ""
    advice = f"\n  {hint}" if hint else ""
    return f"{place}{what}{advice}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """ "Did you mean cnr? " where a known name is near, "" otherwise."""
    spelt = {_plain(one): one for one in known}
    near = [spelt[one] for one in difflib.get_close_matches(_plain(name), list(spelt), n=3, cutoff=0.6)]
    return f"Did you mean {' or '.join(near)}? " if near else ""


def _plain(name: str) -> str:
    """A name without what people mix up: capitals, blanks and the two dashes."""
    return re.sub(r"[\s_]", "-", name.lower())


class DataError(PyexplainError):
    """A file or a data set is missing, broken, unfinished, altered or too small."""


class RunError(PyexplainError):
    """A run cannot be made, continued, loaded or used: wrong data set, numerical failure, missing device."""


class UsageError(PyexplainError):
    """An unknown method, metric or option key, or a combination that cannot work."""

    exit_status = 2


class PluginError(PyexplainError):
    """A plugin cannot be loaded, breaks its contract, or two plugins claim one name.

    package and plugin say whose it is, where that is known: the distribution's name and the entry point's.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "", package: str = "", plugin: str = "") -> None:
        self.package, self.plugin = package, plugin
        super().__init__(what, where=where, hint=hint)
