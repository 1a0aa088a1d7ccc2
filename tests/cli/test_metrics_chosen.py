"""evaluate --metrics: beside the ranking only what is named."""

from __future__ import annotations

import json

from .conftest import Made, good
from .test_bad_input import refused


def test_only_what_is_named_is_measured_and_printed(made: Made) -> None:
    words = ("evaluate", made.run, "--explanations", "--max-pairs", 10, "--metrics", "deletion, agreement-ndcg")
    told = json.loads(good(*words, "--json").stdout)["runs"][0]["explanations"]
    assert set(told["faithfulness"]) == {"deletion"}
    assert set(told["agreement"]) == {"ndcg@10"}
    assert "counterfactual" not in told
    assert "statements" not in told
    said = good(*words).stdout
    assert "only what was asked for is measured: deletion, agreement-ndcg" in " ".join(said.split())
    assert "deletion" in said
    assert "validity" not in said
    [table] = [part for part in good(*words[:-1], "agreement-recall").stdout.split("\n\n") if part.startswith("Agreement of")]
    assert "recall@10" in table  # which is not among what decides, but asked for
    assert "control: item-popularity" in table


def test_what_is_unknown_or_would_not_be_measured_is_refused(made: Made) -> None:
    refused(("evaluate", made.run, "--explanations", "--metrics", "deletin"), 2, "--metrics", "Did you mean deletion")
    refused(("evaluate", made.run, "--metrics", "deletion"), 2, "nothing of deletion would be measured", "--explanations")
    refused(("evaluate", made.run, "--metrics", "mrr@10"), 2, "In reports mrr@10 is the figure of ranking-mrr-1 and ranking-mrr-10")
