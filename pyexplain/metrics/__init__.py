"""What a metric is written with: the base class, what it gets to see, and the arithmetic that several metrics share."""

from .base import Metric, MetricInput, Scores
from .catalogue import places, scores_of_all
from .changes import Asked, Changed, expand, find_asked, join, profiles, some_rows
from .hits import Hits
from .mentions import review_counts
from .named import Named, in_rows, named_features
from .printed import KINDS, UNKNOWN, Line, Lines, read_lines
from .ranked import find_hits
from .relevance import DEPTH, held_out, is_pair, sort_keys
from .truth import judgeable_pairs, judgeable_users, true_features
from .types import Evaluation, Float, Ranking, Values

__all__ = [
    "scores_of_all",
    "places",
    "review_counts",
    "read_lines",
    "Lines",
    "Line",
    "UNKNOWN",
    "KINDS",
    "DEPTH",
    "Asked",
    "Changed",
    "Evaluation",
    "Float",
    "Hits",
    "Metric",
    "MetricInput",
    "Named",
    "Ranking",
    "Scores",
    "Values",
    "expand",
    "find_hits",
    "find_asked",
    "held_out",
    "in_rows",
    "is_pair",
    "join",
    "judgeable_pairs",
    "judgeable_users",
    "named_features",
    "profiles",
    "some_rows",
    "sort_keys",
    "true_features",
]
