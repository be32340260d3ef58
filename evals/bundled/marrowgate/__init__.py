"""The files of a second fictional company, and its people's everyday questions with known answers."""
