"""The folder that a remote source becomes: atomic, resumable, safe whatever the documents are called."""

import asyncio
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.doubles import HashEmbedder, MemoryStore
from tests.tools.sources.places import Repository, files_in, readers_in, told_nothing
from tools.ingestion.catalogue.catalogue import Catalogue
from tools.ingestion.files.discovery import ACCESS_FILE
from tools.ingestion.files.mirror_index import INDEX_FILE, MirroredFile, read_index
from tools.ingestion.files.mirror_paths import MAX_FOLDERS, safe_path
from tools.ingestion.loading.loader import Loader
from tools.ingestion.parsing.tasks import ParserInProcess
from tools.ingestion.planning.plan import Recipe
from tools.sources.folder import FolderSource, settled_changes
from tools.sources.git import GitSource
from tools.sources.mirror import BoundsReached, Mirror
from tools.sources.opening import ingested_folder, open_source
from tools.sources.specs import Bounds, FolderSpec, GitSpec, WikiSpec
from tools.sources.wiki import WikiSource

SPEC = FolderSpec(name="x", kind="folder", location="/x")


def test_a_mirror_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "mirrors" / "x"
    folder.mkdir(parents=True, mode=0o755)
    fetch(folder, {"secret.md": b"for finance alone"})
    assert folder.stat().st_mode & 0o077 == 0


def fetch(folder: Path, files: dict[str, bytes], *, complete: bool = True) -> Mirror:
    mirror = Mirror.open(folder, SPEC, told_nothing)
    for name, data in files.items():
        mirror.put(mirror.claim(name.split("/"), name), data, MirroredFile(url=f"https://a.example/{name}", etag="1"))
    mirror.finish(complete=complete)
    return mirror


def test_an_incomplete_listing_removes_nothing_and_a_complete_one_all_that_it_lacks(tmp_path: Path) -> None:
    fetch(tmp_path, {"a.md": b"a", "b/c.md": b"c"})
    fetch(tmp_path, {"a.md": b"a"}, complete=False)
    assert (tmp_path / "b/c.md").is_file()
    fetch(tmp_path, {"a.md": b"a"})
    assert not (tmp_path / "b/c.md").exists()
    assert set(read_index(tmp_path).files) == {"a.md"}


def test_documents_may_be_put_by_several_threads_at_a_time(tmp_path: Path) -> None:
    mirror = Mirror.open(tmp_path, SPEC, told_nothing)

    def put(number: int) -> None:
        name = f"{number}.md"
        mirror.put(mirror.claim([name], name), b"x", MirroredFile(etag=str(number)))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(put, range(600)))
    report = mirror.finish(complete=True)
    assert (report.fetched, report.removed) == (600, 0)
    assert {noted.etag for noted in read_index(tmp_path).files.values()} == set(map(str, range(600)))


async def test_a_page_of_a_wiki_whose_name_is_no_text_is_fetched_with_its_address(tmp_path: Path) -> None:
    wiki = tmp_path / "wiki"
    await asyncio.to_thread(wiki.mkdir)
    page = Path(os.fsdecode(bytes(wiki) + b"/caf\xe9.md"))
    await asyncio.to_thread(page.write_text, "---\ntitle: Café\n---\nCoffee.", encoding="utf-8")
    await asyncio.to_thread((wiki / "a.md").write_text, "See [[Café]].", encoding="utf-8")
    spec = WikiSpec(name="w", kind="wiki", location=str(wiki), link="https://wiki.example/{path}")
    assert (await WikiSource(spec).mirror(tmp_path / "mirror", told_nothing)).ok
    noted = (await asyncio.to_thread(read_index, tmp_path / "mirror")).files
    assert {file.url for file in noted.values()} == {"https://wiki.example/a.md", "https://wiki.example/caf%E9.md"}


def test_what_is_gone_is_removed_before_the_rights_that_closed_it(tmp_path: Path) -> None:
    names = ("access.toml", "b/access.toml", "b/c.md", "b/d/e.md", "z.md")
    fetch(tmp_path, dict.fromkeys(names, b"x"))
    removed = []

    class Watched(Mirror):
        def drop(self, path: str) -> None:
            removed.append(path)
            Mirror.drop(self, path)

    Watched.open(tmp_path, SPEC, told_nothing).finish(complete=True)
    assert set(removed[-2:]) == {"access.toml", "b/access.toml"}
    assert len(removed) == len(names)


def test_an_unchanged_file_is_not_touched(tmp_path: Path) -> None:
    fetch(tmp_path, {"a.md": b"a"})
    before = (tmp_path / "a.md").stat().st_mtime_ns
    fetch(tmp_path, {"a.md": b"a"})
    assert (tmp_path / "a.md").stat().st_mtime_ns == before


