"""What every command is put into, one's own and one that is added later: bounds on its options, and a stdout of its own."""

from __future__ import annotations

from functools import wraps
from typing import Any

import click

from .log import logged
from .output import own_stdout
from .types import bounded


def framed(command: click.Command) -> click.Command:
    """The same command, its options bounded (types.py), with a log where one is wanted (log.py), and what others print kept off
    stdout (output.py)."""
    _alone(bounded(logged(command)))
    return command


def _alone(command: click.Command) -> None:
    function = command.callback
    if function is not None and not hasattr(function, "alone"):

        @wraps(function)
        def run(*arguments: Any, **named: Any) -> Any:
            with own_stdout(click.get_current_context().find_root().ensure_object(dict)):
                return function(*arguments, **named)

        run.alone = True  # type: ignore[attr-defined]
        command.callback = run
    for below in getattr(command, "commands", {}).values():
        _alone(below)
