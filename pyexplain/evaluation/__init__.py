"""Evaluations: samples of pairs, controls, protocols, statistics and comparisons."""
