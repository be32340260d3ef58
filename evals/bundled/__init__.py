"""The data sets that come with Hopline: the documents of fictional organisations, and questions with known answers."""
