"""Configuration of methods: typed, validated, unknown keys refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import UsageError
from ..limits import MAX_COUNT

C = TypeVar("C", bound="Config")


class Config(BaseModel):
    """Base of every method's Config. Unknown keys are refused; instances are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    idle: ClassVar[frozenset[str]] = frozenset()
    """Keys that are taken, since runs were written with them, and do nothing: nobody searches them."""


class LoopConfig(Config):
    """Keys of the training loop."""

    learning_rate: float = Field(2e-3, gt=0, description="of Adam")
    batch_size: int = Field(512, ge=1)
    epochs: int = Field(50, ge=1)
    patience: int = Field(10, ge=0, description="epochs without a better validation NDCG before stopping; 0 = run all epochs")


class NetworkConfig(LoopConfig):
    """Keys that the common loop reads of any network that build() gives, and no other: what the network reads is up to it."""

    weight_decay: float = Field(0.0, ge=0, description="L2 penalty on the embedding rows that a batch touches")


class TrainingConfig(NetworkConfig):
    """Keys that networks with embeddings and a head share. epochs and batch_size are the paper's (section 5.1.4); dim,
    learning_rate and dropout were chosen on validation parts (docs/results/defaults.md), where the paper's 350 and 0.001 did worse;
    `reproduce` keeps both."""

    dim: int = Field(64, ge=1, description="size of identity and feature embeddings")
    hidden: int | None = Field(None, ge=1, description="width of the head; default: dim")
    dropout: float = Field(0.8, ge=0, lt=1, description="in the head, in training only")


class HeadlessConfig(TrainingConfig):
    """Of methods whose network has no head, and whose runs were written with these keys: they are taken, and do nothing."""

    idle: ClassVar[frozenset[str]] = frozenset({"hidden", "dropout"})
    hidden: int | None = Field(None, ge=1, description="not used: there is no head")
    dropout: float = Field(0.8, ge=0, lt=1, description="not used: there is no head")


class FeatureProductConfig(TrainingConfig):
    """Keys of the methods with the network of eq. (5): what its parameters start from, and what becomes of the features that go
    in. The defaults were chosen on validation parts; the paper draws embeddings as usual, and speaks of normalised features."""

    map_init: Literal["equal", "separate"] = Field(
        "equal", description="E_u and E_i start with equal rows for a feature, or are drawn apart"
    )
    user_mean: float = Field(1.0, description="what the entries of e_u start around: 1, so that e_u * e_i starts as e_i; or 0")
    normalize: Literal["none", "user", "both"] = Field(
        "none", description="divide features by their length ||f||_2 before the maps: none, those of users, or of users and items"
    )


def make_config(kind: type[C], values: Mapping[str, object], where: str) -> C:
    """A Config from plain values; UsageError that lists the known keys where one is unknown or out of range."""
    huge = [key for key, value in values.items() if isinstance(value, int) and abs(value) > MAX_COUNT]
    if huge:
        raise UsageError(f"{huge[0]} = {values[huge[0]]!r:.40} is beyond {MAX_COUNT}", where=where, hint="Give a smaller number.")
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg'].lower()} (got {e['input']!r})" for e in error.errors()]
        known = ", ".join(sorted(kind.model_fields))
        raise UsageError("; ".join(lines), where=where, hint=f"Known keys: {known}.") from None
