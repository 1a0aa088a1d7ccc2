"""The forms of what the service answers beside the documents of `recommend --json` and `explain --json`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ..present.documents import ExplanationDocument, RecommendationDocument


class Answer(BaseModel):
    """Types as they are."""

    model_config = ConfigDict(strict=True, populate_by_name=True)


class BatchDocument(Answer):
    """POST /explain/batch: an explanation for each pair, in their order."""

    schema_: Literal[2] = Field(alias="schema")
    explanations: list[ExplanationDocument]


class Counts(Answer):
    """What is known of a user or an item."""

    training_pairs: int
    reviews: int
    mentions: int
    features: int


class UserEntry(Counts):
    """A user."""

    user: str


class ItemEntry(Counts):
    """An item; title: null where none is known."""

    item: str
    title: str | None


class Listing(Answer):
    """found: how many match; as many as were asked for are shown."""

    schema_: Literal[1] = Field(alias="schema")
    dataset: str
    search: str
    found: int


class UsersDocument(Listing):
    """GET /users."""

    users: list[UserEntry]


class ItemsDocument(Listing):
    """GET /items."""

    items: list[ItemEntry]


class FeatureFound(Answer):
    """A word or an attribute: how many users care about it, and how many items have it."""

    kind: Literal["word", "attribute"]
    feature: str
    users: int
    items: int


class FeaturesDocument(Listing):
    """GET /features."""

    features: list[FeatureFound]


class LikedItem(Answer):
    """An item of the history; state: what the change does to it."""

    item: str
    title: str | None
    state: Literal["kept", "struck", "added"]


class FeatureAmount(Answer):
    """A word: how often it is mentioned; an attribute: how many liked items have it. Without the change, and with it."""

    kind: Literal["word", "attribute"]
    feature: str
    before: float
    now: float


class MayChange(Answer):
    """What of a person this run can answer about without training: another history; other words and attributes."""

    likes: bool
    features: bool


class PersonEntry(Answer):
    """Somebody; user: null where it is none of the data set. top: beyond it an amount weighs no more; null: there is no end."""

    user: str | None
    likes: list[LikedItem]
    features: list[FeatureAmount]
    top: float | None
    may_change: MayChange


class Placed(Answer):
    """An item among all that are not liked, without the change and with it; null where it is liked."""

    item: str
    title: str | None
    before: int | None
    now: int | None


class PersonDocument(Answer):
    """POST /person: who it is, what they are recommended, and where each item stood and stands that is or was recommended."""

    schema_: Literal[1] = Field(alias="schema")
    person: PersonEntry
    places: list[Placed]
    recommendations: RecommendationDocument


class ServedDataset(Answer):
    """The data set of the run."""

    name: str
    fingerprint: str


class HealthDocument(Answer):
    """GET /health, and what /reload answers: which run it is."""

    schema_: Literal[1] = Field(alias="schema")
    status: Literal["ok"]
    method: str
    explainer: str | None
    seed: int
    protocol: Literal["heldout", "paper"]
    dataset: ServedDataset
    users: int
    items: int
    may_change: MayChange
