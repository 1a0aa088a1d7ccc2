"""The held-out tables of docs/results/heldout.md: every method with several seeds beside the controls, as Markdown.

    python -m benchmarks.heldout DATASET [--methods cnr,car,...] [--seeds 3] [--set dim=64] [--max-pairs N]
        [--json FILE] [--runs FOLDER]

Trains each method, asks its explainer, and the text-only explainer on the first method's models. Controls of explanations ask the
models of the first method. --max-pairs: at most so many pairs of each sample are explained. --runs: trained models are kept
there, and found there again.
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

import torch

import pyexplain as px
from pyexplain.present.evaluation import figures_of

from .search import settings, trained_or_kept

METHODS = ("cnr", "car", "cer", "vbpr", "nar", "ncf", "bpr-mf", "apr")
TEXT_ALONE = "mention-model"
TABLES = {
    "ranking": ("f1@10", "hit@10", "mrr@10", "ndcg@10"),
    "agreement": ("f1@10", "ndcg@10"),
    "user_agreement": ("f1@10", "ndcg@10"),
    "counterfactual": ("validity", "size_median", "l1_mean", "irreducibility", "plausibility"),
    "faithfulness": ("deletion", "deletion-best", "deletion-gap", "insertion", "pn", "ps", "fns"),
    "fidelity": tuple(f"{figure}@{k}" for figure in ("deletion", "insertion") for k in (1, 2, 3)),
    "necessity": tuple(f"{figure}@{k}" for figure in ("pn", "ps", "fns") for k in (1, 2, 3)),
}
LIFTS = (("ranking", "ndcg@10"), ("agreement", "f1@10"), ("agreement", "ndcg@10"), ("faithfulness", "deletion"))
Document = dict[str, Any]


def measured(
    path: Path, methods: list[str], seeds: int, keys: dict[str, object], folder: Path | None, max_pairs: int | None = None
) -> tuple[Document, Document]:
    """Documents of all methods with their own explainers, and of the first method's runs explained by TEXT_ALONE."""
    data = px.load_dataset(path)
    runs = [trained_or_kept(data, method, seed, keys, folder) for method in methods for seed in range(seeds)]
    own = px.evaluate(*runs, explanations=True, max_pairs=max_pairs).to_dict()
    return own, px.evaluate(*runs[:seeds], explanations=True, max_pairs=max_pairs, explainer=TEXT_ALONE).to_dict()


def methods_of(document: Document) -> list[str]:
    """In the order of their runs."""
    return list(dict.fromkeys(run["method"] for run in document["runs"]))


def spread(values: list[float | None]) -> str:
    """Mean and sample deviation, or a dash where a method has no such figure."""
    found = [v for v in values if v is not None]
    if not found:
        return "–"
    deviation = statistics.stdev(found) if len(found) > 1 else 0.0
    return short(statistics.mean(found)) + (f" ± {short(deviation)}" if deviation else "")


def short(value: float) -> str:
    """Three decimals, without the zero before the point."""
    return f"{value:.3f}".removeprefix("0")


def table(document: Document, group: str, metrics: tuple[str, ...]) -> str:
    """A row a method, then a row a control and a row an attribution, those of explanations on the first method's models."""
    lines = [f"| | {' | '.join(metrics)} |", f"|---|{'---|' * len(metrics)}"]
    runs, methods = document["runs"], methods_of(document)
    rows = {method: [figures_of(run, group) for run in runs if run["method"] == method] for method in methods}
    first = [run for run in runs if run["method"] == methods[0]]
    for beside in ("controls", "attributions"):
        rows |= {f"*{name}*": [figures_of(run[beside][name], group) for run in first] for name in first[0][beside]}
    for name, figures in rows.items():
        if any(figures):
            lines.append(f"| {name} | {' | '.join(spread([f.get(metric) for f in figures]) for metric in metrics)} |")
    return "\n".join(lines)


def gains(document: Document) -> list[str]:
    """The difference to the best control with its interval: of the mean over seeds, and how many seeds are clear alone; of each
    seed where there is one alone, or seeds are measured on pairs of their own (those that the model puts in front)."""
    lines = []
    for group, metric in LIFTS:
        for method in methods_of(document):
            averaged = document["over_seeds"].get(method, {}).get(group, {}).get(metric, {}).get("lift")
            alone = [run["lift"].get(group, {}).get(metric) for run in document["runs"] if run["method"] == method]
            alone = [gain for gain in alone if gain]
            if averaged:
                clear = f"{sum(gain['beats'] for gain in alone)} of {len(alone)} seeds alone"
                lines.append(f"* {group} {metric}, {method}: {said(averaged)}; {clear}")
            elif alone:
                lines.append(f"* {group} {metric}, {method}, seed by seed: {', '.join(map(said, alone))}")
    return lines


def said(gain: Document) -> str:
    """A gain in words."""
    return f"{gain['difference']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}] over {gain['control']}"


def falls(document: Document) -> list[str]:
    """How many times as fast the deletion curves of explainers fall as those of two controls on the same models."""
    lines = []
    for method in methods_of(document):
        runs = [run for run in document["runs"] if run["method"] == method and figures_of(run, "faithfulness")]
        if runs:
            own = 1 - statistics.mean(figures_of(run, "faithfulness")["deletion"] for run in runs)
            others = {
                name: 1 - statistics.mean(figures_of(run["controls"][name], "faithfulness")["deletion"] for run in runs)
                for name in ("popularity", "echo")
            }
            said = ", ".join(f"{own / fall:.2f} times as fast as {name} ({fall:.3f})" for name, fall in others.items())
            lines.append(f"* {method}'s deletion curve falls by {own:.3f}: {said}")
    return lines


def equals(document: Document) -> list[str]:
    """Methods that the ranking does not tell apart."""
    told = [c for c in document["comparisons"] if c["group"] == "ranking" and c["metric"] == "ndcg@10"]
    pairs = [f"{c['first']} and {c['second']} (p = {c['p_holm']:.2f})" for c in told if c["p_holm"] >= 0.05]
    return [f"* ranking ndcg@10, not told apart (Holm-corrected): {', '.join(pairs) or 'none'}"]


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.heldout", description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", type=settings, action="append", default=[])
    parser.add_argument("--max-pairs", type=int, help="pairs of each sample that are explained, at most")
    parser.add_argument("--json", type=Path, help="both documents go there")
    parser.add_argument("--runs", type=Path, help="trained models are kept there")
    given = parser.parse_args()
    torch.set_num_threads(1)
    keys = {key: value for part in given.set for key, value in part.items()}
    own, text = measured(given.dataset, given.methods.split(","), given.seeds, keys, given.runs, given.max_pairs)
    if given.json:
        given.json.write_text(json.dumps([own, text]), encoding="utf-8")
    print(f"{own['dataset']['name']} (fingerprint `{own['dataset']['fingerprint']}`), protocol {own['protocol']}\n")
    for group, metrics in TABLES.items():
        print(f"{group}:\n\n{table(own, group, metrics)}\n")
    print("\n".join([*gains(own), *falls(own), *equals(own)]))
    print(f"\n{TEXT_ALONE}:\n")
    for group in ("agreement", "user_agreement", "faithfulness"):
        print("* " + group, {m: spread([figures_of(run, group).get(m) for run in text["runs"]]) for m in TABLES[group]})
    print("\n".join(gains(text)))


if __name__ == "__main__":
    main()