def test_half_a_file_left_by_a_killed_fetch_is_never_seen_and_goes(tmp_path: Path) -> None:
    mirror = Mirror.open(tmp_path, SPEC, told_nothing)
    mirror.draft("a.md").write_bytes(b"hal")
    assert [path for path in tmp_path.iterdir() if not path.name.startswith(".")] == []
    fetch(tmp_path, {"b.md": b"b"})
    assert {path.name for path in tmp_path.iterdir()} == {"b.md", INDEX_FILE}


def test_two_documents_of_one_name_are_told_apart(tmp_path: Path) -> None:
    mirror = Mirror.open(tmp_path, SPEC, told_nothing)
    first, second = mirror.claim(["a:b.md"], "one"), mirror.claim(["a?b.md"], "two")
    assert (first, second != first, second.endswith(".md")) == ("a_b.md", True, True)


@given(st.lists(st.text(max_size=300), max_size=40))
def test_no_name_leads_out_of_the_mirror_or_hides_in_it(parts: list[str]) -> None:
    path = safe_path(parts)
    path.encode()
    assert not path.startswith("/")
    for name in path.split("/"):
        assert name not in ("", ".", "..")
        assert not name.startswith(".")
        assert len(name.encode()) <= 255
        assert name.isprintable()


@given(st.lists(st.text(max_size=300), min_size=1, max_size=40))
def test_a_safe_path_is_one_already(parts: list[str]) -> None:
    path = safe_path(parts)
    assert safe_path(path.split("/")) == path


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a:b", "a_b"),
        ("cafe\u0301", "caf\u00e9"),
        ("hr ", "hr"),
        ("hr\udcff", "hr?"),
        ("hr/", "hr"),
        ("x" * 300, "x" * 301),
    ],
)
def test_no_two_folders_become_one(one: str, other: str) -> None:
    paths = {safe_path([*folder.split("/"), "a.md"]).rpartition("/")[0] for folder in (one, other)}
    assert len(paths) == 2


@pytest.mark.parametrize("depth", [1, MAX_FOLDERS - 1, MAX_FOLDERS, 40])
def test_every_document_is_below_the_access_file_of_each_of_its_folders(tmp_path: Path, depth: int) -> None:
    mirror = Mirror.open(tmp_path, SPEC, told_nothing)
    folders = [f"f{number}" for number in range(depth)]
    document = PurePosixPath(mirror.claim([*folders, "deep", "deeper", "a.md"], "a"))
    if depth < MAX_FOLDERS:
        assert PurePosixPath(mirror.claim([*folders, ACCESS_FILE], "rights")).parent in document.parents
    else:
        with pytest.raises(BoundsReached):
            mirror.claim([*folders, ACCESS_FILE], "rights")


FETCHER = """
import sys, time
from pathlib import Path
from tools.ingestion.files.mirror_index import MirroredFile
from tools.sources.mirror import Mirror
from tools.sources.specs import Bounds, FolderSpec
mirror = Mirror.open(Path(sys.argv[1]), FolderSpec(name="x", kind="folder", location="/x"), lambda step: None)
print("fetching", flush=True)
for number in range(100_000):
    name, noted = str(number % 500), MirroredFile(url=f"https://a.example/{number % 500}")
    mirror.put(mirror.claim([f"{name}.md"], name), b"%d " % number * 2_000, noted)
"""


