"""What is remembered so that it need not be computed again; never longer than what it is based on stays the same."""
