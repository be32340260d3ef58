"""How each file format is read."""
