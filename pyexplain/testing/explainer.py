"""The conformance kit of explainers."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import torch

from ..data.sparse import SparseRows, apply_change
from ..errors import UsageError
from ..explainers.base import not_asked, wrapped
from ..explainers.types import NO_ITEM
from ..margin.margin import Margin
from ..recommenders.base import SCORES, Recommender
from ..recommenders.options import RunOptions
from ..recommenders.user_side import UserSide
from .compare import near, same_digests, same_states
from .contract import Broken, Skip
from .explaining import SEED, ExplainedContract, sound
from .fitting import ask
from .measure import check_linear, largest_tensor, measured, untouched_generators
from .worlds import Renumbering, digests, renamed, renumbered

TIMES = 4
TIGHT = 200_000  # bytes: a few dozen rows of this world at a time
MANY = 20  # times the usual pairs: some 40 kB for one dense row of features each


class Shy(Recommender):
    """Offers scores that nobody can differentiate, and nothing else."""

    name = "shy"

    def scores(self, users, items, user_features=None, item_features=None):  # type: ignore[no-untyped-def]
        """(user + item) modulo 7."""
        return ((users + items) % 7).float()


class ExplainerContract(ExplainedContract):
    """Every promise of an explainer; a subclass sets `cls`."""

    def check_needs_are_known_and_held(self) -> None:
        """`needs` names what recommenders may offer, and a recommender that does not offer it is refused with a UsageError."""
        known = {SCORES, "gradients", "attention", "linear-user-side", "sentences"}
        needs = frozenset(self.cls.needs)
        if needs - known:
            raise Broken(f"needs {sorted(needs)}; known: {sorted(known)}")
        if needs <= {SCORES}:
            return
        try:
            self.cls(self.config()).fit(Shy(), self.data(), RunOptions())
        except UsageError:
            return
        raise Broken(f"needs {sorted(needs)}, but takes a recommender that offers scores alone")

    def check_comes_with_a_recommender_that_fits(self) -> None:
        """`comes_with` names a registered recommender that offers what is needed."""
        if lacking := frozenset(self.cls.needs) - self.ranker().offers:
            raise Broken(f"comes with {self.ranker().name}, which does not offer {', '.join(sorted(lacking))}")

    def check_answers_what_was_asked(self) -> None:
        """n pairs get n rows, in their order: weights finite, at least 0, over all features; also without other items."""
        sound(self.explained(), self.pairs(), self.data(), "explain()")
        sound(self.fitted().explain(self.pairs()), self.pairs(), self.data(), "explain() without other items")

    def check_weigh_is_what_explain_wraps(self) -> None:
        """Where weigh() is written: a batch of margins gets the weights, and the change, that explain() gives for its pairs."""
        made = self.fitted()
        if inspect.unwrap(self.cls.weigh) is not_asked:
            raise Skip("writes explain(), and no weigh()")
        rows = np.arange(0, len(self.pairs()), 3)
        margin = Margin.of(self.ranker(), self.data(), self.pairs(), self.against(), side=made.side).select(rows)
        found, wanted = wrapped(made.name, margin, made.weigh(margin)), self.explained().select(rows)
        near(found.weights.dense(), wanted.weights.dense(), "weights of weigh()")
        if (found.change is None) != (wanted.change is None):
            raise Broken("weigh() and explain() do not both name changes")
        if found.change is not None and wanted.change is not None:
            near(found.change.dense(), wanted.change.dense(), "changes of weigh()")

    def check_weigh_says_what_it_needs(self) -> None:
        """Where weigh() is written: `side` is "user" or "item"; `copies` is at least 0, `pairs_at_once` at least 1; and one that is
        not `contrastive` gives the same weights whatever the other items are."""
        cls = self.cls
        if cls.side not in ("user", "item") or cls.copies < 0 or cls.pairs_at_once < 1:
            raise Broken(f"side {cls.side!r}, copies {cls.copies}, pairs_at_once {cls.pairs_at_once}")
        if not cls.contrastive:
            other = (self.against() + 1) % self.data().n_items
            self._same(self.fitted().explain(self.pairs(), other).weights.dense(), "against other items, though not contrastive")

    def check_some_feature_is_named(self) -> None:
        """At least one feature of one pair has a weight."""
        if not (self.explained().weights.values > 0).any():
            raise Broken(f"none of {len(self.pairs())} pairs has a feature that weighs anything")

    def check_feature_space_is_that_of_the_data(self) -> None:
        """`feature_space` is the fingerprint of the data set's features, so that columns cannot be taken for others."""
        wanted = self.data().features.fingerprint
        if self.explained().feature_space != wanted:
            raise Broken(f"feature_space is {self.explained().feature_space!r}, expected {wanted!r}")

    def check_other_items_are_kept(self) -> None:
        """What a pair was compared with is what was asked for, or is not named."""
        found = self.explained().against
        if found is not None and not np.array_equal(found, self.against()):
            raise Broken("pairs were compared with other items than asked for")

    def check_users_are_explained(self) -> None:
        """explain_users() gives one sound row a user, with no item, also for the user of whom nothing is known."""
        users = np.array([0, 5, 3, self.data().n_users - 1])
        found = self.fitted().explain_users(users)
        sound(found, np.stack([users, np.full(4, NO_ITEM)], axis=1), self.data(), "explain_users()")
        if len(self.fitted().explain_users(users[:0])):
            raise Broken("no users get rows")

    def check_lists_are_explained(self) -> None:
        """explain_lists() gives one sound row a user, with no item, whatever the length of the list."""
        users = np.array([0, 5, 3, self.data().n_users - 1])
        for length in (3, 2 * self.data().n_items):
            found = self.fitted().explain_lists(users, length)
            sound(found, np.stack([users, np.full(4, NO_ITEM)], axis=1), self.data(), f"explain_lists() of {length} items")
        if len(self.fitted().explain_lists(users[:0], 3)):
            raise Broken("no users get rows")

    def check_no_pairs(self) -> None:
        """No pairs get no rows."""
        none = self.pairs()[:0]
        sound(self.fitted().explain(none, self.against()[:0]), none, self.data(), "explain() of no pairs")

    def check_unseen_user_and_item(self) -> None:
        """A user and an item without features and without training pairs are explained like others: the reasons may be none."""
        data = self.data()
        user, item = data.n_users - 1, data.n_items - 1
        unseen = np.array([[user, 0], [0, item], [user, item]])
        sound(self.fitted().explain(unseen, np.array([1, 1, 1])), unseen, data, "explain() of the unseen user and item")
        sound(self.fitted().explain(unseen), unseen, data, "explain() of the unseen user and item without other items")

    def check_same_seed_same_explanations(self) -> None:
        """Fitted and asked again with the same seed, the same state and the same weights."""
        again = self.fit()
        same_states(again.state(), self.fitted().state(), "fitted again with the same seed")
        self._same(again.explain(self.pairs(), self.against()).weights.dense(), "after fitting again with the same seed")

    def check_rows_do_not_depend_on_the_batch(self) -> None:
        """A pair's weights are the same alone and among others."""
        one = [self.fitted().explain(self.pairs()[k : k + 1], self.against()[k : k + 1]).weights.dense() for k in range(12)]
        near(np.concatenate(one), self.explained().weights.dense()[:12], "weights of pairs asked alone")

    def check_rows_do_not_depend_on_the_order(self) -> None:
        """Pairs asked in another order, or twice, get their weights in that order."""
        order = np.random.default_rng(1).integers(0, len(self.pairs()), len(self.pairs()))
        found = self.fitted().explain(self.pairs()[order], self.against()[order]).weights.dense()
        near(found, self.explained().weights.dense()[order], "weights in another order")

    def check_names_do_not_matter(self) -> None:
        """Other names of users, items and features, under the same numbers, change no weight."""
        data = renamed(self.data())
        found = self.fit(self.fit_ranker(data), data).explain(self.pairs(), self.against())
        self._same(found.weights.dense(), "under other names")

    def check_numbers_do_not_matter(self) -> None:
        """Renumbered users, items and features, with a recommender renumbered alike, get the same weights under their new numbers.

        Skipped for an explainer that draws: numbers enter the draw. Shown by another seed that gives other weights.
        """
        other = self.fit(seed=SEED + 1).explain(self.pairs(), self.against()).weights.dense()
        wanted = self.explained().weights.dense()
        if not np.allclose(other, wanted, rtol=1e-3, atol=1e-6 + 1e-3 * np.abs(wanted).max()):
            raise Skip("weights are drawn from the seed and the numbers")
        new = Renumbering.drawn(self.data())
        data = renumbered(self.data(), new)
        ranker = Renumbered(self.ranker(), new)
        found = self.fit(ranker, data).explain(new.pairs(self.pairs()), new.items[self.against()]).weights.dense()
        near(found[:, new.features], wanted, "weights under other numbers")

    def check_fit_and_explain_leave_things_alone(self) -> None:
        """Neither the data set nor the recommender's state is changed."""
        data = self.data()
        before, state = digests(data), {name: t.clone() for name, t in self.ranker().state().items()}
        self.fit().explain(self.pairs(), self.against())
        same_digests(digests(data), before, "fit() or explain()")
        same_states(self.ranker().state(), state, "the recommender after fit() and explain()")

    def check_no_global_randomness(self) -> None:
        """Fitting and explaining neither draw from nor seed the generators that all share."""
        self.ranker()
        with untouched_generators("fit() or explain()"):
            self.fit().explain(self.pairs()[:5], self.against()[:5])

    def check_state_restores_explanations(self) -> None:
        """load_state(state()) gives the same weights, by way of a file, with recommender and data set."""
        from safetensors.torch import load, save

        state = load(save({name: t.contiguous() for name, t in self.fitted().state().items()}))
        other = self.cls(self.config())
        if state:
            other.recommender, other.data, other.options = self.ranker(), self.data(), RunOptions(seed=SEED)
            other.load_state(state)
        else:
            other.fit(self.ranker(), self.data(), RunOptions(seed=SEED))
        self._same(other.explain(self.pairs(), self.against()).weights.dense(), "after saving and loading")

    def check_memory_changes_no_weight(self) -> None:
        """With a small max_memory the same weights."""
        self._same(self.fit(max_memory=TIGHT).explain(self.pairs(), self.against()).weights.dense(), "with a small max_memory")

    def check_memory_is_bounded(self) -> None:
        """However many pairs are asked, no single tensor takes more than a small max_memory (and as much again for rounding up to
        whole rows). Tensors of torch are seen, arrays of numpy and of native code are not."""
        small = self.fit(max_memory=TIGHT)
        many, other = np.tile(self.pairs(), (MANY, 1)), np.tile(self.against(), MANY)
        small.explain(many[:5], other[:5])  # what is made once is made
        largest = largest_tensor(lambda: small.explain(many, other))
        if largest > 2 * TIGHT:
            raise Broken(f"with max_memory={TIGHT:,}, explaining {len(many)} pairs makes a tensor of {largest:,} bytes")

    def check_cost_is_linear(self) -> None:
        """Four times as many pairs cost about four times as much: calls and numbers written are counted, not seconds."""
        made, pairs, other = self.fitted(), self.pairs(), self.against()
        made.explain(pairs, other)  # what is made once is made
        few = measured(lambda: made.explain(pairs, other))
        many = np.tile(pairs, (TIMES, 1)), np.tile(other, TIMES)
        check_linear(few, measured(lambda: made.explain(*many)), TIMES)

    def check_changes_are_scored_again(self) -> None:
        """Of counterfactuals: `valid` (the item was ahead, and no longer is), and the margins before and after, are what the
        recommender says when asked again."""
        found = self.counterfactuals()
        if found.valid is None or found.margin_before is None or found.margin_after is None or found.change is None:
            raise Broken("names changes, but not valid, margin_before and margin_after")
        data, pairs, other = self.data(), self.pairs(), self.against()
        rows = data.user_features if found.side == "user" else data.item_features
        changed = torch.from_numpy(apply_change(rows.select(pairs[:, 0 if found.side == "user" else 1]), found.change).dense())
        rival = np.stack([pairs[:, 0], other], axis=1)
        before = ask(self.ranker(), pairs) - ask(self.ranker(), rival)
        if found.side == "user":
            after = ask(self.ranker(), pairs, changed) - ask(self.ranker(), rival, changed)
        else:
            after = ask(self.ranker(), pairs, None, changed) - ask(self.ranker(), rival)
        near(found.margin_before, before, "margin_before")
        near(found.margin_after, after, "margin_after")
        clear = np.minimum(np.abs(before), np.abs(after)) > 1e-4 * max(1e-6, float(np.abs(before).max()))
        if wrong := int((found.valid != ((before > 0) & (after < 0)))[clear].sum()):
            raise Broken(f"{wrong} of {len(pairs)} pairs are said to flip and do not, or the other way round")

    def check_nothing_flips_that_is_behind(self) -> None:
        """Of counterfactuals: an item that scores below the other is not said to have been turned around."""
        self.counterfactuals()
        pairs, other = self.pairs(), self.against()
        behind = ask(self.ranker(), np.stack([pairs[:, 0], other], axis=1)) < ask(self.ranker(), pairs)
        turned = np.stack([pairs[:, 0], other], axis=1)[behind]
        found = self.fitted().explain(turned, pairs[behind, 1])
        if found.valid is not None and (wrong := int(found.valid.sum())):
            raise Broken(f"{wrong} of {len(turned)} items that are behind the other already are said to fall behind it")

    def check_changes_stay_in_the_box(self) -> None:
        """Of counterfactuals: changed features stay within 0 and the largest rating."""
        found = self.counterfactuals()
        assert found.change is not None
        rows = self.data().user_features if found.side == "user" else self.data().item_features
        changed = apply_change(rows.select(self.pairs()[:, 0 if found.side == "user" else 1]), found.change).values
        most = self.data().settings.max_rating
        if len(changed) and not (changed.min() > -1e-4 and changed.max() < most + 1e-4):
            raise Broken(f"changed features lie in {changed.min():.3g}..{changed.max():.3g}, expected 0..{most:g}")

    def check_devices(self) -> None:
        """The recommender stays on its device, and on every device there is the weights are the same, to rounding."""
        there = self.ranker().device
        self.fit().explain(self.pairs()[:1], self.against()[:1])
        if self.ranker().device != there:
            raise Broken(f"moved the recommender from {there} to {self.ranker().device}")
        if not torch.cuda.is_available():
            raise Skip("no second device here; the processor is what the other checks run on")
        ranker = type(self.ranker())(self.ranker().config)
        ranker.prepare(self.data(), RunOptions(seed=SEED, device="cuda"))
        ranker.load_state(self.ranker().state())
        found = self.fit(ranker, device="cuda").explain(self.pairs(), self.against())
        self._same(found.weights.dense(), "on cuda")

    def _same(self, found: np.ndarray, what: str) -> None:
        near(found, self.explained().weights.dense(), f"weights {what}")


