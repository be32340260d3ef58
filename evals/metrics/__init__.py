"""Metrics, each a small pure function named as in the literature; what does not apply is None or absent, never 0."""
