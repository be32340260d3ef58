"""Bringing the changes into the store."""
