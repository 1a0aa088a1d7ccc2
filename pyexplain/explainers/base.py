"""The base class of explainers: it finds the other item, cuts into batches, and wraps; a method weighs margins."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from torch import Tensor

from ..data.sparse import SparseRows
from ..data.types import Dataset
from ..errors import DataError, UsageError
from ..given import gives
from ..margin.margin import COPIES, MOST_PAIRS, Margin
from ..recommenders.base import SCORES, Recommender
from ..recommenders.config import Config as BaseConfig
from ..recommenders.options import RunOptions
from .foil import choose_against
from .order import Order
from .types import NO_ITEM, Explanations, joined
from .users import mean_over_liked_items, mean_over_lists
from .weights import sparse_weights

Int = npt.NDArray[np.int64]
Weights = SparseRows | npt.NDArray[np.floating] | Tensor | Explanations


class Explainer(ABC):
    """Turns (recommender, data, pairs) into explanations. A method writes `weigh`; one that needs other batches, or none, overrides
    `explain` instead.

    needs: what the recommender has to offer. comes_with: the name of the recommender that `train --explainer NAME` trains.
    control: a yardstick without a model. attribution: a yardstick that shares the score out among the features, and promises
    nothing else. default: whether it is what `train` trains where no method is named. contrastive: whether the other item plays a
    part, so that it is found where none is named.
    side: whose features are weighed, "user" or "item". copies: dense rows [P] of float32 that weigh() needs for a pair at a time,
    0 where it keeps within options.max_memory by itself. pairs_at_once: the most pairs that weigh() is handed.
    """

    name: ClassVar[str]
    reference: ClassVar[str] = ""
    Config: ClassVar[type[BaseConfig]] = BaseConfig
    needs: ClassVar[frozenset[str]] = frozenset({SCORES})
    comes_with: ClassVar[str]
    control: ClassVar[bool] = False
    attribution: ClassVar[bool] = False
    default: ClassVar[bool] = False
    contrastive: ClassVar[bool] = True
    side: ClassVar[str] = "user"
    copies: ClassVar[int] = 2 * COPIES
    pairs_at_once: ClassVar[int] = MOST_PAIRS

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "explain" in vars(cls) and getattr(cls.weigh, "__isabstractmethod__", False):
            cls.weigh = not_asked  # type: ignore[method-assign]  # who overrides explain() need not write it

    def __init__(self, config: BaseConfig | None = None) -> None:
        self.config = config if config is not None else self.Config()
        self.recommender: Recommender
        self.data: Dataset
        self.options = RunOptions()

    def fit(self, recommender: Recommender, data: Dataset, options: RunOptions) -> None:
        """Get ready to explain this recommender on these data; most explainers only remember both."""
        missing = self.needs - recommender.offers
        if missing:
            raise UsageError(
                f"explainer {self.name} needs {', '.join(sorted(missing))}, which recommender {recommender.name} does not offer",
                hint=f"{recommender.name} offers: {', '.join(sorted(recommender.offers))}. See 'pyexplain plugins' for what fits.",
            )
        self.recommender, self.data, self.options = recommender, data, options

    @property
    def learns(self) -> bool:
        """Whether fit() learns what state() gives; one that does not is made ready by fit() again."""
        return gives(type(self), Explainer, "state")

    @abstractmethod
    def weigh(self, margin: Margin) -> Weights:
        """Weights of a batch of n margins, each of a pair (u, i) and the other item: [n, P] as SparseRows, an array or a tensor
        (entries up to 0 are not named), larger = matters more; or whole Explanations, with what solve() finds.

        A row depends on its own margin alone. Where not `contrastive`, and no other item was named, margin.against is -1.
        """

    def explain(self, pairs: Int, against: Int | None = None) -> Explanations:
        """Explain why each user of pairs [n, 2] is shown the item, and not the item of against [n]; without one, the item that
        foil() finds."""
        if against is None and self.contrastive:
            against = self.foil(pairs)
        others = np.full(len(pairs), NO_ITEM) if against is None else against
        memory = self.options.max_memory
        whole = Margin.of(self.recommender, self.data, pairs, others, side=self.side, max_memory=memory)
        return self.explain_margin(whole, against is not None)

    def explain_margin(self, whole: Margin, compared: bool = True) -> Explanations:
        """The same of margins that are at hand, with what is known of them; compared: whether somebody named the other items."""
        batches = whole.batches(self.copies, self.pairs_at_once) if len(whole) else [(slice(0), whole)]
        return joined([wrapped(self.name, margin, self.weigh(margin), compared) for _, margin in batches])

    def foil(self, pairs: Int) -> Int:
        """The other item [n] of pairs [n, 2] for which none is named: the next in the full order of the catalogue."""
        return choose_against(self.recommender, self.data, pairs, self.options.seed)

    def reweighed(self, found: Explanations, margin: Margin) -> Explanations:
        """The same explanations once their changes are others than weigh() gave (`explain --until`); margin: of their pairs. An
        explainer whose weights come from the change overrides it; others speak of the margin, and their weights stay."""
        return found

    def explain_users(self, users: Int) -> Explanations:
        """Explain the users [n] as a whole: the mean weight over the items that each liked in training."""
        return mean_over_liked_items(self.explain, self.data, self.name, users)

    def explain_lists(self, users: Int, k: int) -> Explanations:
        """Explain the first k items of the whole catalogue of users [n], as a list: the mean weight over its items, each against
        the item at place k + 1. One row a user, without an item."""
        return mean_over_lists(self.explain, Order(self.recommender, self.data), self.name, users, k)

    def state(self) -> dict[str, Tensor]:
        """What fit() learned, by name; tensors only."""
        return {}

    def load_state(self, state: dict[str, Tensor]) -> None:  # noqa: B027  (most explainers learn nothing)
        """Take back what state() gave, after the recommender and the data have been set."""


def wrapped(method: str, margin: Margin, found: Weights, compared: bool = True) -> Explanations:
    """Explanations of what weigh() found of a batch; compared: whether the other items were named. DataError where it is not of
    these margins."""
    if isinstance(found, Explanations):
        if len(found) != len(margin):
            raise DataError(f"weigh() was handed {len(margin)} margins and explained {len(found)}", where=method)
        return replace(found, against=margin.against) if compared and found.against is None else found
    if found is None:
        raise DataError("weigh() gave nothing: it ends without a return", where=method)
    given = found if isinstance(found, SparseRows) else np.asarray(_array(found))
    if given.shape != (wanted := (len(margin), margin.data.n_features)):
        raise DataError(f"weigh() gave weights of shape {given.shape}, wanted {wanted}", where=method)
    values = given.values if isinstance(given, SparseRows) else given
    if values.dtype.kind not in "fiub":
        raise DataError(f"weigh() gave weights of type {values.dtype}, wanted numbers", where=method)
    if strange := int((~np.isfinite(values)).sum()):
        raise DataError(f"weigh() gave {strange:,} weights that are NaN or infinite", where=method)
    rows = given if isinstance(given, SparseRows) else sparse_weights(given)
    against = margin.against if compared else None
    space = margin.data.features.fingerprint
    return Explanations(method, margin.users, margin.items, rows, space, against, side=margin.side)


def _array(found: npt.NDArray[np.floating] | Tensor) -> npt.ArrayLike:
    return found.detach().cpu().numpy() if isinstance(found, Tensor) else found


def not_asked(self: Explainer, margin: Margin) -> Weights:
    """In place of weigh() where a class overrides explain() alone."""
    raise UsageError(f"explainer {self.name} explains in its own way: ask its explain()")
