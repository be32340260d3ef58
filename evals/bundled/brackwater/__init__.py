"""The papers of a fictional town council, and its people's questions with known answers, on which nothing is fitted."""
