"""A trained recommender that is asked: for lists, scores and reasons.

What only some answers need is imported by those: a list of recommendations does not wait for what explains.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from . import runs
from .data.types import Dataset
from .errors import UsageError, either
from .explainers.base import Explainer
from .explainers.order import Order
from .limits import MAX_COUNT, check_count
from .misspelt import misspelt_names
from .offered import check_offered
from .profile import Profile, with_profile
from .recommenders.base import Recommender
from .recommenders.config import make_config
from .registry import Registry, load_registry
from .statements.types import Quotes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .present.explanation import PairExplanation
    from .present.list_explanation import ListExplanation
    from .present.many import ManyExplanations
    from .statements.facts import Checker
    from .tables import Pairs

Int = npt.NDArray[np.int64]
ExplainerChoice = str | type[Explainer] | None  # a name, a class, or the run's own
SHOWN = 10  # places of a list; of an item beyond them the question is why it is not there


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

    def explainer(self, name: ExplainerChoice = None, settings: Mapping[str, object] | None = None) -> Explainer:
        """The run's own explainer, or any other that fits the recommender; UsageError that lists those that can otherwise.

        name: also a class, of one that is not in a package yet. settings: keys of its configuration, over those of the run's own
        where it is that one; it is then made ready anew. PluginError for a class that is no whole explainer, or has no name.
        """
        if isinstance(name, type):
            for said in misspelt_names(check_offered(name, "explainer"), "explainer"):
                warnings.warn(said, stacklevel=2)
            return self._fitted(name, settings or {})
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
        kept = own.config.model_dump() if own is not None and own.name == name else {}
        return self._fitted(self.registry.get("explainer", name), {**kept, **(settings or {})})

    def _fitted(self, cls: type[Explainer], settings: Mapping[str, object]) -> Explainer:
        chosen: Explainer = cls(make_config(cls.Config, settings, f"explainer {cls.name}"))
        check_needs(chosen, self.recommender, self.registry)
        chosen.fit(self.recommender, self.data, self.trained.options)
        return chosen

    def knowing(self, profile: Profile) -> Run:
        """This run with one user more, the last of its data set, who is known by the profile alone; nothing is trained. UsageError
        where the recommender keeps something of each user, with the names of those that do not."""
        return self.among(with_profile(self.data, profile))

    def among(self, data: Dataset) -> Run:
        """This run on a data set of the same items and features whose users are others, or care about other things; nothing is
        trained. UsageError where the recommender keeps what it cannot know of them, with the names of those that do not."""
        recommender = self._taught(data)
        own = self.trained.explainer
        reasons = None if own is None else type(own)(own.config)
        if own is not None and reasons is not None:
            reasons.recommender, reasons.data, reasons.options = recommender, data, own.options
            reasons.load_state(own.state())
            if not reasons.learns:
                reasons.fit(recommender, data, own.options)
        made = Run(replace(self.trained, recommender=recommender, explainer=reasons, data=data), self.registry)
        if "checker" in vars(self):  # the evidence is the same, and sorted already
            vars(made)["checker"] = self.checker.among(made.order)
        return made

    def _taught(self, data: Dataset) -> Recommender:
        try:
            return self.recommender.with_users(data)
        except UsageError as error:
            if data.users.names == self.data.users.names and np.array_equal(data.train, self.data.train):
                return self.recommender.with_values(data)
            classes = self.registry.classes("recommender").items()
            able = [name for name, cls in classes if cls.with_users is not Recommender.with_users]
            raise UsageError(error.what, where="profile", hint=f"Train one of those that can: {', '.join(able)}.") from None

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
        DataError for an unknown user. Ids that are whole numbers stand for their digits, here and in `explain`.
        """
        if isinstance(user, Profile):
            known = self.knowing(user)
            name = known.data.users[-1]
            return known.recommend(name, k) if explain is None else known.recommend([name], k, explain=explain, quotes=quotes)
        check_count(k, "k", 1, MAX_COUNT)
        if isinstance(user, str | Integral) and explain is None:
            items, scores = self.order.best(np.array([self.data.users.index(user)]), min(k, self.data.n_items))
            return [(self.data.items[i], float(score)) for i, score in zip(items[0], scores[0], strict=True) if i >= 0]
        from . import tables  # with what explains: a plain list does not wait for it

        frame, pairs = tables.recommended(self.order, [user] if isinstance(user, str | Integral) else list(user), k)
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
        explainer: ExplainerChoice = None,
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
        explainer: ExplainerChoice = None,
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
        u, i = self.data.users.index(user), self.data.items.index(item)
        j = None if against is None else np.array([self.data.items.index(against)])
        if j is not None and j[0] == i:
            raise UsageError(f"{item!r} cannot be compared with itself", where="--against", hint="Name another item.")
        reach = None if until is None else Until.parse(until)
        return answer(self.checker, self.explainer(explainer, settings), np.array([[u, i]]), j, shown, reach).pair(0, quotes)

    def explain_list(
        self,
        user: str | Profile,
        k: int = SHOWN,
        explainer: ExplainerChoice = None,
        top: int = SHOWN,
        settings: Mapping[str, object] | None = None,
    ) -> ListExplanation:
        """Why the user is shown these first k items of the whole catalogue, as a list: the `top` features that weigh most in it
        (Explainer.explain_lists), and which items leave it and come in without each, the model asked again. `.say()`, `.table()`,
        `.to_dict()`, `.to_frame()`. settings: keys of the explainer's configuration."""
        from .explainers.lists import explain_list
        from .present.list_explanation import ListExplanation

        if isinstance(user, Profile):
            known = self.knowing(user)
            return known.explain_list(known.data.users[-1], k, explainer, top, settings)
        chosen, number = self.explainer(explainer, settings), self.data.users.index(user)
        return ListExplanation.of(explain_list(chosen, self.order, number, k, top), chosen.name, self.data)

    def recommend_with_reasons(
        self, user: str, k: int = 10, explainer: ExplainerChoice = None, quotes: Quotes = "all"
    ) -> list[tuple[str, float, PairExplanation]]:
        """The k best items for a user with scores, and why each is placed before the next of the whole catalogue."""
        from .answers import answer

        best = self.recommend(user, k)
        pairs = np.array([[self.data.users.index(user), self.data.items.index(item)] for item, _ in best])
        answers = answer(self.checker, self.explainer(explainer), pairs, None, k)
        return [(item, score, answers.pair(row, quotes)) for row, (item, score) in enumerate(best)]


def fitting_explainers(registry: Registry, recommender: Recommender) -> list[str]:
    """Names of the explainers whose needs the recommender meets."""
    return [name for name, cls in registry.classes("explainer").items() if cls.needs <= recommender.offers]


def check_needs(explainer: Explainer, recommender: Recommender, registry: Registry | None = None) -> None:
    """UsageError where the recommender does not offer what the explainer needs, with those that fit."""
    missing = explainer.needs - recommender.offers
    if missing:
        names = ", ".join(fitting_explainers(registry or load_registry(), recommender)) or "none"
        raise UsageError(
            f"explainer {explainer.name} needs {', '.join(sorted(missing))}, which recommender {recommender.name} does not offer",
            hint=f"Explainers that fit {recommender.name}: {names}.",
        )
