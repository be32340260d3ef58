"""Evaluation: data sets, metrics, runs and their comparison."""
