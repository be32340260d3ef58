"""The papers of a fictional food factory, and its people's questions with known answers."""
