"""The handbook of a fictional company, and questions about it with known answers."""

from pathlib import Path

DOCUMENTS: Path = Path(__file__).parent / "documents"
QUESTIONS: Path = Path(__file__).parent / "questions.jsonl"
