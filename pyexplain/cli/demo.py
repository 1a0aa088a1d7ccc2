"""pyexplain demo, and the built-in data set that commands use when none is named."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from .common import (
    cache_folder,
    if_stopped,
    json_option,
    machine_options,
    print_json,
    progress,
    registry_of,
    run_options,
    say,
    show,
    until_stopped,
)
from .serve import ANSWERED, service, serving

Tell = Callable[[str, int, int], None]
DEMO_SETTINGS = {"epochs": 30}


def demo_dataset(tell: Tell, folder: Path | None = None, reviews: Path | None = None) -> Path:
    """The built-in data set: generated and prepared like any other, once, into `folder` (default: the user's cache folder).

    reviews: a folder for the review file and its truth, kept where it is named.
    """
    from importlib.metadata import version

    from ..data.demo import write_demo

    place = folder or cache_folder() / f"demo-{version('pyexplain')}"
    if not _is_current(place):
        _make(place, reviews, tell)
    if reviews is not None and not (reviews / "truth.json").exists():
        write_demo(reviews, progress=tell)
    return place


def _is_current(place: Path) -> bool:
    """Whether a finished data set of today's format is there: an older one lacks titles."""
    from ..data.files import check_manifest
    from ..data.formats import FORMAT, read_format
    from ..errors import DataError

    try:
        check_manifest(place, "data set")
        return read_format(place / "dataset.json") == FORMAT
    except DataError:
        return False


def _make(place: Path, kept: Path | None, tell: Tell) -> None:
    from ..data.demo import ITEMS_FILE, write_demo
    from ..data.store import fill_dataset, new_dataset
    from ..preparation.prepare import prepare
    from ..preparation.settings import PrepareOptions
    from ..registry import load_registry

    # two commands that are started at once both need it: the second waits; made reviews lie where leftovers are cleared
    with new_dataset(place, wait=120) as folder, tempfile.TemporaryDirectory(dir=folder.parent) as made:
        reviews = write_demo(kept or Path(made), progress=tell)
        options = PrepareOptions(name="demo", items=(reviews.with_name(ITEMS_FILE),))
        fill_dataset(prepare([reviews], options, load_registry(), tell), folder)


@click.command(name="demo", short_help="The main job on the built-in data set, start to end.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Output folder.")
@click.option("--full", is_flag=True, help="Print everything: the report of the data, all tables, all that was checked.")
@click.option("--serve", is_flag=True, help="Then show it on a page in the browser, until Ctrl-C; needs pyexplain[serve].")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Of the page; 0 = any that is free.")
@json_option
@machine_options
@click.pass_context
def command(ctx: click.Context, /, out: Path, full: bool, serve: bool, port: int, as_json: bool, **machine: Any) -> None:
    """Make reviews, prepare them, train CNR and the method that `train` takes by itself, evaluate both with their explanations,
    recommend with reasons, write a report."""
    from ..api import train
    from ..data.demo import read_truth
    from ..data.files import check_file_place
    from ..data.store import load_dataset
    from ..measuring import evaluate
    from ..present.demo import closing_words, short_story, story
    from ..present.report import write_report
    from ..present.runs import training_document, training_summary

    check_file_place(out / "report.html")
    show_page = _page(ctx, port, machine) if serve else None
    registry = registry_of(ctx)
    # its matrices are small: a second thread gains nothing, and waits in vain where other programs use the processor
    machine["threads"] = machine["threads"] or 1
    with progress() as tell:
        place = demo_dataset(tell, out / "dataset", out / "reviews")
        data = load_dataset(place)
        options = run_options(tell=tell, **machine)
        run = train(place, explainer="cnr", options=options, registry=registry, settings=DEMO_SETTINGS)
        run.save(out / "run")
        other = train(place, options=options, registry=registry)
        other.save(out / other.method)
        document = evaluate(run, other, explanations=True)
    report = out / "report.html"
    write_report(report, document, [run, other])
    if as_json:
        paths = {"reviews": str(out / "reviews"), "dataset": str(place), "run": str(out / "run"), "report": str(report)}
        paths[other.method] = str(out / other.method)
        figures = {"training": training_document(run.trained, out / "run"), "evaluation": document.to_dict()}
        print_json({"schema": 2, "paths": paths, **figures})
    else:
        truth, metrics = read_truth(out / "reviews"), [cls() for cls in registry.classes("metric").values()]
        if full:
            show(training_summary(run.trained, out / "run", last=False))
            show(training_summary(other.trained, out / other.method, last=False))
        show(*(story if full else short_story)(data, (run, other), document, truth, metrics))
        show(closing_words(out, report, run.method, document, out / other.method, brief=not full))
    if show_page is not None:
        show_page(out / other.method)


def _page(ctx: click.Context, port: int, machine: dict[str, Any]) -> Callable[[Path], None]:
    """What shows a run's page. UsageError now, and not after a minute, where that cannot be done."""
    server = service("pyexplain demo --serve")
    from ..serve.settings import ServiceSettings

    settings = ServiceSettings(port=port)
    server.check_port(settings)

    def page(run: Path) -> None:
        if_stopped(ctx, lambda: ANSWERED)
        options = run_options(tell=lambda label, done, total: None, **machine)

        def listening(url: str) -> None:
            until_stopped(ctx)
            say(serving(url))

        server.listen(server.loader(run, registry_of(ctx), options), settings, listening)

    return page
