"""Torch operators over the native module, which nothing else imports. Each has a plain-torch twin in reference.py."""

from ..data.sparse import TensorRows as Rows
from .adam import AdamSettings, adam_rows, adam_rows_flush
from .adversarial import adversarial_step
from .bpr import bpr_loss
from .counterfactual import INFEASIBLE, SOLVED, counterfactual_step
from .dropout import dropout_
from .head import HeadGradients, HeadPasses
from .info import NativeInfo, native_info
from .narrow import Chosen, HiddenLayer, solve_narrow
from .pair_features import pair_features
from .pairs import PairGradients, PairPasses, RowGradients, Tables
from .perturbation import adam_perturbation_step
from .products import matrix_product, repeated_product
from .rows import RowAdam
from .scores import HeadParameters, embedding_products, pair_scores
from .slopes import hidden_slopes
from .steepest import Pull, steepest_columns
from .training import PairTraining

__all__ = [
    "INFEASIBLE",
    "SOLVED",
    "AdamSettings",
    "Chosen",
    "HeadGradients",
    "HeadParameters",
    "HeadPasses",
    "HiddenLayer",
    "NativeInfo",
    "PairGradients",
    "PairPasses",
    "PairTraining",
    "Pull",
    "RowAdam",
    "RowGradients",
    "Rows",
    "Tables",
    "adam_perturbation_step",
    "adam_rows",
    "adam_rows_flush",
    "adversarial_step",
    "bpr_loss",
    "counterfactual_step",
    "dropout_",
    "embedding_products",
    "hidden_slopes",
    "matrix_product",
    "native_info",
    "pair_features",
    "pair_scores",
    "repeated_product",
    "solve_narrow",
    "steepest_columns",
]
