"""Settings of the methods: what is out of range or unknown is refused by name, and every key says or bounds what it may be."""

from __future__ import annotations

import re

import pytest

from pyexplain import UsageError
from pyexplain.recommenders.config import TrainingConfig, make_config
from pyexplain.registry import load_registry

METHODS = [
    ("recommender", "bpr-mf", ["dim", "epochs", "learning_rate"]),
    ("recommender", "apr", ["dim", "radius"]),
    ("recommender", "fism", ["dim", "epochs", "learning_rate"]),
    ("recommender", "mult-vae", ["dim", "hidden", "anneal_steps"]),
    ("recommender", "lightgcn", ["dim", "epochs", "learning_rate"]),
    ("recommender", "fm", ["dim", "epochs", "learning_rate"]),
    ("recommender", "deepfm", ["dim", "hidden", "layers"]),
    ("recommender", "efm", ["dim", "hidden_dim", "epochs", "learning_rate", "cared"]),
    ("recommender", "amcf", ["dim", "hidden", "epochs", "learning_rate"]),
    ("recommender", "a2cf", ["dim", "epochs", "learning_rate", "completion_rate"]),
    ("recommender", "amr", ["dim", "epochs", "learning_rate", "radius"]),
    ("recommender", "cfgan", ["hidden", "epochs", "learning_rate", "batch_size"]),
    ("recommender", "irgan", ["dim", "epochs", "learning_rate", "temperature", "samples"]),
    ("recommender", "pure", ["dim", "hidden", "epochs", "learning_rate", "negatives"]),
    ("recommender", "kgat", ["dim", "epochs", "learning_rate"]),
    ("recommender", "nrpa", ["dim", "epochs", "learning_rate"]),
    ("recommender", "vecf", ["dim", "hidden", "epochs", "learning_rate"]),
    ("recommender", "saers", ["dim", "hidden", "epochs", "learning_rate"]),
    ("recommender", "npa", ["dim", "negatives", "epochs", "learning_rate"]),
    ("recommender", "nete", ["dim", "hidden", "state", "layers", "epochs", "learning_rate", "text_rate", "longest"]),
    ("explainer", "nete", ["sentences"]),
    ("explainer", "integrated-gradients", ["steps"]),
    ("explainer", "lime", ["samples", "width", "ridge"]),
    ("explainer", "shap-sampling", ["orders"]),
    ("explainer", "lxr", ["mask_hidden", "mask_epochs", "mask_batch", "mask_rate"]),
]


@pytest.mark.parametrize(("kind", "name", "positive"), METHODS)
def test_out_of_range_and_unknown_keys_are_refused(kind: str, name: str, positive: list[str]) -> None:
    config = load_registry(strict=True).get(kind, name).Config
    for key in config.model_fields:
        with pytest.raises(UsageError, match=key):
            make_config(config, {key: -1}, "--set")
    for key in positive:
        with pytest.raises(UsageError, match=key):
            make_config(config, {key: 0}, "--set")
    with pytest.raises(UsageError, match="no_such_key"):
        make_config(config, {"no_such_key": 1}, "--set")


@pytest.mark.parametrize(("kind", "name", "positive"), METHODS)
def test_keys_of_its_own_are_explained_and_the_paper_is_named(kind: str, name: str, positive: list[str]) -> None:
    cls = load_registry(strict=True).get(kind, name)
    shared = set(TrainingConfig.model_fields)
    assert all(field.description for key, field in cls.Config.model_fields.items() if key not in shared)
    assert re.search(r"\b20[0-2][0-9]\b", cls.reference)


@pytest.mark.parametrize("bad", [{"share": 1.1}, {"cared": 0}])
def test_shares_are_at_most_one(bad: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=next(iter(bad))):
        make_config(load_registry(strict=True).get("recommender", "efm").Config, bad, "--set")
