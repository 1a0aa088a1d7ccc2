"""What is printed as JSON is what docs/schemas says; the schemas are those of the types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import pyexplain as px
from pyexplain.present.documents import DOCUMENTS, ExplanationDocument, json_schema
from pyexplain.present.recommendations import recommendation_document

ROOT = Path(__file__).parents[2]
OLD = ROOT / "tests" / "data" / "old"
RUNS = {"format-1": "cnr", "format-2": None}


def documents(folder: str, method: str | None) -> dict[str, list[dict[str, Any]]]:
    """Real documents: of a run of 0.1.0, and of one on data with titles."""
    data = px.load_dataset(OLD / folder)
    old = OLD / "runs-222beda"
    run = px.load_run(old / method, dataset=data) if method else px.train(data, explainer="cnr", dim=4, epochs=2)
    user = data.users[1]
    best = run.recommend_with_reasons(user, 3)
    plain = [(item, score) for item, score, _ in best]
    found = [reason for _, _, reason in best]
    lists = [recommendation_document(run.trained, user, plain, reasons) for reasons in (None, found)]
    told = [reason.to_dict("customer") for reason in found] + [run.explain(user, plain[1][0], plain[0][0]).to_dict()]
    report = px.evaluate(run, explanations=True, max_pairs=6).to_dict()
    whole = [run.explain_list(user, 3).to_dict(), run.explain_list(user, 3, "gradient-input").to_dict()]
    return {
        "explanation": told,
        "list_explanation": whole,
        "recommendations": lists,
        "evaluation": [report, px.evaluate(run, full_ranking=True).to_dict()],
    }


@pytest.mark.parametrize(("folder", "method"), RUNS.items())
def test_real_documents_have_the_documented_form(folder: str, method: str | None) -> None:
    made = documents(folder, method)
    assert made.keys() == DOCUMENTS.keys()
    for name, found in made.items():
        for document in found:
            DOCUMENTS[name].model_validate_json(json.dumps(document))
    titles = {entry["title"] for entry in made["recommendations"][0]["items"]}
    assert (titles == {None}) == (folder == "format-1")
    assert {e["item_title"] for e in made["explanation"]} <= titles
    assert all(f["kind"] == "word" for e in made["explanation"] for f in e["features"])
    assert any(e["features"] and e["statements"] for e in made["explanation"])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_schemas_in_the_docs_are_those_of_the_types(name: str) -> None:
    written = json.loads((ROOT / "docs" / "schemas" / f"{name}.json").read_text(encoding="utf-8"))
    assert written == json_schema(name), "python tools/schemas.py"


def test_another_form_is_noticed() -> None:
    run = px.load_run(OLD / "runs-222beda" / "cnr", dataset=OLD / "format-1")
    user = run.data.users[1]
    good = run.explain(user, run.recommend(user)[0][0]).to_dict()
    for change in ({"valid": 1}, {"schema": 3}, {"later": 1}, {"features": [{}]}, {"side": "both"}):
        with pytest.raises(ValidationError):
            ExplanationDocument.model_validate_json(json.dumps(good | change))
    for key in good:
        with pytest.raises(ValidationError):
            ExplanationDocument.model_validate_json(json.dumps({k: v for k, v in good.items() if k != key}))
