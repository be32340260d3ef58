"""Drafts checked against their evidence: marks, claims, orders of documents, and sources that disagree."""
