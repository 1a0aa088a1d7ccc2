"""Options and helpers that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import DataError, UsageError
from .log import VERBOSE, epoch, watched_steps
from .output import print_json, say, show
from .types import SEED, WORKERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..recommenders.options import RunOptions
    from ..registry import Registry

__all__ = [
    "if_stopped",
    "json_option",
    "machine_options",
    "newest_run",
    "parse_settings",
    "print_json",
    "progress",
    "registry_of",
    "run_options",
    "say",
    "show",
    "until_stopped",
]
F = TypeVar("F", bound=Callable[..., Any])
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout and nothing else.")


def machine_options(function: F) -> F:
    """--device, --threads, --seed."""
    for option in (
        click.option("--seed", type=SEED, default=0, show_default=True, help="The same seed gives the same results."),
        click.option("--threads", type=WORKERS, help="Threads of the processor [default: torch's choice]."),
        click.option("--device", type=click.Choice(["cpu", "cuda", "auto"]), default="cpu", show_default=True),
    ):
        function = option(function)
    return function


def if_stopped(ctx: click.Context, advice: Callable[[], str]) -> None:
    """What the one line says of what is kept, should a signal stop this command; asked for at that moment."""
    ctx.find_root().ensure_object(dict)["if_stopped"] = advice


def until_stopped(ctx: click.Context) -> None:
    """From now on a signal is how this command ends, and no failure: it exits with 0."""
    ctx.find_root().ensure_object(dict)["until_stopped"] = True


def registry_of(ctx: click.Context, only: str | None = None) -> Registry:
    """The plugins, or those that may offer a kind of thing; one line on stderr for each that failed, and for
    each name that seems to be misspelt."""
    from ..registry import load_registry

    registry = load_registry(bool(ctx.obj and ctx.obj.get("strict")), only)
    for one in (*registry.failures, *registry.misspelt):
        say(f"Warning: {one}")
    return registry


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A function (label, done, total) that draws a bar on stderr, and draws nothing where stderr is not a terminal or --verbose has
    lines in its place."""
    context = click.get_current_context(silent=True)
    verbose = context is not None and context.find_root().ensure_object(dict).get(VERBOSE)
    if sys.stderr is None or not sys.stderr.isatty() or verbose:
        yield watched_steps(lambda label, done, total: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    # what takes seconds before its first step, as workers do that start, is seen to go on
    columns = (SpinnerColumn("line"), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def tell(label: str, done: int, total: int) -> None:
            if label not in tasks:
                tasks[label] = bars.add_task(label, total=total or None)
            bars.update(tasks[label], completed=done, total=total or None)

        yield watched_steps(tell)


def parse_settings(pairs: tuple[str, ...], file: Path | None, option: str = "--set") -> dict[str, object]:
    """--set key=value (or another option's) over --config FILE (JSON or TOML). Values are JSON where they can, else text."""
    settings: dict[str, object] = _config_file(file) if file else {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise UsageError(f"{pair!r} is not key=value", where=option, hint=f"For example: {option} dim=64")
        settings[key.strip()] = _value(text)
    return settings


def _value(text: str) -> object:
    """A value of --set: JSON where it is, text otherwise."""
    from ..data.json_file import parse_json

    try:
        value: object = parse_json(text, "--set")
    except DataError as error:
        if isinstance(error.__cause__, RecursionError):
            raise UsageError(error.what, where="--set", hint="For example: --set dim=64") from error
        return text
    return value


def _config_file(file: Path) -> dict[str, object]:
    from ..data.json_file import read_bytes, read_object

    content, hint = read_bytes(file), 'Expected: {"dim": 64, ...}'
    if file.suffix != ".toml":
        return read_object(content, str(file), hint=hint)
    import tomllib

    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DataError(f"is not TOML: {error}", where=str(file), hint="Expected: dim = 64, one key per line.") from error


def run_options(device: str, threads: int | None, seed: int, tell: Callable[[str, int, int], None], **more: Any) -> RunOptions:
    """RunOptions of this call."""
    from ..recommenders.options import RunOptions

    return RunOptions(seed=seed, device=device, threads=threads, progress=tell, **{"callback": epoch, **more})


def cache_folder() -> Path:
    """Where the built-in data set is kept: $XDG_CACHE_HOME/pyexplain, or ~/.cache/pyexplain."""
    import os

    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pyexplain"


def newest_run(folder: Path = Path("runs")) -> Path:
    """The run written last in runs/; DataError where there is none."""
    found = sorted(folder.glob("*/run.json"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise DataError("there is no run yet", where=str(folder), hint="Train one: pyexplain train --explainer cnr")
    return found[-1].parent
