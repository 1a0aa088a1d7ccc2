"""Features that nobody is told of: those that a person named (Settings.never), attributes that are nobody's business, and what
people are themselves: nobody is told that they see an item because of their age.

They may be trained on; no sentence, table or file of explanations names them, and no counterfactual changes them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .kinds import ATTRIBUTE, HISTORY, PERSON
from .vocabulary import Vocabulary

SENSITIVE = frozenset(
    [
        "age",
        "age group",
        "birth date",
        "birthday",
        "date of birth",
        "gender",
        "target gender",
        "sex",
        "sexual orientation",
        "sexuality",
        "race",
        "ethnicity",
        "ethnic origin",
        "skin colour",
        "skin color",
        "nationality",
        "citizenship",
        "country of birth",
        "religion",
        "religious belief",
        "political view",
        "political opinion",
        "party",
        "trade union",
        "health",
        "disability",
        "diagnosis",
        "illness",
        "medical condition",
        "pregnancy",
        "marital status",
        "family status",
        "income",
        "salary",
        "occupation",
        "zip code",
        "postcode",
        "postal code",
        "genetic data",
        "biometric data",
        "criminal record",
    ]
)
"""Names of attributes (lower case, in words) that are no reasons, whoever prepares the data: personal data of special categories
(GDPR, article 9), grounds of discrimination (EU Charter of Fundamental Rights, article 21), and what stands in for them."""


def is_sensitive(attribute: str) -> bool:
    """Whether an attribute of this name ("gender") is one of them."""
    return attribute.casefold() in SENSITIVE


def unsaid(features: Vocabulary, never: Sequence[str], sensitive: bool = True) -> npt.NDArray[np.bool_] | None:
    """Marks [P] of the features that are not said; None where all may be. never: names of features (of history, ids or titles), or
    of attributes with all their values; case does not matter. sensitive: also those of SENSITIVE attributes, and of people."""
    named = {name.casefold() for name in never}
    marks = np.zeros(len(features), dtype=bool)
    marks[features.of_kind(PERSON)] = sensitive
    at = range(len(features)) if named else features.of_kind(ATTRIBUTE)
    for number in at:
        name, kind = features[number].casefold(), features.kind_of(number)
        attribute = name.partition(": ")[0] if kind in (ATTRIBUTE, PERSON) else ""
        title = features.titles[number].casefold() if kind == HISTORY and features.titles else ""
        marks[number] |= (sensitive and is_sensitive(attribute)) or not named.isdisjoint({name, attribute or name, title or name})
    return marks if marks.any() else None
