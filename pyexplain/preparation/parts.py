"""Which part each interaction belongs to: as the files say, or by a split of our own."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ..data.build import assign_parts, given_parts
from ..errors import UsageError
from .settings import PrepareOptions

GIVEN, AUTO, USUAL = "given", "auto", "random"


def with_split(interactions: pd.DataFrame, options: PrepareOptions) -> PrepareOptions:
    """The options with a split that is settled: "auto" is the one that the files give, else a random one.

    interactions: with `split`, "" where the files say nothing. UsageError where a given split is wanted and none is there.
    """
    there = bool((interactions["split"] != "").any())
    if options.split == GIVEN and not there:
        hint = "Give a column split (train, valid, test), or files named after the parts: train.csv test.csv."
        raise UsageError("the files give no split", where="--split", hint=hint)
    if options.split != AUTO:
        return options
    return replace(options, split=GIVEN if there else USUAL)


def parts_of(interactions: pd.DataFrame, options: PrepareOptions) -> pd.Series:
    """The part of each interaction, "train", "valid", "test" or "unused"; see data/build.py."""
    if options.split == GIVEN:
        return given_parts(interactions, options.seed, options.liked)
    return assign_parts(interactions, options.split, options.seed, options.liked, options.room)
