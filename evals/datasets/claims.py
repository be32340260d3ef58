"""Claim data sets: `claims.jsonl` rows `{id, evidence, claim, label, question?}`, as a file or in a folder."""

from pathlib import Path

from pydantic import Field, field_validator

from evals.datasets.questions import LabelledClaim
from evals.datasets.rows import RowShape, read_lines
from tools.errors import InvalidDataset

CLAIMS_FILE = "claims.jsonl"
SUPPORTED = "supported"


class ClaimRow(RowShape):
    id: str = Field(min_length=1)
    evidence: str
    claim: str = Field(min_length=1)
    label: str = Field(min_length=1)
    question: str | None = None

    @field_validator("label")
    @classmethod
    def _in_one_form(cls, label: str) -> str:
        """Whatever its capitals; `SUPPORTS` is FEVER's word."""
        label = label.strip().casefold()
        return SUPPORTED if label == "supports" else label


def load_claims(path: Path) -> tuple[LabelledClaim, ...]:
    """Every label but `supported` counts as unsupported: refuted, not enough information, generic."""
    file = path / CLAIMS_FILE if path.is_dir() else path
    if not file.is_file():
        raise InvalidDataset(f"{path}: no claims there; give a {CLAIMS_FILE} or a folder that holds one.")
    shapes = (row.as_shape(ClaimRow) for row in read_lines(file))
    claims = tuple(
        LabelledClaim(row.id, row.evidence, row.claim, row.label == SUPPORTED, row.question or "") for row in shapes
    )
    if not claims:
        raise InvalidDataset(f"{file}: there are no claims in it.")
    return claims
