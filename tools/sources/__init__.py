"""Sources of documents. Each remote source is mirrored into a folder, which is ingested like any other.

So deletions, renames and killed processes are handled in one place.
"""
