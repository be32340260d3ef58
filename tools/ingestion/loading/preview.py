"""Previews an ingestion: runs the planner on a copy of the catalogue and changes nothing.

The store is not needed, so another process may hold it meanwhile.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tools.ingestion.catalogue.catalogue import Catalogue
from tools.ingestion.parsing.tasks import Parser
from tools.ingestion.planning.changes import Change, Outcome, Tally
from tools.ingestion.planning.plan import Recipe
from tools.ingestion.planning.planner import Planner
from tools.ingestion.rights.request import Request

MAX_LISTED = 10_000


@dataclass(frozen=True, slots=True)
class Planned:
    """One document that would change.

    `embedded`, `rewritten` and `deleted` are numbers of passages: new ones, ones with another place, name or right, and
    ones to be removed. `groups` would be the readers; `groups_before` are the present ones if they differ.
    """

    source: str
    outcome: Outcome
    was: str
    embedded: int
    rewritten: int
    deleted: int
    groups: tuple[str, ...]
    groups_before: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """All documents are counted, at most 10,000 are listed. `documents` and `passages` are counts by outcome. `note`
    says what was not looked at."""

    planned: tuple[Planned, ...]
    documents: dict[str, int]
    passages: dict[str, int]
    failures: tuple[tuple[str, str], ...]
    failed: int
    note: str = ""
    skipped: dict[str, int] = field(default_factory=dict)
    linked_folders: tuple[str, ...] = ()


def preview(
    catalogue: Catalogue,
    request: Request,
    recipe: Recipe,
    *,
    emptied: bool = False,
    open_parser: Callable[[], Parser],
    moved: tuple[Path, Path] | None = None,
) -> Preview:
    """What would be done on this request with this recipe. Blocks.

    `emptied` means that the store has lost everything the catalogue lists. `moved` (old, new) looks in the second
    folder for what was ingested from the first.
    """
    plan, tenant = recipe.plan(request), request.tenant
    with tempfile.TemporaryDirectory(prefix="hopline-preview-") as folder:
        copied = Path(folder) / "catalogue.sqlite"
        catalogue.copy_to(copied)
        with closing(Catalogue(copied)) as copy, closing(open_parser()) as parser:
            tally = Tally()
            if emptied:
                copy.forget_all()
            if moved is not None:
                copy.records.relocate(*moved)
            for entry in copy.interrupted(tenant):
                copy.recover(tenant, entry, ())
            planner = Planner(plan, copy, tally, parser)
            return _counted(_carried_out(planner, copy, tenant), tally)


def _carried_out(planner: Planner, copy: Catalogue, tenant: str) -> Iterator[Change | None]:
    """The changes, each entered in the copy, so that the second pass finds what would then be there."""
    for changes in (planner.changes, planner.overrulings):
        for change in changes():
            planner.flush()
            if change is not None:
                gone = change.outcome == "removed"
                copy.commit(tenant, [] if gone else [change.entry], [change.entry] if gone else [])
            yield change


def _counted(changes: Iterator[Change | None], tally: Tally) -> Preview:
    planned: list[Planned] = []
    for change in changes:
        if change is None or not change.entry.chunks:
            continue
        tally.count(change)
        one = _planned(change)
        tally.passages["embedded"] += one.embedded
        tally.passages["rewritten"] += one.rewritten
        tally.passages["deleted"] += one.deleted
        if len(planned) < MAX_LISTED:
            planned.append(one)
    return Preview(
        tuple(planned),
        dict(tally.documents),
        dict(tally.passages),
        tuple(tally.failures),
        tally.failed,
        skipped=dict(tally.left_out.skipped),
        linked_folders=tuple(tally.left_out.linked_folders),
    )


def _planned(change: Change) -> Planned:
    return Planned(
        source=change.entry.source,
        outcome=change.outcome,
        was=change.was,
        embedded=len(change.fresh),
        rewritten=len(change.moved),
        deleted=len(change.stale),
        groups=change.entry.readers,
        groups_before=change.readers_before,
    )
