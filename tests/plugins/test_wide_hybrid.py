"""Every explainer of `hybrid` where a map of all its features would be too large: none makes it, but those that say so."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.hybrid import Hybrid
from pyexplain.errors import RunError
from pyexplain.margin import margin as margin_module
from pyexplain.recommenders import RunOptions, additive_model
from pyexplain.registry import load_registry

from ..worlds import small_world

DATA = small_world().with_kinds(("word", "history"))
EXPLAINERS = {name: cls for name, cls in load_registry().classes("explainer").items() if cls.needs <= Hybrid.offers}
ON_LATENT_VECTORS = {"accent", "fia"}
LESS = {"lxr": {"mask_epochs": 1}}  # what would take long at its defaults


@pytest.mark.parametrize("name", EXPLAINERS)
def test_no_map_of_all_features_is_made(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    recommender = Hybrid(Hybrid.Config(epochs=1, dim=4))
    recommender.prepare(DATA, RunOptions())
    cls = EXPLAINERS[name]
    explainer = cls(cls.Config(**LESS.get(name, {})))
    pairs = DATA.test[:3]
    against = (pairs[:, 1] + 1) % DATA.n_items if cls.contrastive else None

    def explained() -> np.ndarray:
        explainer.fit(recommender, DATA, RunOptions())
        found: np.ndarray = explainer.explain(pairs, against).weights.dense()
        return found

    wanted = explained()
    recommender.additive.changed()
    monkeypatch.setattr(margin_module, "MOST_MAP", 0)
    monkeypatch.setattr(additive_model, "MOST_MAP", 0)
    if name in ON_LATENT_VECTORS:
        with pytest.raises(RunError, match="into as many latent ones"):
            explained()
    else:
        np.testing.assert_allclose(explained(), wanted, rtol=1e-3, atol=1e-3)
