"""The conformance kit of recommenders."""

from __future__ import annotations

from .fitting import FittingChecks
from .lifts import LiftChecks
from .offers import OfferChecks
from .other_users import OtherUsersChecks
from .scoring import ScoringChecks


class RecommenderContract(OtherUsersChecks, LiftChecks, FittingChecks, ScoringChecks, OfferChecks):
    """Every promise of a recommender; a subclass sets `cls`."""
