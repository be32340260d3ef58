"""The papers of a fictional hospital, and its people's questions with known answers."""
