"""What one run says nothing of, beside what its data set does not say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..errors import UsageError, did_you_mean, either
from .kinds import ATTRIBUTE
from .types import Dataset
from .unsaid import is_sensitive, unsaid


def with_never(data: Dataset, never: Iterable[str]) -> Dataset:
    """A view that says nothing of these features either, beside what data.settings.never names; see unsaid().

    UsageError for a name that nothing goes by (a slip of the pen would be told), but for those that are never said of anybody.
    """
    own = tuple(data.settings.never)
    added = tuple(dict.fromkeys(name for name in never if name not in own))
    for name in added:
        if not is_sensitive(name) and unsaid(data.features, (name,), sensitive=False) is None:
            known = {data.features[k].partition(": ")[0] for k in data.features.of_kind(ATTRIBUTE)} | set(data.features.names)
            hint = f"{did_you_mean(name, sorted(known))}Name a word, a liked item (id or title), or an attribute."
            raise UsageError(f"no feature goes by {name!r:.80}", where=either("train(never=...)", "--never"), hint=hint)
    return replace(data, settings=replace(data.settings, never=own + added), stored=data.source) if added else data
