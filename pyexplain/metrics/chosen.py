"""Which metrics are measured, where somebody wants a few of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from ..errors import UsageError, did_you_mean, either
from .base import Metric

M = TypeVar("M", bound=Metric | type[Metric])
# what has to be asked for as well, by what a metric needs; the first that fits
ASKED = (
    ({"attacked", "turned"}, "attack", "--attack"),
    ({"recommended"}, "beyond_accuracy", "--beyond-accuracy"),
    ({"noisy", "randomised", "reseeded"}, "robust", "--robust"),
    ({"explanations"}, "explanations", "--explanations"),
)
RANKING = "ranking"  # always measured: what an explanation is of has to be known, and it costs least


def chosen_metrics(known: Iterable[M], names: Sequence[str], wanted: Mapping[str, Any]) -> tuple[M, ...]:
    """Those of `known` whose group ("faithfulness") or name ("deletion") is among the names, and those of rankings.

    wanted: what else is asked of an evaluation ("explanations", "robust", ...). Raises UsageError for a name that is neither, for
    one of which nothing would be measured, or where a text stands in the place of several.
    """
    where = either("evaluate(..., metrics=...)", "--metrics")
    if isinstance(names, str):
        raise UsageError(f"metrics is one text, {names!r}", where=where, hint=f"Give several names: [{names!r}].")
    metrics = tuple(known)
    groups, single = {m.group for m in metrics}, {m.name for m in metrics}
    for name in names:
        if name not in groups | single:
            meant = sorted(m.name for m in metrics if name.split("@")[0] == m.key)
            near = f"In reports {name} is the figure of {' and '.join(meant)}. " if meant else did_you_mean(name, groups | single)
            hint = f"{near}Groups: {', '.join(sorted(groups))}. Metrics are listed by 'pyexplain plugins'."
            raise UsageError(f"there is no metric or group {name!r}", where=where, hint=hint)
        lacking = {_lacking(m, wanted) for m in metrics if name in (m.group, m.name)}
        if None not in lacking:
            hint = f"Add {' or '.join(sorted(option for option in lacking if option))}."
            raise UsageError(f"nothing of {name} would be measured", where=where, hint=hint)
    return tuple(m for m in metrics if m.group in names or m.name in names or m.group == RANKING)


def _lacking(metric: Metric | type[Metric], wanted: Mapping[str, Any]) -> str | None:
    """The option without which a metric is not measured; None where nothing lacks."""
    for needs, key, option in ASKED:
        if metric.needs & needs and not wanted.get(key):
            return either(f"{key}=True", option)
    return None
