"""The benchmark of counterfactual explainers (SIGIR 2026): its own model, explained by every explainer that fits."""
