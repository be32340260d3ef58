"""The files of a third fictional company, a ferry line, and its people's everyday questions with known answers."""
