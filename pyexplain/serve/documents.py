"""The forms of what the service answers beside the documents of `recommend --json` and `explain --json`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ..present.documents import ExplanationDocument


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
