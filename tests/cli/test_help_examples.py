"""What the help gives as an example can be typed on the built-in data: its users and items are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from pyexplain.cli import group
from pyexplain.data.store import load_dataset

ID = re.compile(r"\b[UB]\d{3,}\b")


def helps(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Every command by its path, with its help."""
    yield " ".join(path), command.help or ""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from helps(inner, (*path, name))


def test_ids_in_the_help_are_in_the_built_in_data(built_in: Path) -> None:
    data = load_dataset(built_in)
    known = {*data.users.names, *data.items.names}
    found = {(path, name) for path, text in helps(group) for name in ID.findall(text)}
    assert {path for path, _ in found} >= {"explain"}
    assert {(path, name) for path, name in found if name not in known} == set()
