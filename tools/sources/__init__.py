"""Where documents come from. Every remote source is mirrored into a folder, and the folder is ingested like any other:
deletions, renames and a process that is killed are dealt with in one place."""
