"""What is asked of the service, checked before anything is computed. Ids and texts are strings, never numbers."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ..statements.types import Quotes, Register

LONGEST_NAME = 1_000  # characters of an id or of words to look for
MOST_SAID = 1_000  # liked items, words or attributes of a profile

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Amount = Annotated[float, Field(gt=0, lt=1e6)]
AmountOrNone = Annotated[float, Field(ge=0, lt=1e6)]
Until = Annotated[str, Field(pattern=r"^(above|first|leaves-top-[1-9][0-9]{0,3})$", description="what the change has to reach")]


class Question(BaseModel):
    """What all questions share. `for`: who reads the answer; quotes: whose sentences are quoted."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    register_: Register = Field("customer", alias="for", description="who reads it: a customer, or an analyst (ids, values)")
    quotes: Quotes = Field("all", description="sentences that may be quoted: everybody's, the user's own, none")


class RecommendQuestion(Question):
    """The best items of a user."""

    user: Name
    k: int = Field(10, ge=1, description="how many items")
    explain: bool = Field(False, description="why each item is placed before the next of the whole catalogue")


class Pair(BaseModel):
    """Why the user is shown the item and not the other; the next in the full ranking where no other is named."""

    model_config = ConfigDict(extra="forbid")
    user: Name
    item: Name
    against: Name | None = None


class ExplainQuestion(Question):
    """One pair."""

    user: Name
    item: Name
    against: Name | None = None
    until: Until | None = None


class BatchQuestion(Question):
    """Many pairs at once."""

    pairs: Annotated[list[Pair], Field(min_length=1)]


class ProfileQuestion(Question):
    """The best items of somebody who is in no data set. words: how often each feature is mentioned; attributes: how many liked
    items have each; as the liked items have them, where it is left out."""

    likes: Annotated[list[Name], Field(max_length=MOST_SAID)] = []
    words: Annotated[dict[Name, Amount], Field(max_length=MOST_SAID)] = {}
    attributes: Annotated[dict[Name, Amount], Field(max_length=MOST_SAID)] | None = None
    k: int = Field(10, ge=1, description="how many items")
    explain: bool = Field(False, description="why each item is placed before the next of the whole catalogue")


class PersonQuestion(Question):
    """Somebody, with something changed: a user, or nobody yet (null). struck, liked: items out of the history, and into it. words,
    attributes: how often each is mentioned, and how many liked items have each, from now on; 0 takes it away, and what is not named
    stays."""

    user: Name | None = None
    struck: Annotated[list[Name], Field(max_length=MOST_SAID)] = []
    liked: Annotated[list[Name], Field(max_length=MOST_SAID)] = []
    words: Annotated[dict[Name, AmountOrNone], Field(max_length=MOST_SAID)] = {}
    attributes: Annotated[dict[Name, AmountOrNone], Field(max_length=MOST_SAID)] = {}


class ChangedQuestion(PersonQuestion):
    """What they are recommended."""

    k: int = Field(10, ge=1, description="how many items")
    explain: bool = Field(False, description="why each item is placed before the next of the whole catalogue")


class WhyQuestion(PersonQuestion):
    """Why they are recommended an item, or why not."""

    item: Name
    against: Name | None = None
    until: Until | None = None


class SearchQuestion(BaseModel):
    """Words that the id or the title must hold, in any case; "" = those with most training pairs."""

    model_config = ConfigDict(extra="forbid")
    search: Annotated[str, Field(max_length=LONGEST_NAME)] = ""
    k: int = Field(20, ge=1, le=1_000, description="how many are shown")
