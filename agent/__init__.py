"""The product: ask a question, get an answer that proves itself."""
