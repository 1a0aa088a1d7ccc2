"""Every operator that has native code, by its name: the same in csrc/, in the native module and here."""

from __future__ import annotations

from typing import Any

from .adam_perturbation_step import run_adam_perturbation_step
from .adam_rows import run_adam_rows
from .adam_tables import run_adam_tables
from .add_sparse_product import run_add_sparse_product
from .adversarial_step import run_adversarial_step
from .attention import run_attention, run_attention_backward
from .bpr_loss import run_bpr_loss
from .cheapest_flip import run_cheapest_flip
from .cheapest_within import run_cheapest_within
from .counterfactual_step import run_counterfactual_step
from .dropout import run_dropout, run_dropout_terms
from .first_entries import run_first_entries
from .group_sums import run_group_sums
from .grouped_batches import run_grouped_batches
from .groups import group_entries, group_places, group_rows
from .head import run_head_gradients, run_head_scores, run_pair_products
from .joined_pairs import run_joined_pairs
from .kept_head import run_kept_head, run_kept_head_backward
from .matched_products import run_matched_products, run_matched_slopes
from .native import Operator
from .pair_features import run_pair_features, run_pair_features_backward
from .pair_training import run_pair_training
from .sampled_matches import run_sampled_matches
from .select_rows import run_select_rows
from .solve_narrow import run_solve_narrow, run_solve_narrow_inputs
from .solve_widening import run_solve_widening
from .within_reach import run_within_reach
from .working_set import run_hidden_slopes, run_sampled_product, run_steepest_entries

OPERATORS: tuple[Operator[Any, Any], ...] = (
    run_adam_perturbation_step,
    run_adam_rows,
    run_adam_tables,
    run_add_sparse_product,
    run_adversarial_step,
    run_attention,
    run_attention_backward,
    run_bpr_loss,
    run_cheapest_flip,
    run_cheapest_within,
    run_counterfactual_step,
    run_dropout,
    run_dropout_terms,
    run_first_entries,
    group_entries,
    group_places,
    group_rows,
    run_group_sums,
    run_grouped_batches,
    run_head_gradients,
    run_head_scores,
    run_hidden_slopes,
    run_joined_pairs,
    run_kept_head,
    run_kept_head_backward,
    run_matched_products,
    run_matched_slopes,
    run_pair_features,
    run_pair_features_backward,
    run_pair_products,
    run_pair_training,
    run_sampled_matches,
    run_sampled_product,
    run_select_rows,
    run_solve_narrow,
    run_solve_narrow_inputs,
    run_solve_widening,
    run_steepest_entries,
    run_within_reach,
)
