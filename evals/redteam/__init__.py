"""Hostile questions, documents, file names, conversations and model replies, and whether any of them works."""
