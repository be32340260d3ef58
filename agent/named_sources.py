"""Sources and their names: which are to be synced, what a person means by a name, and which ingested places belong to
none."""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agent.opening import catalogue_path, open_catalogue, parser_of
from agent.settings import Settings
from tools.errors import InvalidInput, InvalidSetting

if TYPE_CHECKING:
    from tools.ingestion.catalogue.catalogue import Catalogue
    from tools.ingestion.catalogue.records import SourceRecord
    from tools.ingestion.loading.syncing import SyncSource
    from tools.sources.mirror import MirrorProgress, MirrorReport, Source, Tell

NOTHING_KNOWN = (
    "There is nothing to sync yet: ingest a folder first (hopline ingest PATH), or name sources in a file "
    "(HOPLINE_SOURCES_FILE)."
)
_COMPARED_NAMES = 20_000
_NEAR_NAMES = 5


@dataclass(frozen=True, slots=True)
class Unnamed:
    """An ingested folder or file that the sources file does not name, so that no sync looks at it. `names` are what to
    erase it by."""

    tenant: str
    path: str
    names: tuple[str, ...]
    documents: int


@dataclass(frozen=True, slots=True)
class Meant:
    """What somebody means by the name of a source: its `names` in the store. `near` are similar names if it is not
    known, `by_path` says that it was found by a path."""

    names: tuple[str, ...]
    tenant: str
    is_known: bool
    near: tuple[str, ...] = ()
    by_path: bool = False

    @property
    def is_read_into(self) -> bool:
        """Whether what was written stands for something else than one name."""
        return self.by_path or len(self.names) > 1


def chosen_sources(
    settings: Settings,
    catalogue: "Catalogue",
    names: Sequence[str],
    fetching: "Callable[[str, MirrorProgress], None]" = lambda name, step: None,
) -> "list[SyncSource]":
    """The sources to sync; all of them without `names`. A name is that in the sources file, a folder's name, or a path.

    Blocks. Raises InvalidInput for an unknown name, or InvalidSetting.
    """
    from tools.ingestion.loading.syncing import known_sources

    if settings.sources_file is not None:
        known = _of_file(settings, settings.sources_file, fetching)
    else:
        known = known_sources(catalogue)
    if not known:
        raise InvalidInput(NOTHING_KNOWN)
    found: dict[int, None] = {}
    for name in names:
        if not (called := [index for index, source in enumerate(known) if source.name == name]):
            called = [index for index, source in enumerate(known) if _is_called(source, name)]
        if not called:
            raise InvalidInput(_no_such_source(settings, catalogue, known, name))
        found |= dict.fromkeys(called)
    return [source for index, source in enumerate(known) if not names or index in found]


def _is_called(source: "SyncSource", name: str) -> bool:
    from tools.ingestion.files.discovery import placed
    from tools.ingestion.planning.naming import plain_name

    return plain_name(name) == source.path.name or placed(_path_of(name)) == placed(source.path)


def _no_such_source(settings: Settings, catalogue: "Catalogue", known: "Sequence[SyncSource]", name: str) -> str:
    by_name = sorted({source.name for source in known} | {str(source.path) for source in known})
    said = f"There is no source named {name!r}; there are: {', '.join(by_name)}."
    if settings.sources_file is not None and any(
        name in {record.name, record.path} for record in catalogue.records.sources()
    ):
        said += f" It is in the store, but {settings.sources_file} does not name it, so it is not synced."
    return said


def _of_file(
    settings: Settings, file: Path, fetching: "Callable[[str, MirrorProgress], None]" = lambda name, step: None
) -> "list[SyncSource]":
    """Raises InvalidSetting."""
    from tools.ingestion.loading.syncing import SyncSource
    from tools.sources.opening import ingested_folder, is_fetched_from_here, mirror_of, open_source
    from tools.sources.specs import FolderSpec, load_specs

    sources = []
    for spec in load_specs(file):
        every_seconds = spec.every_minutes * 60 if spec.every_minutes is not None else None
        source = SyncSource(
            spec.name, spec.tenant, ingested_folder(spec, settings.home), spec.groups, every_seconds=every_seconds
        )
        if isinstance(spec, FolderSpec):
            source = replace(source, watch=spec.watch, settle_seconds=spec.settle_seconds)
        else:
            opened = open_source(spec, parser_of(settings))
            fetch = partial(_fetched, opened, partial(fetching, spec.name))
            source = replace(source, fetch=partial(fetch, mirror_of(spec, settings.home)))
            if is_fetched_from_here(spec):
                source = replace(source, try_fetch=fetch)
        sources.append(source)
    return sources


async def _fetched(source: "Source", tell: "Tell", mirror: Path) -> "MirrorReport":
    from tools.sources.mirror import MirrorProgress

    tell(MirrorProgress(0, None, ""))  # listing a source also takes time
    return await source.mirror(mirror, tell)


