"""pyexplain plugins"""

from __future__ import annotations

import click

from .common import json_option, print_json, progress, registry_of, show
from .complete import methods


@click.group(name="plugins", short_help="What is installed, and whether it works.", invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List recommenders, explainers, readers and metrics with the package that each is from, and plugins that failed."""
    if ctx.invoked_subcommand is not None:
        return
    from ..present.plugins import plugin_document, plugin_table

    registry = registry_of(ctx)
    if as_json:
        print_json(plugin_document(registry))
    else:
        show(*plugin_table(registry))


@command.command(name="check", short_help="Run the conformance kit on a plugin.")
@click.argument("name", shell_complete=methods("recommender", "explainer", "reader", "metric"))
@json_option
@click.pass_context
def check(ctx: click.Context, name: str, as_json: bool) -> None:
    """Run every check of what is called NAME: does it keep the promises that the rest of pyexplain relies on?

    Ends with status 1 where a check failed. A check that fails for a good reason is named in the plugin's expected_failures.
    """
    from ..present.checks import check_document, check_table
    from ..testing.run import check_plugin

    registry = registry_of(ctx)
    with progress() as tell:
        found = list(check_plugin(registry, name, tell))
    if as_json:
        print_json(check_document(found))
    else:
        for checked in found:
            show(*check_table(checked))
    if not all(checked.ok for checked in found):
        ctx.exit(1)


@command.command(name="show", short_help="What a plugin is, and the keys of its configuration.")
@click.argument("name", shell_complete=methods("recommender", "explainer", "reader", "metric"))
@json_option
@click.pass_context
def show_one(ctx: click.Context, name: str, as_json: bool) -> None:
    """Everything that is known of what is called NAME: what it does, where it is from, what it needs, and the keys that --set (and
    --explainer-set) take, with their defaults.

    For example: pyexplain plugins show cnr
    """
    from ..present.plugin import plugin_page, shown_document
    from ..registry import named

    found = named(registry_of(ctx), name)
    if as_json:
        print_json(shown_document(found))
    else:
        show(*plugin_page(found))
