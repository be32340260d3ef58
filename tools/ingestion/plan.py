"""What one run of ingestion is asked to do."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tools.ingestion.discovery import Target
from tools.ingestion.documents import Limits


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run was asked to do; `recipe` names everything that shapes passages besides the file itself."""

    targets: Sequence[Target]
    groups: tuple[str, ...] | None
    tenant: str
    run: str
    recipe: str
    chunk_characters: int
    limits: Limits
    gone: Sequence[Path] = ()  # single files of earlier runs that are not there any more
    today: str = ""  # ISO


@dataclass(frozen=True, slots=True)
class Recipe:
    """What shapes passages besides the files: the embedding model, the length of a chunk, the limits of a file."""

    embedder: str
    dimension: int
    chunk_characters: int
    limits: Limits

    def plan(
        self, found: Sequence[Target], groups: tuple[str, ...] | None, tenant: str, gone: Sequence[Path] = ()
    ) -> Plan:
        today = datetime.now(UTC).date().isoformat()
        name = f"{self.embedder}/{self.dimension}/{self.chunk_characters}"
        return Plan(found, groups, tenant, uuid.uuid4().hex, name, self.chunk_characters, self.limits, gone, today)
