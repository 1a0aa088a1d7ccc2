"""The command line: parse, call, print. One file a command, imported only when it is the one that is run."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from typing import Any

import click

COMPLETE = "_PYEXPLAIN_COMPLETE"  # set by the script that `pyexplain completion` installs
# oneDNN keeps the code of each size of a product that it has met, 1,024 of them: 100 MiB where a solver's rows become ever fewer.
KEPT_PRODUCTS = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "16", "LRU_CACHE_CAPACITY": "16"}
COMMANDS = {
    "demo": "The main job on the built-in data set, start to end.",
    "data": "Prepare, import, audit and report data sets.",
    "train": "Train the recommender of an explainer, or a baseline.",
    "tune": "Choose settings on the validation part.",
    "evaluate": "Measure ranking and explanations, with controls.",
    "diff": "What changed from one run to another.",
    "report": "One page to forward: what holds, why, and for whom.",
    "recommend": "The best items for a user, with reasons.",
    "explain": "Why one item rather than another.",
    "serve": "A run as a service, for programs and people.",
    "reproduce": "The paper's tables and figures: its values, ours, and the controls.",
    "new": "Start a plugin: a package that installs and works.",
    "plugins": "What is installed, and whether it works.",
    "completion": "Let the tab key complete commands, methods, ids.",
    "doctor": "Versions, native module, threads, CUDA, plugins.",
}


class LazyGroup(click.Group):
    """Knows its commands by name and one line, so that --help imports neither torch nor pandas."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which a person meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's file."""
        if cmd_name not in COMMANDS:
            return None
        from .frame import framed

        command: click.Command = importlib.import_module(f".{cmd_name}", __name__).command
        return framed(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The lines above, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="pyexplain", prog_name="pyexplain")  # read when it is asked for
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option("--strict-plugins", is_flag=True, help="Make a plugin that fails to load an error.")
@click.pass_context
def group(ctx: click.Context, debug: bool, strict_plugins: bool) -> None:
    """Train recommenders on reviews, and explain each recommendation by the features people write about."""
    ctx.ensure_object(dict).update(debug=debug, strict=strict_plugins)
    _collect_rarely(ctx)


def _collect_rarely(ctx: click.Context) -> None:
    """Look for reference cycles after 50,000 new objects while a command runs, not after Python's 700.

    torch and pandas make some 500,000 objects when they are imported, all of which stay. Looking through them again and again took
    a sixth of the time until the first line of a recommendation.
    """
    before = gc.get_threshold()
    gc.set_threshold(50_000, *before[1:])
    ctx.call_on_close(lambda: gc.set_threshold(*before))


def main(arguments: list[str] | None = None) -> Any:
    """The entry point: errors of the library become one message and an exit status; a signal that ends it says what is kept."""
    if (asked := os.environ.get(COMPLETE)) and arguments is None:  # a shell asks for words; it shows nothing else
        from click.shell_completion import shell_complete

        sys.exit(shell_complete(group, {}, "pyexplain", COMPLETE, asked))
    if arguments is None:  # the process is this command's alone
        for name, value in KEPT_PRODUCTS.items():
            os.environ.setdefault(name, value)
    from .errors import guarded

    return guarded(group, arguments)
