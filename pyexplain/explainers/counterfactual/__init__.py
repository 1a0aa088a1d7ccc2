"""Counterfactuals: the smallest change of what a user cares about, or of what an item is said to be, at which the order turns."""
