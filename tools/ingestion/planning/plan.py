"""How one run of ingestion reads what it is asked for."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tools.ingestion.documents import Limits
from tools.ingestion.rights.access_file import AccessRules, read_access_file
from tools.ingestion.rights.request import Request
from tools.ports import Embedder


@dataclass(frozen=True, slots=True)
class Plan:
    """A request, and how it is carried out. `recipe` names everything besides the file itself that shapes passages;
    `today` is an ISO day."""

    request: Request
    recipe: str
    chunk_characters: int
    limits: Limits
    today: str
    rules: AccessRules | None


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything besides the files that shapes passages: the embedding model, the length of a chunk, the limits of a
    file, and the operator's access file."""

    embedder: Embedder
    chunk_characters: int = 900
    limits: Limits = field(default_factory=Limits)
    access_file: Path | None = None

    def plan(self, request: Request) -> Plan:
        """Reads the access file anew; raises InvalidSetting when it can't be understood."""
        rules = read_access_file(self.access_file) if self.access_file else None
        today = datetime.now(UTC).date().isoformat()
        name = f"{self.embedder.name}/{self.embedder.dimension}/{self.chunk_characters}"
        return Plan(request, name, self.chunk_characters, self.limits, today, rules)
