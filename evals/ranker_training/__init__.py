"""Trains the built-in ranker: `python -m evals.ranker_training DATASET…` (see `make ranker`)."""
