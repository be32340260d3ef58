"""The papers of a fictional faculty, and its people's questions with known answers."""
