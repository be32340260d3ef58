"""What is in the store and where it came from."""
