"""Trains the built-in answer checker on passages written for it, each with questions that it answers and near
misses."""
