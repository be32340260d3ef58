"""Peers in the same run: the same corpus, chunks and embedder, side by side. `python -m evals.bench`."""
