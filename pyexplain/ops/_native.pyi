"""The native module. Everything is called through pyexplain.ops, which checks shapes, types and devices.

A table for each device and type holds the operators that have a kernel there. Each takes the fields of its struct by keyword, as
they are named in csrc/OPERATOR.hpp: arrays by address (0 = none), sizes and numbers as they are; on the GPU also `stream`.
"""

from collections.abc import Callable
from typing import Any

interface: int
version: str
compiler: str
openmp: bool
cuda_architectures: str
solver_constants: dict[str, float | tuple[float, ...]]

Native = Callable[..., Any]

class Processor:
    """Operators on the processor, for float32 or float64."""

    adam_perturbation_step: Native
    adam_rows: Native
    adam_tables: Native
    add_sparse_product: Native
    adversarial_step: Native
    attention: Native
    attention_backward: Native
    bpr_loss: Native
    cheapest_flip: Native
    cheapest_within: Native
    counterfactual_step: Native
    dropout: Native
    dropout_terms: Native
    group_entries: Native
    group_sums: Native
    grouped_batches: Native
    head_gradients: Native
    head_scores: Native
    hidden_slopes: Native
    joined_pairs: Native
    kept_head: Native
    kept_head_backward: Native
    matched_products: Native
    matched_slopes: Native
    pair_features: Native
    pair_features_backward: Native
    pair_products: Native
    pair_training: Native
    sampled_matches: Native
    sampled_product: Native
    select_rows: Native
    solve_narrow: Native
    solve_narrow_inputs: Native
    steepest_entries: Native
    within_reach: Native

class ProcessorNumbers:
    """Operators on row numbers, int64."""

    group_places: Native
    group_rows: Native

class Gpu:
    """Operators on the GPU, for float32 or float64; where the module was built with CUDA."""

    adam_perturbation_step: Native
    adam_rows: Native
    adam_tables: Native
    adversarial_step: Native
    bpr_loss: Native
    counterfactual_step: Native
    dropout: Native
    dropout_terms: Native
    first_entries: Native
    head_gradients: Native
    head_scores: Native
    hidden_slopes: Native
    pair_features: Native
    pair_features_backward: Native
    pair_products: Native
    sampled_product: Native
    solve_narrow: Native
    solve_narrow_inputs: Native
    solve_widening: Native
    steepest_entries: Native

cpu_float32: Processor
cpu_float64: Processor
cpu_int64: ProcessorNumbers
cuda_float32: Gpu
cuda_float64: Gpu

def threads() -> int:
    """How many threads OpenMP would use."""

def instruction_set() -> str:
    """The widest instructions that the running clones use: "avx512", "avx2" or "baseline"."""

def vendor() -> str:
    """The maker of the processor: "amd", "intel" or "other"."""

def large_pages(address: int, size: int) -> bool:
    """Ask for the memory from an address on to be kept in large pages; whether the system agreed."""
