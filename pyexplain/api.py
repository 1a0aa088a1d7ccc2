"""The Python interface: train, load, recommend, explain, evaluate. The command line is thin over it.

What only some of them need is imported by those: a recommendation should not wait for statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from . import runs
from .data.counts import seen_by
from .data.kind_views import usual_kinds
from .data.store import load_dataset
from .data.types import Dataset
from .errors import PluginError, RunError, UsageError, did_you_mean, either
from .explainers.base import Explainer
from .explainers.order import Order
from .profile import Profile, with_profile
from .recommenders.base import Recommender
from .recommenders.config import Config, make_config
from .recommenders.history import auxiliary_epochs
from .recommenders.options import RunOptions
from .registry import Registry, culprit, load_registry
from .statements.types import Quotes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .evaluation.evaluate import Plan, Subject
    from .present.explanation import PairExplanation
    from .present.many import ManyExplanations
    from .present.measured import MeasuredRuns
    from .statements.facts import Checker
    from .tables import Pairs

Int = npt.NDArray[np.int64]
SHOWN = 10  # places of a list; of an item beyond them the question is why it is not there


def train(
    data: Dataset | str | Path,
    explainer: str | None = None,
    baseline: str | None = None,
    *,
    options: RunOptions | None = None,
    registry: Registry | None = None,
    settings: Mapping[str, object] | None = None,
    kinds: Sequence[str] | None = None,
    seed: int | None = None,
    callback: Callable[[Mapping[str, float]], None] | None = None,
    **more: object,
) -> Run:
    """Train the recommender that `explainer` comes with (the explainer is then ready), or a `baseline` alone; where neither is
    named, that of the default explainer.

    settings and keywords are configuration keys of the two (dim=64, epochs=20, ...). kinds: the kinds of features that are used
    ("word", "attribute", "history"); None: those that the recommender uses by default, or those of `data`, if that is a view.
    seed, callback: of the options, where no more of them is to be said; callback=print shows each epoch.
    Raises UsageError for an unknown method, key or kind, DataError for a data set that cannot be trained on, RunError for a device
    that is not there or a loss that fails.
    """
    if explainer is not None and baseline is not None:
        raise UsageError("name an explainer or a baseline, not both", where="train")
    options = check_device(_options(options, seed, callback))
    registry = registry or load_registry()
    explainer = default_explainer(registry) if baseline is None and explainer is None else explainer
    path = None if isinstance(data, Dataset) else Path(data)
    dataset = load_dataset(data) if not isinstance(data, Dataset) else data
    keys = {**(settings or {}), **more}
    recommender, reasons = _make_both(registry, explainer, baseline, keys)
    if kinds is None and dataset.stored is None:
        kinds = usual_kinds(dataset.kinds, recommender.kinds)
    dataset = seen_by(dataset, kinds, recommender.counted)
    if options.threads:
        torch.set_num_threads(options.threads)
    if reasons:
        _check_needs(reasons, recommender)
    history = recommender.fit(dataset, replace(options, labels=_labels(reasons)))
    after = replace(options, checkpoints=None, resume=False)
    if reasons:
        reasons.fit(recommender, dataset, after)
    return Run(runs.TrainedRun(recommender, reasons, dataset, path, after, history), registry)


def default_explainer(registry: Registry) -> str:
    """The name of the explainer that is trained where no method is named; UsageError where none is marked as such."""
    marked = [name for name, cls in registry.classes("explainer").items() if cls.default]
    if not marked:
        raise UsageError("name an explainer or a baseline", where="train", hint="See 'pyexplain plugins' for what there is.")
    return marked[0]


def _options(options: RunOptions | None, seed: int | None, callback: Callable[[Mapping[str, float]], None] | None) -> RunOptions:
    """Options with what was said beside them."""
    said: dict[str, Any] = {"seed": seed, "callback": callback}
    return replace(options or RunOptions(), **{name: value for name, value in said.items() if value is not None})


def explain_model(
    recommender: Recommender,
    data: Dataset,
    explainer: str,
    *,
    options: RunOptions | None = None,
    registry: Registry | None = None,
    **settings: object,
) -> Run:
    """A run of a recommender that is trained already (px.wrap), explained by the explainer of that name.

    settings: keys of the explainer. Raises UsageError for an unknown explainer or key, and where the recommender does not offer
    what the explainer needs.
    """
    registry, options = registry or load_registry(), check_device(options or RunOptions())
    cls = registry.get("explainer", explainer)
    chosen: Explainer = cls(make_config(cls.Config, settings, f"explainer {explainer}"))
    _check_needs(chosen, recommender, registry)
    chosen.fit(recommender, data, options)
    return Run(runs.TrainedRun(recommender, chosen, data, None, options, []), registry)


def load_run(path: str | Path, *, options: RunOptions | None = None, registry: Registry | None = None, dataset: Any = None) -> Run:
    """Read a run folder; see runs.py for what is refused."""
    registry = registry or load_registry()
    options = check_device(options or RunOptions())
    if options.threads:
        torch.set_num_threads(options.threads)
    return Run(runs.load_run(path, registry, options, dataset), registry)


def evaluate(
    *measured: Run,
    names: Sequence[str] | None = None,
    explanations: bool = False,
    explainer: str | None = None,
    explainer_settings: Mapping[str, object] | None = None,
    full_ranking: bool = False,
    k: int = 10,
    robust: bool = False,
    attack: bool = False,
    beyond_accuracy: bool = False,
    max_pairs: int | None = None,
    strict: bool = True,
) -> MeasuredRuns:
    """Measure runs of one data set on its held-out reviews, beside control rows; `.to_dict()` is the JSON document,
    `.to_frame()` and `.plot()` the figures. Runs may see it through features of different kinds.

    names: what the runs are called in the document (default: method-seed). explainer: another than each run's own;
    explainer_settings: keys of its configuration. robust: also stability and sanity. attack: also what is left of the ranking when
    f_u is moved, beyond_accuracy: also coverage, novelty, popularity bias and groups of users (docs/metrics.md). max_pairs:
    explain at most so many pairs of each sample. strict: whether an error in somebody's plugin is raised; if not, the rest is
    measured, and `failures` of the report says what is not.
    Raises UsageError where the runs are of different data sets.
    """
    from .answers import Printed
    from .evaluation.evaluate import Plan, controls_of
    from .evaluation.evaluate import evaluate as measure
    from .explainers.foil import choose_against
    from .present.measured import MeasuredRuns

    if not measured:
        raise UsageError("no run was given", where="evaluate")
    prints = {run.data.source.fingerprint for run in measured}
    if len(prints) > 1:
        raise UsageError(f"the runs are of {len(prints)} data sets: {', '.join(sorted(prints))}", hint="Evaluate each by itself.")
    registry, data = measured[0].registry, measured[0].data
    names = names or [f"{run.method}-{run.trained.options.seed}" for run in measured]
    metrics = tuple(cls() for cls in registry.classes("metric").values())
    blame: dict[str, Any] = {} if strict else {"blame": _blame}
    plan = Plan(
        metrics,
        k,
        full_ranking,
        explanations=explanations,
        max_pairs=max_pairs,
        robust=robust,
        attack=attack,
        beyond_accuracy=beyond_accuracy,
        say=Printed(),
        **blame,
    )
    subjects = [_subject(run, name, plan, explainer, explainer_settings) for run, name in zip(measured, names, strict=True)]
    controls = controls_of(registry.classes("recommender"), registry.classes("explainer"))
    return MeasuredRuns.of(measure(subjects, data, plan, controls, choose_against))


def compare(*measured: Run, metric: str | None = None, explanations: bool = False, **more: Any) -> pd.DataFrame:
    """Every two methods against each other: group, metric, first, second, difference (first less second), its 95 % interval low to
    high, p of the randomisation test, p_holm after Holm's correction over all pairs; several seeds of a method count as one.

    metric: that one alone. more: as for evaluate. Raises UsageError where fewer than two methods are given.
    """
    report = evaluate(*measured, explanations=explanations, **more)
    if len({run.method for run in report.runs}) < 2:
        raise UsageError(
            "two methods are compared, or more", where="compare", hint="Runs of one method differ by their seeds alone."
        )
    columns = ["group", "metric", "first", "second", "difference", "low", "high", "p", "p_holm"]
    frame = pd.DataFrame([found.to_dict() for found in report.comparisons], columns=columns)
    return frame if metric is None else frame[frame["metric"] == metric].reset_index(drop=True)


def plot(shown: Dataset | Run | PairExplanation | ManyExplanations | MeasuredRuns) -> Figure:
    """A picture of a data set (its long tail), a run (its history), explanations (what each reason adds) or a report (a metric with
    its intervals). Needs matplotlib (pip install 'pyexplain[pictures]')."""
    if isinstance(shown, Dataset):
        from .present.plots import plot_data

        return plot_data(shown)
    return shown.plot()


def _subject(run: Run, name: str, plan: Plan, explainer: str | None, settings: Mapping[str, object] | None) -> Subject:
    """A run without an explainer of its own is measured on its ranking alone, unless one is named."""
    from .evaluation.evaluate import Subject

    wanted = plan.explanations and (explainer or run.trained.explainer)
    reasons = plan.attempt(lambda: run.explainer(explainer, settings)) if wanted else None
    method = run.method
    if reasons and reasons.name != method:  # the table says who explained whom
        method = f"{method} by {reasons.name}"
    elif reasons and reasons.comes_with != run.recommender.name:  # a model that was wrapped
        method = f"{run.recommender.name} by {reasons.name}"
    if run.data.kinds and run.data.kinds != usual_kinds(run.data.source.kinds, run.recommender.kinds):
        method += f" ({', '.join(run.data.kinds)})"  # the same method on other features is another row
    return Subject(name, method, run.trained.options.seed, run.recommender, reasons, auxiliary_epochs(run.history), run.data)


def _blame(error: Exception) -> str | None:
    """Whose plugin it was, and what it raised; None where it was no third-party plugin."""
    where = culprit(error)
    if isinstance(error, PluginError) and error.package:
        return f"{error.where}: {error.what}"
    return None if where is None else f"plugin {where[1]} of {where[0]}: {type(error).__name__}: {error}"


@dataclass(frozen=True, eq=False)
class Run:
    """A trained recommender with its explainer and its data."""

    trained: runs.TrainedRun
    registry: Registry

    @property
    def recommender(self) -> Recommender:
        """The fitted recommender."""
        return self.trained.recommender

    @property
    def data(self) -> Dataset:
        """The data set it was trained on."""
        return self.trained.data

    @cached_property
    def order(self) -> Order:
        """The full ranking of the catalogue for every user; made when first asked for."""
        return Order(self.recommender, self.data, self.trained.options.max_memory)

    @cached_property
    def checker(self) -> Checker:
        """Checks what may be said of a pair; made when first asked for."""
        from .statements.facts import Checker

        return Checker(self.order, self.trained.options.max_memory)

    @property
    def method(self) -> str:
        """The name that the run goes by."""
        return self.trained.method

    @property
    def history(self) -> list[dict[str, float]]:
        """An entry an epoch: epoch, loss, seconds and more; the keys are explained in recommenders/history.py."""
        return self.trained.history

    def save(self, out: str | Path) -> None:
        """Write the run folder, whole or not at all."""
        runs.save_run(self.trained, Path(out))

    def explainer(self, name: str | None = None, settings: Mapping[str, object] | None = None) -> Explainer:
        """The run's own explainer, or any other that fits the recommender; UsageError that lists those that can otherwise.

        settings: keys of its configuration, over those of the run's own where it is that one; it is then made ready anew.
        """
        own = self.trained.explainer
        if own is not None and name is None:
            name = own.name
        if own is not None and name in (None, own.name) and not settings:
            return own
        if name is None:
            fitting = ", ".join(fitting_explainers(self.registry, self.recommender))
            raise UsageError(
                f"a run of {self.method} has no explainer of its own",
                hint=f"Name one with {either('explain(..., explainer=...)', '--explainer')}: {fitting}.",
            )
        cls = self.registry.get("explainer", name)
        kept = own.config.model_dump() if own is not None and own.name == name else {}
        chosen: Explainer = cls(make_config(cls.Config, {**kept, **(settings or {})}, f"explainer {name}"))
        _check_needs(chosen, self.recommender, self.registry)
        chosen.fit(self.recommender, self.data, self.trained.options)
        return chosen

    def knowing(self, profile: Profile) -> Run:
        """This run with one user more, the last of its data set, who is known by the profile alone; nothing is trained. UsageError
        where the recommender keeps something of each user, with the names of those that do not."""
        data = with_profile(self.data, profile)
        try:
            recommender = self.recommender.with_users(data)
        except UsageError as error:
            classes = self.registry.classes("recommender").items()
            able = [name for name, cls in classes if cls.with_users is not Recommender.with_users]
            raise UsageError(error.what, where="profile", hint=f"Train one of those that can: {', '.join(able)}.") from None
        own = self.trained.explainer
        reasons = None if own is None else type(own)(own.config)
        if own is not None and reasons is not None:
            reasons.fit(recommender, data, self.trained.options)
            reasons.load_state(own.state())
        return Run(replace(self.trained, recommender=recommender, explainer=reasons, data=data), self.registry)

    @overload
    def recommend(self, user: str | Profile, k: int = 10) -> list[tuple[str, float]]: ...
    @overload
    def recommend(
        self, user: str | Profile | Sequence[str] | pd.Series, k: int = 10, *, explain: bool, quotes: Quotes = "all"
    ) -> pd.DataFrame: ...
    @overload
    def recommend(self, user: list[str] | tuple[str, ...] | pd.Series, k: int = 10, *, quotes: Quotes = "all") -> pd.DataFrame: ...
    def recommend(
        self, user: str | Profile | Sequence[str] | pd.Series, k: int = 10, *, explain: bool | None = None, quotes: Quotes = "all"
    ) -> list[tuple[str, float]] | pd.DataFrame:
        """The k best items for a user, with scores, best first; items liked in training are left out.

        One user by name, or by a profile, gives a list of (item, score). Several, or `explain` said, give a frame: user, item,
        title ("" where none is known), score, rank, and with explain=True `sentence`, why the item is placed before the next.
        DataError for an unknown user.
        """
        if isinstance(user, Profile):
            known = self.knowing(user)
            name = known.data.users[-1]
            return known.recommend(name, k) if explain is None else known.recommend([name], k, explain=explain, quotes=quotes)
        if isinstance(user, str) and explain is None:
            items, scores = self.order.best(np.array([self.data.users.number(user)]), min(k, self.data.n_items))
            return [(self.data.items[i], float(score)) for i, score in zip(items[0], scores[0], strict=True) if i >= 0]
        from . import tables  # with what explains: a plain list does not wait for it

        frame, pairs = tables.recommended(self.order, [user] if isinstance(user, str) else list(user), k)
        if explain:
            from .answers import answer

            frame["sentence"] = tables.sentences(answer(self.checker, self.explainer(), pairs, None, k), quotes)
        return frame

    def score(self, pairs: Pairs) -> pd.DataFrame:
        """user, item, score of each pair: of a frame with the columns user and item, or of tuples. DataError for unknown ids."""
        from .tables import scored

        return scored(self.order, pairs)

    def explain_many(
        self,
        pairs: Pairs,
        explainer: str | None = None,
        quotes: Quotes = "all",
        settings: Mapping[str, object] | None = None,
    ) -> ManyExplanations:
        """explain() of many pairs at once: of a frame with the columns user, item and maybe against, or of tuples (user, item).

        What comes back is a sequence: `[0]`, slices, `.say()`, `.to_frame()`, `.to_json()`, `.to_html()`, `.plot()`.
        """
        from .present.many import ManyExplanations
        from .tables import explained

        against = isinstance(pairs, pd.DataFrame) and "against" in pairs.columns
        answers = explained(self.checker, self.explainer(explainer, settings), pairs, against)
        return ManyExplanations(lambda row: answers.pair(row, quotes), range(len(answers)))

    def plot(self) -> Figure:
        """Loss and validation NDCG@10 of each epoch. Needs matplotlib (pip install 'pyexplain[pictures]')."""
        from .present.plots import plot_history

        return plot_history(self.history)

    def __repr__(self) -> str:
        explainer = self.trained.explainer
        by = f" explained by {explainer.name}" if explainer and explainer.name != self.recommender.name else ""
        return f"<Run of {self.recommender.name}{by} on {self.data.name}: seed {self.trained.options.seed}, {self._kept()}>"

    def _kept(self) -> str:
        kept = next((entry for entry in self.history if entry.get("kept")), None)
        if kept is None or "ndcg@10" not in kept:
            return f"{len(self.history)} epochs"
        return f"epoch {kept['epoch']:.0f} of {len(self.history)} kept, validation ndcg@10 {kept['ndcg@10']:.3f}"

    def explain(
        self,
        user: str | Profile,
        item: str,
        against: str | None = None,
        explainer: str | None = None,
        shown: int = SHOWN,
        quotes: Quotes = "all",
        until: str | None = None,
        settings: Mapping[str, object] | None = None,
    ) -> PairExplanation:
        """Why the user is shown the item and not the other; `.say()` in a customer's words, `.statements` what was checked.

        Where no other is named, it is the next in the full ranking: the best item that the user did not like in training and that
        scores below. An item outside the first `shown` is not shown, and one that is named may be behind the other: then the
        question is why it is not, and the answer is about the one in front (at place `shown`), why that is and not the one asked
        about, and at which change it would be (`why_not`). quotes: whose sentences are quoted, "all", "own" (the user's) or "none".
        until: what the change has to reach: "above" (the other scores above), "first" (the other is first of the whole catalogue),
        "leaves-top-K" (the item is not among the first K); None: what the explainer is made for. A change is only called found
        where scores of the whole catalogue say so (`valid`). settings: keys of the explainer's configuration. Raises UsageError for
        what is none of these.
        """
        from .answers import answer
        from .explainers.counterfactual.until import Until

        if isinstance(user, Profile):
            known = self.knowing(user)
            return known.explain(known.data.users[-1], item, against, explainer, shown, quotes, until, settings)
        u, i = self.data.users.number(user), self.data.items.number(item)
        j = None if against is None else np.array([self.data.items.number(against)])
        if j is not None and j[0] == i:
            raise UsageError(f"{item!r} cannot be compared with itself", where="--against", hint="Name another item.")
        reach = None if until is None else Until.parse(until)
        return answer(self.checker, self.explainer(explainer, settings), np.array([[u, i]]), j, shown, reach).pair(0, quotes)

    def recommend_with_reasons(
        self, user: str, k: int = 10, explainer: str | None = None, quotes: Quotes = "all"
    ) -> list[tuple[str, float, PairExplanation]]:
        """The k best items for a user with scores, and why each is placed before the next of the whole catalogue."""
        from .answers import answer

        best = self.recommend(user, k)
        pairs = np.array([[self.data.users.number(user), self.data.items.number(item)] for item, _ in best])
        answers = answer(self.checker, self.explainer(explainer), pairs, None, k)
        return [(item, score, answers.pair(row, quotes)) for row, (item, score) in enumerate(best)]


def fitting_explainers(registry: Registry, recommender: Recommender) -> list[str]:
    """Names of the explainers whose needs the recommender meets."""
    return [name for name, cls in registry.classes("explainer").items() if cls.needs <= recommender.offers]


def check_device(options: RunOptions) -> RunOptions:
    """Options with "auto" resolved; RunError that says what is missing for "cuda"."""
    if options.device == "auto":
        return replace(options, device="cuda" if torch.cuda.is_available() else "cpu")
    if options.device == "cuda" and not torch.cuda.is_available():
        missing = "this torch was built without CUDA" if torch.version.cuda is None else "there is no usable GPU"
        raise RunError(f"CUDA was asked for, but {missing}", where="--device", hint="Use --device cpu, or auto.")
    return options


def _make_both(
    registry: Registry, explainer: str | None, baseline: str | None, keys: Mapping[str, object]
) -> tuple[Recommender, Explainer | None]:
    """The two methods with the keys that each knows; a key that neither knows is refused."""
    reasons = registry.get("explainer", explainer) if explainer else None
    ranker = registry.get("recommender", baseline or (reasons.comes_with if reasons else ""))
    kinds: list[type[Config]] = [ranker.Config] + ([reasons.Config] if reasons else [])
    known = sorted({key for kind in kinds for key in kind.model_fields})
    strange = sorted(set(keys) - set(known))
    if strange:
        name = explainer or baseline
        where = either(f"train({strange[0]}=...) of {name}", f"--set {strange[0]} of {name}")
        near = "".join(did_you_mean(key, known) for key in strange) or _as_an_option(strange)
        raise UsageError(f"unknown key {', '.join(strange)}", where=where, hint=f"{near}Known keys: {', '.join(known)}.")
    where = either("train(...)", "--set")
    made = [make_config(kind, {k: v for k, v in keys.items() if k in kind.model_fields}, where) for kind in kinds]
    return ranker(made[0]), reasons(made[1]) if reasons else None


def _as_an_option(keys: list[str]) -> str:
    """Where a key is no setting of a method, but an option of the run."""
    ours = [key for key in keys if key in RunOptions.__dataclass_fields__]
    return f"{either(f'options=RunOptions({ours[0]}=...)', f'--{ours[0]}')} sets it. " if ours else ""


def _labels(explainer: Explainer | None) -> dict[str, str]:
    """What a checkpoint keeps of the explainer that comes after the training."""
    if explainer is None:
        return {}
    settings = explainer.config.model_dump().items()
    return {"explainer": explainer.name} | {f"{key} of the explainer": str(value) for key, value in settings}


def _check_needs(explainer: Explainer, recommender: Recommender, registry: Registry | None = None) -> None:
    missing = explainer.needs - recommender.offers
    if missing:
        names = ", ".join(fitting_explainers(registry or load_registry(), recommender)) or "none"
        raise UsageError(
            f"explainer {explainer.name} needs {', '.join(sorted(missing))}, which recommender {recommender.name} does not offer",
            hint=f"Explainers that fit {recommender.name}: {names}.",
        )
