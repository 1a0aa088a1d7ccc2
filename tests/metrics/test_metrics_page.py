"""docs/metrics.md speaks of every metric, control and finding, and says the right direction."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.metrics.toys import ROOT, all_metrics, plugin_module

PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
SECTIONS = {
    "ranking": "Ranking",
    "beyond_accuracy": "Beyond accuracy",
    "ndcg_by_pairs": "Beyond accuracy",
    "ndcg_by_features": "Beyond accuracy",
    "ndcg_kept": "Ranking under attack",
    "orders_kept": "Ranking under attack",
    "smallest_change": "Ranking under attack",
    "agreement": "Agreement with text",
    "statements": "Statements",
    "counterfactual": "Counterfactuals",
    "faithfulness": "Faithfulness",
    "fidelity": "Fidelity of 1, 2 and 3 features",
    "necessity": "Fidelity of 1, 2 and 3 features",
    "kinds": "Kinds of features",
    "removal": "Features taken away whole",
    "text": "Generated text",
    "sentences": "Generated text",
    "stability": "Stability",
    "sanity": "Stability",
    "diversity": "Stability",
}


@pytest.mark.parametrize("metric", all_metrics().values(), ids=lambda m: m.name)
def test_each_metric_has_a_row_with_its_direction(metric: type) -> None:
    section = PAGE.split(f"## {SECTIONS[metric.group]}\n" if metric.group == "ranking" else f"## {SECTIONS[metric.group]}")[
        1
    ].split("\n## ")[0]
    label = f"{metric.key}@{metric.fixed_k or 'k'}" if metric.at_k else metric.key
    [row] = [line for line in section.splitlines() if line.startswith("|") and f"`{label}`" in line.split(" | ")[0]]
    assert row.rstrip(" |").endswith(metric.direction)
    assert ("0..1" in row) == (metric.range == (0.0, 1.0))


def test_each_control_has_a_row() -> None:
    controls = plugin_module("controls")
    section = PAGE.split("## Controls")[1].split("\n## ")[0]
    for cls in controls.pyexplain_recommenders() + controls.pyexplain_explainers():
        assert f"| `{cls.name}` |" in section


def test_each_finding_is_on_the_page() -> None:
    source = Path(ROOT / "pyexplain" / "data" / "audit.py").read_text(encoding="utf-8")
    codes = set(re.findall(r'yield Finding\(\s*"([a-z-]+)"', source))
    assert len(codes) >= 12
    assert {code for code in codes if f"`{code}`" not in PAGE} == set()
