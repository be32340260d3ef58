"""From bytes to passages, in processes of its own."""