class Renumbered(Recommender):
    """A recommender asked through other numbers."""

    name = "renumbered"

    def __init__(self, inner: Recommender, new: Renumbering) -> None:
        super().__init__(inner.config)
        self.inner, self.new = inner, new
        self.offers = inner.offers  # type: ignore[misc]
        self.old = replace(new, users=np.argsort(new.users), items=np.argsort(new.items), features=np.argsort(new.features))

    def scores(self, users, items, user_features=None, item_features=None):  # type: ignore[no-untyped-def]
        """Those of the inner one, under its numbers."""
        columns = torch.from_numpy(self.new.features)
        handed = [f.dense(len(columns)) if isinstance(f, SparseRows) else f for f in (user_features, item_features)]
        there = [None if f is None else f[:, columns] for f in handed]
        return self.inner.scores(torch.from_numpy(self.old.users)[users], torch.from_numpy(self.old.items)[items], *there)

    def attention(self, users: torch.Tensor) -> torch.Tensor:
        """The inner one's, columns renumbered."""
        return self.inner.attention(torch.from_numpy(self.old.users)[users])[:, torch.from_numpy(self.old.features)]

    def item_attention(self, items: torch.Tensor) -> torch.Tensor:
        """The inner one's, columns renumbered."""
        return self.inner.item_attention(torch.from_numpy(self.old.items)[items])[:, torch.from_numpy(self.old.features)]

    def sentences(self, users: torch.Tensor, items: torch.Tensor, features: torch.Tensor) -> list[str]:
        """The inner one's, under its numbers."""
        old = (
            torch.from_numpy(part)[k]
            for part, k in zip((self.old.users, self.old.items, self.old.features), (users, items, features), strict=True)
        )
        return self.inner.sentences(*old)

    def user_side(self, users: torch.Tensor, items: torch.Tensor) -> UserSide:
        """The inner one's, its map of features renumbered."""
        inner = self.inner.user_side(torch.from_numpy(self.old.users)[users], torch.from_numpy(self.old.items)[items])
        return replace(inner, feature_map=inner.feature_map[torch.from_numpy(self.old.features)])

    def state(self) -> dict[str, torch.Tensor]:
        """The inner one's."""
        return self.inner.state()
