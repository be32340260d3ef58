"""Whether a text answers a question: adapters of `tools.ports.AnswerChecker`."""
