"""The claim sets for training the verifier, and how they are split."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from evals.datasets.claims import CLAIMS_FILE, SUPPORTED, ClaimRow
from evals.datasets.rows import read_lines
from tools.errors import InvalidDataset
from tools.ports import ClaimToCheck
from tools.verifiers.reading import Reading, read

REFUTED = "refuted"


@dataclass(frozen=True, slots=True)
class Claim:
    check: ClaimToCheck
    reading: Reading
    label: str

    @property
    def evidence(self) -> str:
        return self.check.evidence[0]

    @property
    def supported(self) -> bool:
        return self.label == SUPPORTED

    @property
    def is_brief(self) -> bool:
        return bool(self.reading.features.answers_briefly)

    @property
    def allowed(self) -> tuple[bool, bool, bool]:
        """Possible classes (supported, neutral, contradicted): a claim labelled just unsupported may be either of the
        last two."""
        return (self.supported, not self.supported and self.label != REFUTED, not self.supported)

    def is_in(self, fold: int, folds: int) -> bool:
        """Claims about the same text stay together, so that no fold is tested on what it was trained on."""
        return int(sha256(self.evidence.encode()).hexdigest()[:8], 16) % folds == fold


ClaimSets = dict[str, list[Claim]]


def load_sets(folder: Path) -> ClaimSets:
    """Every folder below that holds claims. Raises InvalidDataset if there are none."""
    files = sorted(folder.glob(f"*/{CLAIMS_FILE}"))
    if not files:
        raise InvalidDataset(f"{folder}: no claim sets there; give a folder of folders that hold a {CLAIMS_FILE}.")
    return {file.parent.name: [_of(row.as_shape(ClaimRow)) for row in read_lines(file)] for file in files}


def claim_of(check: ClaimToCheck, label: str) -> Claim:
    return Claim(check, read(check), label)


def _of(row: ClaimRow) -> Claim:
    return claim_of(ClaimToCheck(row.claim, (row.evidence,), row.question or ""), row.label)
