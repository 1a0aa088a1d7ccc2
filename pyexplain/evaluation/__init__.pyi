from .evaluate import Subject as Subject
from .evaluate import controls_of as controls_of
from .evaluate import measure_ranking as measure_ranking
from .explained import measure_explanations as measure_explanations
from .frames import explanations_from_frame as explanations_from_frame
from .frames import ranking_from_frame as ranking_from_frame
from .plan import Plan as Plan
from .report import Report as Report
