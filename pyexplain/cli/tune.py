"""pyexplain tune"""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
from .tracking import log_option, tracker


@click.command(name="tune", short_help="Choose settings on the validation part.")
@click.argument("method", shell_complete=methods("recommender"))
@click.option("--dataset", type=click.Path(path_type=Path), help="Folder of a data set [default: the built-in demo data].")
@click.option("--trials", type=click.IntRange(1, 100_000), default=20, show_default=True, help="How many settings are tried.")
@click.option("--search", "wanted", multiple=True, metavar="KEY=VALUES", help="What is searched; may be repeated.")
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="A setting that is the same in every trial.")
@click.option("--kinds", metavar="KIND,...", help="Kinds of features to use [default: those of the method].")
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
    kinds: str | None,
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
    try:
        import optuna  # noqa: F401
    except ImportError as error:
        hint = "Install it: pip install 'pyexplain[tune]'"
        raise UsageError("tuning needs the package optuna", where="pyexplain tune", hint=hint) from error
    from ..data.kind_views import usual_kinds
    from ..data.kinds import chosen_kinds
    from ..data.store import load_dataset
    from ..present.tuning import trial_line, trials_document, trials_table
    from ..tuning.space import defaults_in, space_of
    from ..tuning.study import CONFIG, Search, Tuned, tune
    from .demo import demo_dataset

    registry = registry_of(ctx)
    kind = registry.get("recommender", method)
    settings = parse_settings(pairs, None)
    search = Search(method, space_of(kind.Config, wanted), settings, trials)
    if both := sorted(settings.keys() & search.space.keys()):
        raise UsageError(f"{both[0]} is searched and set", where="--set", hint="Say one of the two.")
    with progress() as tell:
        place = dataset or demo_dataset(tell)
        data = load_dataset(place)
    chosen = usual_kinds(data.kinds, kind.kinds) if kinds is None else chosen_kinds(part.strip() for part in kinds.split(","))
    data, folder = data.with_kinds(chosen), out or Path("tuned") / f"{method}-{place.resolve().name if dataset else 'demo'}"
    if_stopped(ctx, lambda: "the trials that ended are kept: go on with --resume")
    options = run_options(tell=lambda label, done, total: None, **machine)
    tracking = tracker(to)

    def told(trial: Tuned) -> None:
        say(trial_line(trial))
        about = {"method": method, "dataset": data.name, "seed": options.seed, **settings, **trial.settings}
        with tracking.run(f"tune {method} {trial.number}", about):
            tracking.figures({"valid ndcg@10": trial.value})

    found = tune(search, data, folder, registry, options, resume, told)
    if as_json:
        print_json(trials_document(found, search.identity(data, options.seed), folder / CONFIG))
    else:
        first_is_default = defaults_in(search.space, kind.Config, settings) is not None
        show(
            *trials_table(
                found, first_is_default, folder / CONFIG, f"--baseline {method}" + (f" --dataset {dataset}" if dataset else "")
            )
        )
