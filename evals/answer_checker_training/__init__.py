"""Trains the built-in answer checker from passages that were written for it, each with questions it answers and near
misses."""
