"""pyexplain serve"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from ..errors import UsageError
from .common import if_stopped, json_option, machine_options, print_json, registry_of, run_options, say, until_stopped
from .options import explainer_option, moved_option
from .service_token import TOKEN, token_in

ANSWERED = "what was being answered was answered"


def service(where: str) -> ModuleType:
    """What serves a run; UsageError where the packages are not there that it needs."""
    try:
        return import_module("..serve.server", __package__)
    except ImportError as error:
        what = f"the service needs the package {error.name}"
        raise UsageError(what, where=where, hint="Install it: pip install 'pyexplain[serve]'") from error


def serving(url: str) -> str:
    """Where to look."""
    return f"Serving at {url}; open it in a browser. Ctrl-C stops it."


@click.command(name="serve", short_help="A run as a service, for programs and people.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Where it listens; 0.0.0.0 = every network.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 = any that is free.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    help=f"Ask every request for the token in this file; {TOKEN} in the environment does the same.",
)
@explainer_option
@moved_option
@click.option("--max-items", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Longest list.")
@click.option("--max-pairs", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Most pairs of a batch.")
@click.option("--timeout", type=click.FloatRange(0.01, 3600), default=10.0, show_default=True, help="Seconds for an answer.")
@json_option
@machine_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    run: Path,
    host: str,
    port: int,
    token_file: Path | None,
    explainer: str | None,
    dataset: Path | None,
    max_items: int,
    max_pairs: int,
    timeout: float,
    as_json: bool,
    **machine: Any,
) -> None:
    """Answer over HTTP what recommend and explain print, and show it to people on a page, at the address that is printed.

    Listens to this machine alone unless --host says otherwise. With --token-file, or PYEXPLAIN_TOKEN in the environment, every
    request has to bring the token: Authorization: Bearer TOKEN. No option takes the token itself, which others would see in the
    list of processes. Ctrl-C or SIGTERM stops it after the answers in progress, with status 0.

    Needs: pip install 'pyexplain[serve]'

    For example: pyexplain serve demo/run
    """
    server = service("pyexplain serve")
    from ..serve.settings import ServiceSettings

    token = os.environ.get(TOKEN) or None if token_file is None else token_in(token_file)
    settings = ServiceSettings(host, port, token, explainer, items=max_items, pairs=max_pairs, seconds=timeout)
    options = run_options(tell=lambda label, done, total: None, **machine)
    if_stopped(ctx, lambda: ANSWERED)
    if not settings.only_here and token is None:
        say(f"Warning: anybody who reaches {host} may ask; --token-file FILE or {TOKEN} asks for a token.")

    def listening(url: str) -> None:
        until_stopped(ctx)
        if as_json:
            print_json({"schema": 1, "url": url, "pid": os.getpid()})
        else:
            say(serving(url))

    server.listen(server.loader(run, registry_of(ctx), options, dataset, explainer), settings, listening)
