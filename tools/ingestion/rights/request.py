"""What one run of ingestion is asked for."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.ingestion.files.discovery import Target


@dataclass(frozen=True, slots=True)
class Request:
    """What to ingest, and for whom.

    `groups` may read the targets; None leaves the readers as they are. If they are `standing`, they come from the
    sources file and do not replace grants below a place. `gone` are single files of earlier runs that no longer exist.
    """

    targets: Sequence[Target]
    groups: tuple[str, ...] | None
    tenant: str
    gone: Sequence[Path] = ()
    standing: bool = False
    run: str = field(default_factory=lambda: uuid.uuid4().hex)
