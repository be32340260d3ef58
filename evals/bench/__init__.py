"""Compares Hopline with its peers on the same corpus, chunks and embedder: `python -m evals.bench`."""