def unnamed_sources(settings: Settings, catalogue: "Catalogue") -> tuple[Unnamed, ...]:
    """Ingested places that no source of the sources file covers; empty without such a file. Blocks."""
    from tools.ingestion.planning.naming import names_of

    if settings.sources_file is None:
        return ()
    named = _named_places(settings, settings.sources_file)
    records, found = catalogue.records, []
    for record in records.sources():
        place = Path(record.path)
        own = [path for tenant, path, _ in named if tenant == record.tenant]
        if any(path == place or path in place.parents for path in own):
            continue
        inside = [path for path in own if place in path.parents]
        if documents := records.count_in(record.tenant, place, inside):
            names = tuple(names_of(records, record.tenant, place, inside))
            found.append(Unnamed(record.tenant, record.path, names, documents))
    return tuple(found)


def _named_places(settings: Settings, file: Path) -> list[tuple[str, Path, str]]:
    """(tenant, ingested folder, name) of each source in the file. Raises InvalidSetting."""
    from tools.ingestion.files.discovery import placed
    from tools.sources.opening import ingested_folder
    from tools.sources.specs import load_specs

    return [(spec.tenant, placed(ingested_folder(spec, settings.home)), spec.name) for spec in load_specs(file)]


def with_names(settings: Settings, records: "Sequence[SourceRecord]") -> "tuple[SourceRecord, ...]":
    """The records, each with its name in the sources file. Blocks."""
    if settings.sources_file is None:
        return tuple(records)
    named = {(tenant, str(path)): name for tenant, path, name in _named_places(settings, settings.sources_file)}
    return tuple(replace(record, synced_as=named.get((record.tenant, record.path), "")) for record in records)


async def meant_source(settings: Settings, written: str, tenant: str | None) -> Meant:
    """What to erase for a name: a document's name, else a source's in the sources file (with that source's tenant,
    unless one is given), else a path.

    Raises InvalidInput for a name that means two things, and for a path that only contains sources.
    """
    return await asyncio.to_thread(_meant, settings, written, tenant)


def _meant(settings: Settings, written: str, tenant: str | None) -> Meant:
    from tools.ingestion.planning.naming import plain_name

    owner = tenant or settings.tenant
    if not catalogue_path(settings).exists():
        return Meant((plain_name(written),), owner, is_known=False)
    catalogue = open_catalogue(settings)
    try:
        records = catalogue.records
        name = written if records.holds_below(owner, written) else plain_name(written)
        is_in_store = records.holds_below(owner, name)
        of, brought = _brought(settings, catalogue, name, tenant, may_fail=is_in_store)
        if is_in_store and brought not in ([], [name]):
            raise InvalidInput(
                f"{name!r} means two things: the documents {name}/…, and the source of that name in "
                f"{settings.sources_file}, with the documents {', '.join(brought[:_NEAR_NAMES])}. Name the first by a "
                "part of it or by its folder's path, the second by the names of its documents."
            )
        if is_in_store:
            return Meant((name,), owner, is_known=True)
        if brought:
            return Meant(tuple(brought), of, is_known=True)
        if at_path := _at_path(catalogue, written, owner):
            return Meant(tuple(at_path), owner, is_known=True, by_path=True)
        return Meant((name,), owner, is_known=False, near=_near(settings, catalogue, name, owner))
    finally:
        catalogue.close()


def _brought(
    settings: Settings, catalogue: "Catalogue", name: str, tenant: str | None, *, may_fail: bool
) -> tuple[str, list[str]]:
    """The tenant and the documents of the source with this name in the sources file."""
    from tools.ingestion.planning.naming import names_of

    try:
        named = _named_places(settings, settings.sources_file) if settings.sources_file is not None else []
    except InvalidSetting:
        if not may_fail:
            raise
        named = []
    for of, place, called in named:
        if called == name and tenant in (None, of):
            return of, names_of(catalogue.records, of, place)
    return settings.tenant, []


def _at_path(catalogue: "Catalogue", written: str, tenant: str) -> list[str]:
    """The names of an ingested folder or file, or of what is inside one; empty if this is no absolute path."""
    from tools.ingestion.files.discovery import placed
    from tools.ingestion.planning.naming import names_of

    path = _path_of(written)
    if not path.is_absolute():
        return []
    path = placed(path)
    sources = [place for place, _ in catalogue.records.places(tenant)]
    if not any(place == path or place in path.parents for place in sources):
        if below := [str(place) for place in sources if path in place.parents]:
            more = ", …" if len(below) > _NEAR_NAMES else ""
            raise InvalidInput(
                f"{written!r} is not an ingested source; below it are {', '.join(below[:_NEAR_NAMES])}{more}: name one"
                " of them."
            )
        return []
    return names_of(catalogue.records, tenant, path)


def _path_of(written: str) -> Path:
    """With `~` expanded if such a user exists."""
    return Path(os.path.expanduser(written))


def _near(settings: Settings, catalogue: "Catalogue", name: str, tenant: str) -> tuple[str, ...]:
    """Names with a similar spelling, or with this one as their last part."""
    known: dict[str, None] = {}
    for source in catalogue.records.some_names(tenant, _COMPARED_NAMES):
        known |= dict.fromkeys(source[:end] for end, letter in enumerate(f"{source}/") if letter == "/")
    if settings.sources_file is not None:
        known |= dict.fromkeys(called for _, _, called in _named_places(settings, settings.sources_file))
    ending = [each for each in known if each.endswith(f"/{name}")]
    return tuple(dict.fromkeys([*ending, *get_close_matches(name, known, _NEAR_NAMES)]))[:_NEAR_NAMES]
