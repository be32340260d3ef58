"""What is remembered so as not to be worked out again, and never longer than what it rests on stands."""
