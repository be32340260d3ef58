"""A mirror that somebody deleted: its documents stay in the store until their source says that they are gone."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from tests.doubles import HashEmbedder, MemoryStore
from tests.tools.sources.places import Site, site_on_loopback, told_nothing
from tools.ingestion.catalogue.catalogue import Catalogue
from tools.ingestion.files.mirror_index import MirroredFile
from tools.ingestion.loading.loader import Loader
from tools.ingestion.loading.syncing import INCOMPLETE, Synced, SyncSource, sync_source
from tools.ingestion.planning.changes import IngestReport
from tools.ingestion.planning.plan import Recipe
from tools.sources.mirror import Mirror, Source
from tools.sources.site import SiteSource
from tools.sources.specs import SiteSpec, WikiSpec
from tools.sources.wiki import WikiSource

KEPT = "could not be fetched again; the store still has what was ingested. Sync again when the source can be reached"


@dataclass
class Desk:
    """A wiki of three pages, its mirror, and what is in the store of it."""

    place: Path
    store: MemoryStore = field(default_factory=MemoryStore)

    def __post_init__(self) -> None:
        self.wiki, self.mirror = self.place / "pages", self.place / "home/sources/wiki"
        self.catalogue = Catalogue(self.place / "catalogue.sqlite")
        self.loader = Loader(self.store, self.catalogue, Recipe(HashEmbedder()))
        for name in ("Doors.md", "Keys.md", "hr/Leave.md"):
            (self.wiki / name).parent.mkdir(parents=True, exist_ok=True)
            (self.wiki / name).write_text(f"# {name}\n\nAll about {name}.\n")

    async def sync(self, source: Source | None = None, **bounds: float) -> Synced:
        spec = WikiSpec.model_validate(
            {"name": "wiki", "kind": "wiki", "location": str(self.wiki), "bounds": bounds, "groups": ["staff"]}
        )
        fetch = partial((source or WikiSource(spec)).mirror, self.mirror, told_nothing)
        named = SyncSource("wiki", "default", self.mirror, None if source else spec.groups, fetch=fetch)
        return await sync_source(named, self.loader, lambda step: None)

    async def ingest(self) -> IngestReport:
        return await self.loader.ingest([self.mirror], groups=None, tenant="default", progress=lambda step: None)

    @property
    def stored(self) -> set[str]:
        return {passage.source.removeprefix("wiki/") for passage in self.store.passages.values()}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = await asyncio.to_thread(Desk, tmp_path)
    assert (await made.sync()).ok
    assert made.stored == {"Doors.md", "Keys.md", "hr/Leave.md"}
    yield made
    await asyncio.to_thread(made.catalogue.close)


ALL = {"Doors.md", "Keys.md", "hr/Leave.md"}


@pytest.mark.parametrize("lost", [".", "hr"])
async def test_while_the_source_is_away_what_lost_its_copy_stays_and_that_is_said(desk: Desk, lost: str) -> None:
    await asyncio.to_thread(shutil.rmtree, desk.mirror / lost)
    away = await asyncio.to_thread(desk.wiki.rename, desk.place / "away")
    for _ in range(2):
        synced = await desk.sync()
        assert (synced.ok, synced.problem, desk.stored) == (False, INCOMPLETE, ALL)
        assert synced.report is not None
        (failure,) = synced.report.failures
        assert (failure[0], KEPT in failure[1], "hopline erase" in failure[1]) == ("wiki", True, True)
    assert (await desk.ingest()).documents_removed == 0
    assert desk.stored == ALL
    (noted,) = await asyncio.to_thread(desk.catalogue.records.failures)
    assert (noted.source, noted.place) == ("wiki", str(desk.mirror))
    await asyncio.to_thread(away.rename, desk.wiki)
    synced = await desk.sync()
    assert synced.ok
    assert synced.report is not None
    assert (synced.fetched, synced.report.documents_unchanged) == (3 if lost == "." else 1, 3)
    assert await asyncio.to_thread(desk.catalogue.records.failures) == []


async def test_what_the_source_says_is_gone_goes_also_when_the_mirror_was_deleted(desk: Desk) -> None:
    await asyncio.to_thread(shutil.rmtree, desk.mirror)
    await asyncio.to_thread((desk.wiki / "Keys.md").unlink)
    assert (await desk.sync()).ok
    assert desk.stored == {"Doors.md", "hr/Leave.md"}
    await asyncio.to_thread(shutil.rmtree, desk.mirror)
    await asyncio.to_thread(shutil.rmtree, desk.wiki)
    await asyncio.to_thread(desk.wiki.mkdir)
    assert (await desk.sync()).ok
    assert desk.stored == set()


async def test_a_fetch_that_breaks_off_keeps_what_it_did_not_come_to(desk: Desk) -> None:
    await asyncio.to_thread(shutil.rmtree, desk.mirror)
    await asyncio.to_thread((desk.wiki / "Keys.md").unlink)
    synced = await desk.sync(max_files=1)
    assert (synced.problem, synced.fetched, desk.stored) == (INCOMPLETE, 1, ALL)
    assert synced.report is not None
    assert [reason.startswith("wiki/Keys.md and 1 more have lost") for _, reason in synced.report.failures] == [True]
    assert (await desk.sync()).ok
    assert desk.stored == {"Doors.md", "hr/Leave.md"}


async def test_a_document_that_can_not_be_read_stays_and_one_that_is_gone_does_not(desk: Desk) -> None:
    await asyncio.to_thread(shutil.rmtree, desk.mirror)
    await asyncio.to_thread((desk.wiki / "Keys.md").unlink)
    await asyncio.to_thread((desk.wiki / "Doors.md").write_text, "# Doors\n" * 20_000)
    synced = await desk.sync(max_file_mb=0.1)
    assert (synced.ok, synced.problem, desk.stored) == (False, "", {"Doors.md", "hr/Leave.md"})


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with site_on_loopback() as site:
        yield site


async def test_of_a_site_a_page_that_fails_stays_and_what_is_not_found_or_listed_goes(site: Site, desk: Desk) -> None:
    fields = {"name": "wiki", "kind": "site", "location": site.url, "delay_seconds": 0, "allow_private_addresses": True}
    source = SiteSource(SiteSpec.model_validate(fields))
    site.list_pages("/a", "/b", "/c", "/rules.pdf")
    site.pages |= {f"/{name}": f"<p>All about {name}.</p>".encode() for name in "abc"}
    site.pages["/rules.pdf"] = b"The rules."
    site.headers["/rules.pdf"] = {"Content-Type": "text/plain"}
    await desk.sync(source)
    assert desk.stored == {"a.html", "b.html", "c.html", "rules.pdf.txt"}
    await asyncio.to_thread(shutil.rmtree, desk.mirror)
    site.list_pages("/a", "/b", "/rules.pdf")
    site.pages |= {"/a": 403, "/b": 404, "/rules.pdf": 403}
    synced = await desk.sync(source)
    assert (synced.ok, desk.stored) == (False, {"a.html", "rules.pdf.txt"})
    site.pages["/sitemap.xml"] = 500
    assert (await desk.sync(source)).problem == INCOMPLETE
    assert desk.stored == {"a.html", "rules.pdf.txt"}


class Stopped(BaseException):
    """As good as a SIGKILL: nothing is done any more."""


async def killed_at(desk: Desk, monkeypatch: pytest.MonkeyPatch, document: str) -> None:
    """A sync that is killed when it comes to this document."""
    put = Mirror.put

    def stop(mirror: Mirror, path: str, data: bytes, noted: MirroredFile) -> None:
        if path == document:
            raise Stopped
        put(mirror, path, data, noted)

    with monkeypatch.context() as patched:
        patched.setattr(Mirror, "put", stop)
        patched.setattr(Mirror, "finish", lambda mirror, complete: None)
        with pytest.raises(Stopped):
            await desk.sync()


def opened_up(desk: Desk) -> None:
    (desk.wiki / "hr/access.toml").write_text('groups = ["everyone"]')
    (desk.wiki / "hr/Leave.md").unlink()
    (desk.wiki / "hr/Rooms.md").write_text("# Rooms")
    (desk.wiki / "hr/corpus.jsonl").unlink()


async def test_a_document_that_was_removed_when_its_folder_was_opened_up_is_shown_to_nobody_new(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.to_thread((desk.wiki / "hr/access.toml").write_text, 'groups = ["people"]')
    await asyncio.to_thread((desk.wiki / "hr/corpus.jsonl").write_text, '{"id": "a", "text": "About pay."}')
    assert (await desk.sync()).ok
    await asyncio.to_thread(opened_up, desk)
    await killed_at(desk, monkeypatch, "hr/Rooms.md")
    for _ in range(2):  # the source is away, what was mirrored is ingested
        await desk.ingest()
        assert desk.stored == {"Doors.md", "Keys.md"}
    assert (await desk.sync()).ok
    assert desk.stored == {"Doors.md", "Keys.md", "hr/Rooms.md"}


async def test_a_document_that_a_killed_fetch_brought_and_never_noted_is_shown_to_nobody_new(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    access, pay, zebras = desk.wiki / "hr/access.toml", desk.wiki / "hr/Pay.md", desk.wiki / "hr/Zebras.md"
    await asyncio.to_thread(access.write_text, 'groups = ["people"]')
    await asyncio.to_thread(pay.write_text, "# Pay")
    await asyncio.to_thread(zebras.write_text, "# Zebras")
    await killed_at(desk, monkeypatch, "hr/Zebras.md")
    await asyncio.to_thread(access.write_text, 'groups = ["everyone"]')
    await asyncio.to_thread(pay.unlink)
    await killed_at(desk, monkeypatch, "hr/Zebras.md")
    await desk.ingest()
    assert "hr/Pay.md" not in desk.stored
    assert (await desk.sync()).ok
    assert desk.stored == {*ALL, "hr/Zebras.md"}


async def test_a_document_that_comes_when_its_folder_was_closed_is_never_in_the_open_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    access, salaries = desk.wiki / "hr/access.toml", desk.wiki / "hr/Salaries.md"
    await asyncio.to_thread(access.write_text, 'groups = ["public"]')
    assert (await desk.sync()).ok
    await asyncio.to_thread(access.unlink)
    await asyncio.to_thread(salaries.write_text, "# Salaries")
    await asyncio.to_thread((desk.wiki / "hr/Zebras.md").write_text, "# Zebras")
    await killed_at(desk, monkeypatch, "hr/Zebras.md")
    await desk.ingest()
    assert {one.groups for one in desk.store.passages.values()} == {("staff",)}
    assert "hr/Salaries.md" in desk.stored
