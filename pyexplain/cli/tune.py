"""pyexplain tune"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from .common import (
    if_stopped,
    json_option,
    machine_options,
    parse_settings,
    print_json,
    progress,
    registry_of,
    run_options,
    say,
    show,
)
from .complete import methods
from .options import kinds_option
from .tracking import Tracker, log_option, tracker

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..data.types import Dataset
    from ..tuning.study import Search, Tuned


@click.command(name="tune", short_help="Choose settings on the validation part.")
@click.argument("method", shell_complete=methods("recommender"))
@click.option("--dataset", type=click.Path(path_type=Path), help="Folder of a data set [default: the built-in demo data].")
@click.option("--trials", type=click.IntRange(1, 100_000), default=20, show_default=True, help="How many settings are tried.")
@click.option("--search", "wanted", multiple=True, metavar="KEY=VALUES", help="What is searched; may be repeated.")
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="A setting that is the same in every trial.")
@kinds_option
@click.option("--out", type=click.Path(path_type=Path), help="Folder of trials and result [default: tuned/<method>-<data set>].")
@click.option("--resume", is_flag=True, help="Go on with the trials that are there.")
@log_option
@json_option
@machine_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    method: str,
    dataset: Path | None,
    trials: int,
    wanted: tuple[str, ...],
    pairs: tuple[str, ...],
    kinds: tuple[str, ...] | None,
    out: Path | None,
    resume: bool,
    to: str | None,
    as_json: bool,
    **machine: Any,
) -> None:
    """Search settings of the recommender METHOD by its NDCG@10 on the validation part, and write the best as a configuration.

    --search KEY=A,B,C or KEY=LOW..HIGH, with :log at the end for even steps of the logarithm; without any, the keys that trained
    recommenders share. The first trial has the default settings. Needs: pip install 'pyexplain[tune]'

    For example: pyexplain tune vbpr --dataset dataset/ --trials 30 --search dropout=0..0.9 --search dim=32,64,128
    """
    _check_optuna()
    from ..data.kind_views import usual_kinds
    from ..data.store import load_dataset
    from ..present.tuning import trials_document, trials_table
    from ..tuning.space import defaults_in, space_of
    from ..tuning.study import CONFIG, Search, tune
    from .demo import demo_dataset

    registry = registry_of(ctx)
    kind = registry.get("recommender", method)
    search = Search(method, space_of(kind.Config, wanted), parse_settings(pairs, None), trials)
    _check_apart(search)
    with progress() as tell:
        place = dataset or demo_dataset(tell)
        whole = load_dataset(place)
    data = whole.with_kinds(kinds or usual_kinds(whole.kinds, kind.kinds))
    folder = out or Path("tuned") / f"{method}-{place.resolve().name if dataset else 'demo'}"
    if_stopped(ctx, lambda: "the trials that ended are kept: go on with --resume")
    options = run_options(tell=lambda label, done, total: None, **machine)
    found = tune(search, data, folder, registry, options, resume, _told(search, data, options.seed, tracker(to)))
    if as_json:
        print_json(trials_document(found, search.identity(data, options.seed), folder / CONFIG))
        return
    first_is_default = defaults_in(search.space, kind.Config, search.settings) is not None
    words = f"--baseline {method}" + (f" --dataset {dataset}" if dataset else "")
    show(*trials_table(found, first_is_default, folder / CONFIG, words))


def _check_optuna() -> None:
    try:
        import optuna  # noqa: F401
    except ImportError as error:
        hint = "Install it: pip install 'pyexplain[tune]'"
        raise UsageError("tuning needs the package optuna", where="pyexplain tune", hint=hint) from error


def _check_apart(search: Search) -> None:
    if both := sorted(search.settings.keys() & search.space.keys()):
        raise UsageError(f"{both[0]} is searched and set", where="--set", hint="Say one of the two.")


def _told(search: Search, data: Dataset, seed: int, tracking: Tracker) -> Callable[[Tuned], None]:
    """What is said, and logged, of each trial that has ended."""
    from ..present.tuning import trial_line

    def told(trial: Tuned) -> None:
        say(trial_line(trial))
        about = {"method": search.method, "dataset": data.name, "seed": seed, **search.settings, **trial.settings}
        with tracking.run(f"tune {search.method} {trial.number}", about):
            tracking.figures({"valid ndcg@10": trial.value})

    return told
