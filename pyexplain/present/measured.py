"""The result of an evaluation as Python shows it: a frame, a picture, a notebook's tables."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..errors import UsageError, did_you_mean
from ..evaluation.report import Report
from .evaluation import groups_of
from .harmless import escape
from .report_tables import group_table
from .verdicts import LEGEND, closing_line

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = ("run", "method", "seed", "row", "group", "metric", "value", "low", "high")


class MeasuredRuns(Report):
    """A report that is looked at in Python."""

    @classmethod
    def of(cls, report: Report) -> MeasuredRuns:
        """The same figures."""
        return cls(**{field.name: getattr(report, field.name) for field in fields(Report)})

    def to_frame(self) -> pd.DataFrame:
        """COLUMNS, a row a figure of each run, then of the controls and attributions beside it, as `row` says; low and high: its
        95 % interval, where there is one; value: NaN where there is nothing to measure. Protocol and data set stand in `.attrs`."""
        rows: list[tuple[Any, ...]] = []
        for run in self.runs:
            named = (run.run, run.method, run.seed)
            spans = {(e.group, e.metric): (i.low, i.high) for e, i in run.intervals}
            rows += [
                (*named, "method", e.group, e.metric, e.number, *spans.get((e.group, e.metric), (None, None))) for e in run.figures
            ]
            beside = [("control", run.controls), ("attribution", run.attributions)]
            rows += [
                (run.run, name, run.seed, kind, e.group, e.metric, e.number, None, None)
                for kind, others in beside
                for name, figures in others.items()
                for e in figures
            ]
        frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"value": float, "low": float, "high": float})
        frame.attrs = {"protocol": self.protocol, "dataset": self.dataset, "fingerprint": self.fingerprint}
        return frame

    def plot(self, metric: str | None = None) -> Figure:
        """One metric of every run and control, with intervals; None: that of the ranking. Needs matplotlib (the extra `pictures`).
        UsageError for a metric that was not measured."""
        from .plots import plot_metric

        frame, wanted = self.to_frame(), metric or f"ndcg@{self.k}"
        kept = frame[(frame["metric"] == wanted) & frame["value"].notna()].drop_duplicates(["method", "seed", "row"])
        if kept.empty:
            known = list(dict.fromkeys(frame["metric"]))
            hint = f"{did_you_mean(wanted, known)}Measured: {', '.join(known)}."
            raise UsageError(f"no metric {wanted!r}", where="plot", hint=hint)
        seeds = kept.loc[kept["row"] == "method", "seed"].nunique() > 1
        rows: list[tuple[str, float, float | None, float | None, bool]] = []
        for row in kept.drop_duplicates(["method", "row"] if not seeds else ["method", "seed", "row"]).to_dict("records"):
            if row["row"] != "method" and any(name == row["method"] for name, *_ in rows):
                continue  # the same beside every run
            name = f"{row['method']} (seed {row['seed']})" if seeds and row["row"] == "method" else row["method"]
            low, high = (None if pd.isna(row[end]) else float(row[end]) for end in ("low", "high"))
            rows.append((name, float(row["value"]), low, high, row["row"] != "method"))
        return plot_metric(rows, f"{wanted}, protocol {self.protocol}")

    def __repr__(self) -> str:
        return f"<Report on {self.dataset}: {closing_line(self.to_dict())}>"

    def _repr_html_(self) -> str:
        document = self.to_dict()
        tables = "".join(group_table(document, group) for group in groups_of(document))
        return f"<p><strong>{escape(closing_line(document))}</strong></p><p>{escape(LEGEND)}</p>{tables}"
