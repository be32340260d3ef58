"""What one run of ingestion is asked to do."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tools.ingestion.documents import Limits
from tools.ingestion.files.discovery import Target
from tools.ingestion.rights.access_file import AccessRules, read_access_file


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run was asked to do.

    `groups` may read the targets. If they are `standing`, they come from the sources file and do not replace grants
    below a place. `recipe` names everything besides the file itself that shapes passages.
    """

    targets: Sequence[Target]
    groups: tuple[str, ...] | None
    tenant: str
    run: str
    recipe: str
    chunk_characters: int
    limits: Limits
    gone: Sequence[Path] = ()  # single files of earlier runs that no longer exist
    today: str = ""  # ISO
    rules: AccessRules | None = None
    standing: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything besides the files that shapes passages: the embedding model, the length of a chunk, the limits of a
    file, and the operator's access file."""

    embedder: str
    dimension: int
    chunk_characters: int
    limits: Limits
    access_file: Path | None = None

    def plan(
        self,
        found: Sequence[Target],
        groups: tuple[str, ...] | None,
        tenant: str,
        gone: Sequence[Path] = (),
        *,
        standing: bool = False,
    ) -> Plan:
        """Reads the access file anew; raises InvalidSetting when it can't be understood."""
        rules = read_access_file(self.access_file) if self.access_file else None
        today = datetime.now(UTC).date().isoformat()
        name = f"{self.embedder}/{self.dimension}/{self.chunk_characters}"
        run = uuid.uuid4().hex
        return Plan(found, groups, tenant, run, name, self.chunk_characters, self.limits, gone, today, rules, standing)
