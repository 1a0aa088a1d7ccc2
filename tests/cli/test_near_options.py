"""An option that there is not: what is near, or what is typed here for what people type elsewhere; never what merely has dashes."""

from __future__ import annotations

import click
import pytest

from pyexplain.cli import group
from pyexplain.cli.near import ELSEWHERE

from .conftest import run


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("train --model cnr", "named with --explainer or --baseline"),
        ("train --gpu", "That is --device cuda."),
        ("train --lr 0.1", "--set KEY=VALUE"),
        ("recommend RUN --top 5", "That is -k."),
        ("data prepare a.csv --sep ;", "The delimiter is found"),
        ("data prepare a.csv --encoding cp1252", "iconv"),
        ("evaluate --run runs/a", "given without an option"),
        ("train --epoch 3", "Did you mean --epochs?"),
        ("train --learningrate 3", "See 'pyexplain train --help'."),
        ("data prepare a.csv --output b", "Did you mean --out?"),
        ("recommend RUN --users u", "Did you mean --user"),
    ],
)
def test_what_is_meant_is_told(words: str, said: str) -> None:
    found = run(*words.split())
    assert found.exit_code == 2
    assert "No such option '--" in found.output
    assert said in found.output
    assert "Did you mean --help" not in found.output


def test_what_is_advised_are_options_that_exist() -> None:
    known = {name for command in commands(group) for param in command.params for name in param.opts}
    assert {option for _, option, _ in ELSEWHERE if option} <= known


def commands(whole: click.Group) -> list[click.Command]:
    context, found = click.Context(whole), []
    for name in whole.list_commands(context):
        command = whole.get_command(context, name)
        found += commands(command) if isinstance(command, click.Group) else [command] if command else []
    return found
