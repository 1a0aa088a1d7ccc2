"""pyexplain completion"""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from . import COMPLETE
from .output import say, write


def place_of(shell: str) -> Path:
    """Where the shell looks for completions of a user's own."""
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    places = {
        "bash": data / "bash-completion" / "completions" / "pyexplain",
        "zsh": Path.home() / ".zfunc" / "_pyexplain",
        "fish": config / "fish" / "completions" / "pyexplain.fish",
    }
    return places[shell]


@click.command(name="completion", short_help="Let the tab key complete commands, methods, ids.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.option("--print", "only_print", is_flag=True, help="Print the script, and install nothing.")
@click.pass_context
def command(ctx: click.Context, /, shell: str, only_print: bool) -> None:
    """Install completion for a shell, in its folder for a user's own; a new shell then completes commands, options, names of
    methods and, after the folder of a run, ids of its users and items.

    For example: pyexplain completion bash
    """
    from ..data.files import write_atomically

    cls = get_completion_class(shell)
    assert cls is not None
    script = cls(ctx.find_root().command, {}, "pyexplain", COMPLETE).source()
    if only_print:
        write(script + "\n")
        return
    place = place_of(shell)
    place.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(place, lambda draft: _write(draft, script))
    more = "; your ~/.zshrc needs: fpath+=(~/.zfunc); autoload -Uz compinit; compinit" if shell == "zsh" else ""
    say(f"Written: {place}. It works in new shells{more}.")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
