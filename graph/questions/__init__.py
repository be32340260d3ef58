"""What is asked: its names, its parts, what it expects, and what it leaves to the conversation."""
