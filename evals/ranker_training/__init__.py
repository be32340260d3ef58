"""Trains the built-in scorer of chains: `python -m evals.ranker_training DATASET…` (see `make ranker`)."""
