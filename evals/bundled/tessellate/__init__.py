"""The papers of a fictional software firm, and its people's questions with known answers."""
