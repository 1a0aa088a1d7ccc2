"""The forms of the JSON documents that programs read, as types: docs/schemas holds the JSON schemas that are made of them.

Keys are added without notice, and readers leave aside what they do not know; where a key goes or means something else, `schema` is
raised. Ids stand in `user`, `item`, `against`, `other`; titles are for people.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FeatureKind = Literal["word", "attribute", "history"]
Figure = float | None
Figures = dict[str, dict[str, Any]]


class Document(BaseModel):
    """What all parts of documents share: types as they are, no unknown keys."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


class Open(Document):
    """A part to which plugins add groups of figures of their own."""

    model_config = ConfigDict(extra="allow", strict=True)


class FeatureName(Document):
    """A feature. name: unique within its kind."""

    kind: FeatureKind
    name: str


class FeatureChange(FeatureName):
    """A value of f_u (or f_i) now, and after the change."""

    before: float = Field(alias="from")
    after: float = Field(alias="to")


class QuoteEntry(Document):
    """A sentence of a training review; sentiment in -1..1. user: null where it is somebody else and a customer reads it."""

    sentence: str
    item: str
    user: str | None
    sentiment: float
    own: bool


class StatementEntry(Document):
    """One thing that was checked, and what it is about. count: k of n."""

    kind: Literal["reason", "contrast", "flip", "replacement", "leaving", "evidence", "size", "sentence"]
    text: str
    feature: FeatureName | None
    item: str
    other: str | None
    change: list[FeatureChange]
    quote: QuoteEntry | None
    count: Annotated[list[int], Field(min_length=2, max_length=2)] | None


class EvidenceEntry(Document):
    """A sentence about a feature."""

    sentence: str
    item: str
    sentiment: float


class FeatureEntry(Document):
    """A feature: its weight (larger = matters more, 0 = the method does not name it), what it adds to the lead, its value now and
    after the change, if any. Those that the method names first, then what else has to change, then what else adds to the lead.
    title: of the item that a feature of history is, null where none is known."""

    feature: str
    kind: FeatureKind
    title: str | None
    weight: float
    contribution: float | None
    before: float = Field(alias="from")
    after: float | None = Field(alias="to")
    evidence: list[EvidenceEntry]


class ExplanationDocument(Document):
    """explain --json, and each `explanation` of recommend --explain --json. item_title, against_title: null where none is known.
    proved: it is known that no smaller change does, or, where it is not valid, that none does; null where nobody looked."""

    schema_: Literal[2] = Field(alias="schema")
    user: str
    item: str
    item_title: str | None
    against: str | None
    against_title: str | None
    method: str
    valid: bool | None
    proved: bool | None
    margin_before: float | None
    margin_after: float | None
    rank_before: int | None
    rank_after: int | None
    side: Literal["user", "item"]
    note: str
    why_not: bool
    until: str | None
    say: str
    statements: list[StatementEntry]
    features: list[FeatureEntry]


class ListedItem(Document):
    """A place of the list."""

    item: str
    title: str | None
    score: float


class ListFeatureEntry(Document):
    """A feature: its weight in the list, its value of f_u, and the items that leave the list, and that come in, without it."""

    feature: str
    kind: FeatureKind
    title: str | None
    weight: float
    before: float = Field(alias="from")
    leave: list[str]
    enter: list[str]


class ListChange(Document):
    """How many of the features have to go, in their order, before the list holds another item, and what changes then."""

    features: Annotated[int, Field(ge=1)]
    leave: list[str]
    enter: list[str]


class ListExplanationDocument(Document):
    """explain --level list --json. items: best first; features: the largest weight first; change: null where all of them together
    change nothing."""

    schema_: Literal[2] = Field(alias="schema")
    level: Literal["list"]
    user: str
    method: str
    note: str
    say: str
    items: list[ListedItem]
    change: ListChange | None
    features: list[ListFeatureEntry]


class RecommendedItem(Document):
    """A place of the list. The last four are there with --explain alone."""

    item: str
    title: str | None
    score: float
    sentence: str | None = None
    say: str | None = None
    statements: list[StatementEntry] | None = None
    explanation: ExplanationDocument | None = None


class RecommendationDocument(Document):
    """recommend --json: the best items, best first."""

    schema_: Literal[2] = Field(alias="schema")
    user: str
    method: str
    protocol: Literal["heldout", "paper"]
    items: list[RecommendedItem]


class DatasetEntry(Document):
    """Which data set was measured."""

    name: str
    fingerprint: str


class RunEntry(Open):
    """Figures of a run, of the controls and of the attributions on the same users and pairs: group -> metric -> number,
    null where there is nothing to measure."""

    run: str
    method: str
    seed: int
    ranking: dict[str, Figure]
    explanations: dict[str, Any] | None = None
    controls: dict[str, Figures]
    attributions: dict[str, Figures]
    intervals: Figures
    lift: Figures
    lift_over_attributions: Figures
    skipped: dict[str, str]
    samples: dict[str, dict[str, Any]]


class EvaluationDocument(Open):
    """evaluate --json."""

    schema_: Literal[2] = Field(alias="schema")
    protocol: Literal["heldout", "paper"]
    dataset: DatasetEntry
    k: int
    candidates: Literal["lists", "catalogue"]
    runs: list[RunEntry]
    comparisons: list[dict[str, Any]]
    over_seeds: dict[str, Figures]
    warnings: list[str]
    failures: list[str] = []


DOCUMENTS: dict[str, type[Document]] = {
    "explanation": ExplanationDocument,
    "list_explanation": ListExplanationDocument,
    "recommendations": RecommendationDocument,
    "evaluation": EvaluationDocument,
}


def json_schema(name: str) -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of a document. Unknown keys are no error to it: later versions add some."""
    found = DOCUMENTS[name].model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_open(found)}


def _open(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _open(value) for key, value in part.items() if not (key == "additionalProperties" and value is False)}
    return [_open(value) for value in part] if isinstance(part, list) else part
