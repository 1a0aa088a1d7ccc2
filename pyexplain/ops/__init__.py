"""Torch operators over the native module, which nothing else imports. One operator, one file; operators.py lists them.
Each chooses by itself: the kernel of its tensors' device, or its twin in plain torch."""

from ..data.sparse import TensorRows as Rows
from ._operator import rows_at_once
from .adam_perturbation_step import adam_perturbation_step
from .adam_rows import AdamSettings, RowAdam, RowGradients
from .adam_rows_torch import adam_rows, adam_rows_flush
from .adversarial_step import adversarial_step
from .bpr_loss import bpr_loss
from .counterfactual_step import INFEASIBLE, SOLVED, counterfactual_step
from .dropout import dropout_
from .head import HeadGradients, HeadPasses
from .hidden_slopes import hidden_slopes
from .info import NativeInfo, native_info
from .pair_features import PairGradients, Tables
from .pair_features_torch import pair_features
from .pair_products import pair_products
from .pair_scores import HeadParameters, pair_scores
from .pair_training import PairPasses, PairTraining
from .products import matrix_product, repeated_product
from .solve_narrow import Chosen, HiddenLayer, solve_narrow
from .steepest_columns import Pull, steepest_columns

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
    "hidden_slopes",
    "matrix_product",
    "native_info",
    "pair_features",
    "pair_products",
    "pair_scores",
    "repeated_product",
    "rows_at_once",
    "solve_narrow",
    "steepest_columns",
]