@pytest.mark.parametrize("seconds", [0.05, 0.2, 0.4])
def test_killed_at_any_time_every_file_is_whole_and_the_next_fetch_ends_as_if_nothing_had_been(
    tmp_path: Path, seconds: float
) -> None:
    with subprocess.Popen([sys.executable, "-c", FETCHER, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(seconds)
        os.kill(process.pid, signal.SIGKILL)
    for path in tmp_path.glob("*.md"):
        words = path.read_bytes().split()
        assert len(words) == 2_000
        assert len(set(words)) == 1
    fetch(tmp_path, {"a.md": b"a"})
    assert {path.name for path in tmp_path.iterdir()} == {"a.md", INDEX_FILE}


async def test_a_citation_of_a_mirrored_file_leads_to_where_it_came_from(tmp_path: Path) -> None:
    repository = await asyncio.to_thread(Repository, tmp_path / "origin")
    await asyncio.to_thread(repository.commit, {"guide.md": "All about badges.", "rules.py": "# Rules.\nx = 1\n"})
    spec = GitSpec.model_validate(
        {
            "name": "repo",
            "kind": "git",
            "location": str(repository.folder),
            "allow_local": True,
            "link": "https://git.example/{path}",
            "groups": ["engineers"],
        }
    )
    home = tmp_path / "home"
    folder = ingested_folder(spec, home)
    await open_source(spec, ParserInProcess).mirror(folder, told_nothing)
    store = MemoryStore()
    loader = Loader(store, await asyncio.to_thread(Catalogue, tmp_path / "catalogue.sqlite"), Recipe(HashEmbedder()))
    report = await loader.ingest([folder], groups=None, tenant="default", progress=lambda step: None)
    assert (report.ok, report.documents_added) == (True, 2)
    passages = {passage.source: passage for passage in store.passages.values()}
    assert passages["repo/guide.md"].url == "https://git.example/guide.md"
    assert passages["repo/guide.md"].groups == ("engineers",)
    again = await loader.ingest([folder], groups=None, tenant="default", progress=lambda step: None)
    assert again.documents_unchanged == 2
    moved = GitSource(spec.model_copy(update={"link": "https://elsewhere.example/{path}"}))
    await moved.mirror(folder, told_nothing)
    await loader.ingest([folder], groups=None, tenant="default", progress=lambda step: None)
    assert {passage.url for passage in store.passages.values()} == {
        "https://elsewhere.example/guide.md",
        "https://elsewhere.example/rules.py",
    }


async def test_wiki_links_lead_to_the_pages_they_name(tmp_path: Path) -> None:
    wiki = tmp_path / "wiki"
    pages = {
        "Home.md": "---\ntitle: Start\n---\n"
        "See [[Leave policy]], [[hr/travel|trips]], [[Travel#Booking]], [[Nowhere]].",
        "hr/leave.md": "---\naliases: [Leave policy]\n---\nBack to [[Home]], `[[not a link]]`.\n```\n[[nor this]]\n```",
        "hr/travel.md": "![[Start]]",
        "hr/access.toml": 'groups = ["people"]',
        ".obsidian/x.md": "hidden",
    }

    def write() -> None:
        for name, text in pages.items():
            (wiki / name).parent.mkdir(parents=True, exist_ok=True)
            (wiki / name).write_text(text)

    await asyncio.to_thread(write)
    spec = WikiSpec(name="wiki", kind="wiki", location=str(wiki), link="https://wiki.example/{path}")
    report = await WikiSource(spec).mirror(tmp_path / "mirror", told_nothing)
    assert report.ok

    def text_of(name: str) -> str:
        return (tmp_path / "mirror" / name).read_text()

    home = await asyncio.to_thread(text_of, "Home.md")
    assert home.endswith(
        "See [Leave policy](hr/leave.md), [trips](hr/travel.md), [Travel](hr/travel.md#Booking), Nowhere."
    )
    leave = await asyncio.to_thread(text_of, "hr/leave.md")
    assert leave.endswith("Back to [Home](../Home.md), `[[not a link]]`.\n```\n[[nor this]]\n```")
    assert await asyncio.to_thread(text_of, "hr/travel.md") == "[Start](../Home.md)"
    assert await asyncio.to_thread(text_of, "hr/access.toml") == 'groups = ["people"]'


async def test_a_wikis_rights_are_read_through_links_and_close_their_folder_when_they_can_not_be(
    tmp_path: Path,
) -> None:
    wiki, mirror = tmp_path / "wiki", tmp_path / "mirror"

    def write() -> None:
        for name in ("linked", "dangling", "large", "open"):
            (wiki / name).mkdir(parents=True)
            (wiki / name / "page.md").write_text(name)
        (wiki / "rights.toml").write_text('groups = ["finance"]')
        (wiki / "linked/access.toml").symlink_to("../rights.toml")
        (wiki / "dangling/access.toml").symlink_to("../gone.toml")
        (wiki / "large/access.toml").write_text('groups = ["finance"]' + "#" * 60_000)

    await asyncio.to_thread(write)
    spec = WikiSpec(name="wiki", kind="wiki", location=str(wiki), bounds=Bounds(max_file_mb=0.05))
    report = await WikiSource(spec).mirror(mirror, told_nothing)
    assert {what for what, _ in report.failures} == {"dangling/access.toml", "large/access.toml"}
    assert (await files_in(mirror))["linked/access.toml"] == 'groups = ["finance"]'
    assert set(await readers_in(mirror, tmp_path)) == {"mirror/linked/page.md", "mirror/open/page.md"}


async def test_a_watched_folder_says_what_changed_once_it_has_settled(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    await asyncio.to_thread(folder.mkdir)
    stop = asyncio.Event()

    async def write() -> None:
        for number in range(50):  # one file that grows: one change, once it rests
            await asyncio.to_thread((folder / "a.md").write_text, "x" * number)
            await asyncio.to_thread((folder / "a.tmp").write_text, "x")
            await asyncio.sleep(0.02)

    writing = asyncio.create_task(write())
    async with asyncio.timeout(20):
        async for changed in settled_changes(folder, 1.0, stop):
            assert changed == {folder.resolve() / "a.md"}
            assert writing.done()
            stop.set()
    await writing


async def test_a_folder_that_is_not_there_is_a_failure_and_not_an_empty_one(tmp_path: Path) -> None:
    spec = FolderSpec(name="docs", kind="folder", location=str(tmp_path / "unmounted"))
    report = await FolderSource(spec).mirror(tmp_path / "mirror", told_nothing)
    assert (report.complete, report.failed) == (False, 1)
