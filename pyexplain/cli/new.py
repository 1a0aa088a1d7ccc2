"""pyexplain new"""

from __future__ import annotations

from pathlib import Path

import click

from .common import json_option, print_json, registry_of, show

KINDS = ("explainer", "recommender", "reader", "metric")  # as in scaffold.names, which would import the registry for --help


@click.command(name="new", short_help="Start a plugin: a package that installs and works.")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the package [default: pyexplain-NAME].")
@json_option
@click.pass_context
def command(ctx: click.Context, kind: str, name: str, out: Path | None, as_json: bool) -> None:
    """Write the package pyexplain-NAME: a small method that works, its entry point, its tests, a README.

    For example: pyexplain new explainer my-way && pip install -e pyexplain-my-way
    """
    from importlib.metadata import version

    from ..scaffold import check_free, make_names, write_package

    names = make_names(kind, name)
    check_free(names, registry_of(ctx))
    folder = out or Path(names.package)
    written = [folder / path for path in write_package(names, folder, version("pyexplain"))]
    if as_json:
        print_json(
            {
                "schema": 2,
                "kind": kind,
                "name": name,
                "package": names.package,
                "folder": str(folder),
                "files": [*map(str, written)],
            }
        )
        return
    show(*map(str, written), f"\nNext: pip install -e {folder}, then pyexplain plugins. {folder / 'README.md'} goes on from there.")
