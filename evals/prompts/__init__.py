"""Prompts of the evaluation, one file each."""
