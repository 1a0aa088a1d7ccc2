"""Texts in, mentions out: which features a review judges, and how."""
