"""Data sets: reads many formats into one form."""

from evals.datasets.claims import load_claims
from evals.datasets.detection import load_dataset
from evals.datasets.questions import CorpusRow, Dataset, LabelledClaim, Question

__all__ = ["CorpusRow", "Dataset", "LabelledClaim", "Question", "load_claims", "load_dataset"]
