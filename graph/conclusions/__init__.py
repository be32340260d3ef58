"""What follows from the evidence without a model: comparisons of two, and answers of a whole table."""
