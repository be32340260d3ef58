"""What is written: sentences, amounts, dates, names of countries, and marks, as they are read and compared."""
