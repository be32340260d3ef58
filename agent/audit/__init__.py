"""The audit log: who asked what, which sources the answer drew on, and what was erased; kept so that it can't lie."""
