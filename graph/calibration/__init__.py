"""Fitted confidence coefficients, one file a mode."""
