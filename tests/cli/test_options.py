"""Every option and argument of every command, taken from the tree of commands itself: nothing without bounds gets through."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click
import pytest

from pyexplain.cli import group
from pyexplain.cli.types import Number, Place, Size, Text, Whole
from pyexplain.limits import MAX_SEED

from .conftest import run

NUMBERS = ["-1", "0", "99999999999999999999", "-99999999999999999999", str(2**63), str(2**64), "9" * 5000, "inf", "-inf", "nan"]
NUMBERS += ["", " ", "\0", "1e400", "0x10", "1_0", "٣", "1 2", "[" * 50]


def tree(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that call it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from tree(below, (*path, name))


COMMANDS = dict(tree(group))
PARAMETERS = {
    f"{' '.join(path)} {param.opts[0]}": (path, command, param)
    for path, command in COMMANDS.items()
    for param in command.params
    if not (isinstance(param, click.Option) and (param.is_flag or param.count))
}


def hostile(param: click.Parameter) -> list[str]:
    """Values that this parameter must refuse."""
    kind: Any = param.type
    if isinstance(kind, (Whole, Number)):
        low, high = (kind.min, kind.max) if isinstance(kind, Whole) else (kind.low, kind.high)
        assert low is not None, "give it a least value"
        assert high is not None, "give it a largest value"
        assert high <= MAX_SEED
        return [value for value in NUMBERS if not (value in ("0", "-1", str(2**63)) and low <= int(value) <= high)]
    if isinstance(kind, Size):
        return ["-1", "0", "9" * 5000, "99999999T", "inf", "nan", "", "\0", "1.5.5M", "M"]
    if isinstance(kind, (Text, Place)):
        return ["a\0b"] if param.default == "" else ["", " ", "a\0b"]
    assert isinstance(kind, click.Choice), f"{kind} has no bounds: give it one of the types of cli/types.py"
    return ["", "\0", "nothing of the kind"]


def test_the_tree_is_there() -> None:
    assert len(COMMANDS) > 15
    assert len(PARAMETERS) > 60


def words_with(path: tuple[str, ...], command: click.Command, param: click.Parameter, value: str) -> list[str]:
    """A call of the command that is sound as far as words go, but for this parameter."""
    options, arguments = ["--json"] if has_json(command) else [], []
    for other in command.params:
        sound = other.type.choices[0] if isinstance(other.type, click.Choice) else "x"
        given = value if other is param else sound
        if isinstance(other, click.Argument):
            arguments.append(given)
        elif other is param or other.required:
            options += [f"{other.opts[-1]}={given}"] if other.opts[-1].startswith("--") else [other.opts[-1], given]
    return [*path, *options, "--", *arguments]


@pytest.mark.parametrize("which", PARAMETERS)
def test_hostile_values_are_wrong_use_and_named(which: str) -> None:
    path, command, param = PARAMETERS[which]
    for value in hostile(param):
        result = run(*words_with(path, command, param, value))
        assert result.exit_code == 2, (which, value, result.output[:400])
        assert "Traceback" not in result.output
        assert "Error: " in result.stderr
        name = param.make_metavar(click.Context(command)) if isinstance(param, click.Argument) else param.opts[0]
        assert name in result.stderr
        if has_json(command):
            assert set(json.loads(result.stdout)["error"]) == {"what", "where", "hint"}


def has_json(command: click.Command) -> bool:
    return any("--json" in param.opts for param in command.params)


def test_every_command_that_does_something_has_json() -> None:
    for path, command in COMMANDS.items():
        if path and (not isinstance(command, click.Group) or command.invoke_without_command):
            assert has_json(command) or path == ("completion",), path
