"""Recommender and Explainer base classes, shared networks, training, sampling, checkpoints."""
