"""Sources to fetch from: a web site on a local port, a Git repository, a bucket, an export."""

import asyncio
import json
import subprocess
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from aiohttp import web

from tests.doubles import HashEmbedder, MemoryStore
from tools.ingestion.catalogue.catalogue import Catalogue
from tools.ingestion.files.mirror_index import MirroredFile, read_index
from tools.ingestion.loading.loader import Loader
from tools.ingestion.planning.changes import Progress
from tools.ingestion.planning.plan import Recipe
from tools.sources.mirror import MirrorProgress, MirrorReport, Source


@dataclass
class Site:
    """Serves `pages` (path → body, or a status), answers conditional requests, and notes what it was asked."""

    pages: dict[str, bytes | int] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def list_pages(self, *paths: str) -> None:
        places = "".join(f"<url><loc>{self.url}{path}</loc></url>" for path in paths)
        self.pages["/sitemap.xml"] = f"<?xml version='1.0'?><urlset>{places}</urlset>".encode()

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        body = self.pages.get(request.path_qs, 404)
        if isinstance(body, int):
            return web.Response(status=body, headers=self.headers.get(request.path_qs))
        etag = f'"{sha256(body).hexdigest()[:12]}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        headers = {"ETag": etag, "Last-Modified": "Mon, 02 Mar 2026 10:00:00 GMT", "Content-Type": "text/html"}
        return web.Response(body=body, headers=headers | self.headers.get(request.path_qs, {}))


@asynccontextmanager
async def site_on_loopback() -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", site.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    listening = web.TCPSite(runner, "127.0.0.1", 0)
    await listening.start()
    site.port = runner.addresses[0][1]
    try:
        yield site
    finally:
        await runner.cleanup()


class Repository:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *command: str) -> str:
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@acme.example", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", *who, *command], cwd=self.folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str | None]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink() if text is None else path.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "Change")


def export(folder: Path, *, zipped: Path | None = None) -> Path:
    """A small official export: a thread over two days, talk of a day, a join, a bot, a private channel."""
    ada, grace, bot = "U1", "U2", "U3"
    users = [
        {"id": ada, "name": "ada", "profile": {"real_name": "Ada Lovelace"}},
        {"id": grace, "name": "grace", "real_name": "Grace Hopper"},
        {"id": bot, "name": "deploys", "is_bot": True},
    ]
    root = "1772445600.000100"
    first = [
        {"type": "message", "user": ada, "ts": root, "thread_ts": root, "text": "Who owns &lt;billing&gt;? <@U2>"},
        {"type": "message", "user": ada, "ts": "1772445700.000200", "text": "# not a heading\nsee <#C2|plans>"},
        {"type": "message", "subtype": "channel_join", "user": grace, "ts": "1772445800.000300", "text": "joined"},
        {"type": "message", "user": bot, "bot_id": "B1", "ts": "1772445900.000400", "text": "Deployed."},
    ]
    second = [
        {
            "type": "message",
            "user": grace,
            "ts": "1772532000.000500",
            "thread_ts": root,
            "text": "<https://acme.example/billing|The billing page> says: Payments.",
            "files": [{"name": "owners.pdf"}],
        }
    ]
    secret = [{"type": "message", "user": ada, "ts": "1772445600.000900", "text": "The merger is on."}]
    files: dict[str, object] = {
        "users.json": users,
        "channels.json": [{"id": "C1", "name": "ops"}, {"id": "C2", "name": "plans"}],
        "groups.json": [{"id": "G1", "name": "merger"}],
        "dms.json": [{"id": "D1"}],
        "ops/2026-03-02.json": first,
        "ops/2026-03-03.json": second,
        "merger/2026-03-02.json": secret,
        "D1/2026-03-02.json": secret,
    }
    if zipped is not None:
        with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, rows in files.items():
                archive.writestr(name, json.dumps(rows))
        return zipped
    for name, rows in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(rows))
    return folder


def told_nothing(progress: MirrorProgress) -> None:
    """Nobody is told."""


async def mirrored(source: Source, folder: Path) -> MirrorReport:
    return await source.mirror(folder, told_nothing)


async def files_in(folder: Path) -> dict[str, str]:
    """What ingestion would meet: texts by path."""

    def read() -> dict[str, str]:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        shown = [path for path in paths if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
        return {path.relative_to(folder).as_posix(): path.read_text(errors="replace") for path in shown}

    return await asyncio.to_thread(read)


async def readers_in(folder: Path, home: Path) -> dict[str, tuple[str, ...]]:
    """What a first ingestion of the folder takes in, and for which groups."""
    store, catalogue = MemoryStore(), await asyncio.to_thread(Catalogue, home / f"{uuid4()}.sqlite")
    await Loader(store, catalogue, Recipe(HashEmbedder())).ingest(
        [folder], groups=None, tenant="default", progress=_untold
    )
    await asyncio.to_thread(catalogue.close)
    return {passage.source: passage.groups for passage in store.passages.values()}


def _untold(progress: Progress) -> None:
    """Nobody is told."""


async def noted_in(folder: Path) -> dict[str, MirroredFile]:
    return (await asyncio.to_thread(read_index, folder)).files


async def skipped_in(folder: Path) -> dict[str, int]:
    """What the source has and nobody reads, by suffix."""
    return dict((await asyncio.to_thread(read_index, folder)).left_out.skipped)
