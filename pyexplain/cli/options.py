"""Options of several commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from .complete import ids, methods
from .types import SIZE, WORKERS

F = TypeVar("F", bound=Callable[..., Any])
ENGINE = ("engine", "workers", "ray_address")


def _chosen(ctx: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    from ..data.kinds import chosen_kinds

    return chosen_kinds(part.strip() for part in value.split(","))


kinds_option = click.option(
    "--kinds",
    metavar="KIND,...",
    callback=_chosen,
    help="Kinds of features to use: word, attribute, history [default: those of the method].",
)
never_option = click.option(
    "--never",
    metavar="NAME,...",
    default="",
    callback=lambda ctx, parameter, value: tuple(part for name in value.split(",") if (part := name.strip())),
    help="Features, or attributes with all their values, to learn from that nobody is told of; age, gender and the like never are.",
)
user_option = click.option("--user", shell_complete=ids("user"), help="A user id of the data set.")
explainer_option = click.option("--explainer", shell_complete=methods("explainer"), help="Another explainer than the run's own.")
explainer_set_option = click.option(
    "--explainer-set", "pairs", multiple=True, metavar="KEY=VALUE", help="A key of the explainer; may be repeated."
)
metrics_option = click.option(
    "--metrics",
    metavar="NAME,...",
    callback=lambda ctx, parameter, value: None if value is None else [part for name in value.split(",") if (part := name.strip())],
    shell_complete=methods("metric"),
    help="Beside the ranking measure only these: metrics or groups of them, such as deletion or faithfulness [default: all].",
)
max_pairs_option = click.option(
    "--max-pairs", type=click.IntRange(1), help="Most pairs to explain of each sample, and most users to explain as a whole."
)
moved_option = click.option("--dataset", type=click.Path(path_type=Path), help="Where the run's data set is now, if it was moved.")


def max_memory_option(told: str) -> Callable[[F], F]:
    """--max-memory, and what it bounds."""
    return click.option("--max-memory", type=SIZE, default="512M", show_default=True, help=told)


def _which_engine(told: str) -> Callable[[F], F]:
    """--engine, --ray-address; told: who does it."""

    def added(function: F) -> F:
        address = "With --engine ray: a cluster, such as auto or ray://HOST:10001."
        function = click.option("--ray-address", metavar="ADDRESS", help=address)(function)
        return click.option("--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True, help=told)(
            function
        )

    return added


which_engine_options = _which_engine(
    "Who does it: this machine, or workers of Ray (pip install 'pyexplain[ray]'); the result is the same."
)


def engine_options(function: F) -> F:
    """--engine, --workers, --ray-address."""
    workers = click.option(
        "--workers",
        type=WORKERS,
        help="Processes that do it, each with as much as --max-memory [default: this one; with --engine ray, one a core].",
    )
    return which_engine_options(workers(function))


def training_engine_options(function: F) -> F:
    """The same for training, where the number of workers is a part of the result."""
    workers = click.option(
        "--workers",
        type=WORKERS,
        help="With --engine ray: processes that train one model together; a batch is as many times as large [default: 1].",
    )
    told = "Who trains: this process, or workers of Ray Train (pip install 'pyexplain[ray]'), with the result of torchrun."
    return _which_engine(told)(workers(function))


def refuse_without(ctx: click.Context, flag: str, names: tuple[str, ...]) -> None:
    """Wrong use where one of these was given on the command line, and the flag that they go with was not."""
    if stray := [name for name in names if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]:
        spelled = ("-k" if name == "k" else f"--{name.replace('_', '-')}" for name in stray)
        raise click.UsageError(f"{', '.join(spelled)}: goes with {flag}.")
