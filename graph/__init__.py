"""The reasoning: one state machine from a question to a validated, scored answer."""
