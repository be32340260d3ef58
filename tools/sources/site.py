"""A web site by its sitemap, mirrored page by page."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit, urlunsplit

from tools.errors import UnreadableSource
from tools.ingestion.files.mirror_index import MirroredFile
from tools.ingestion.files.mirror_paths import page_path
from tools.ingestion.parsing.tasks import Parser, ParserInProcess
from tools.sources.indexing import asks_not_to_be_indexed
from tools.sources.mirror import BoundsReached, Mirror, MirrorReport, Tell
from tools.sources.sitemap import SitemapTask
from tools.sources.specs import SiteSpec
from tools.sources.web_client import NotFetched, WebClient, open_web_client

MAX_SITEMAPS = 1_000
_SUFFIX_OF = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}


class SiteSource:
    """Implements Source."""

    def __init__(self, spec: SiteSpec, open_parser: Callable[[], Parser] = ParserInProcess) -> None:
        self.spec, self._open_parser = spec, open_parser

    async def mirror(self, folder: Path, tell: Tell) -> MirrorReport:
        mirror = await asyncio.to_thread(Mirror.open, folder, self.spec, tell)
        complete = False
        try:
            async with open_web_client(self.spec, mirror.max_file_bytes) as client:
                pages, complete = await self._listed(client, mirror)
                mirror.total = len(pages)
                for url in pages:
                    await self._page(client, mirror, url)
        except BoundsReached as reached:
            mirror.fail(self.spec.location, str(reached))
            complete = False
        except BaseException:
            await asyncio.to_thread(mirror.finish, complete=False)
            raise
        return await asyncio.to_thread(mirror.finish, complete=complete)

    async def _listed(self, client: WebClient, mirror: Mirror) -> tuple[list[str], bool]:
        """The pages of all sitemaps in order, and whether every sitemap could be read."""
        parser = self._open_parser()
        try:
            return await self._listed_by(parser, client, mirror)
        finally:
            await asyncio.to_thread(parser.close)

    async def _listed_by(self, parser: Parser, client: WebClient, mirror: Mirror) -> tuple[list[str], bool]:
        waiting, complete = await self._first_sitemaps(client, mirror)
        asked: set[str] = set()
        pages: dict[str, None] = {}
        while waiting:
            url = waiting.pop(0)
            if url in asked:
                continue
            asked.add(url)
            try:
                if len(asked) > MAX_SITEMAPS:
                    raise UnreadableSource(url, f"is one of more than {MAX_SITEMAPS:,} sitemaps")
                body = (await client.fetch(url)).body
                sitemap = await asyncio.wrap_future(parser.submit(SitemapTask(url, body)))
            except (NotFetched, UnreadableSource) as error:
                mirror.fail(url, error.reason)
                complete = False
                continue
            waiting.extend(sitemap.sitemaps)
            pages.update(dict.fromkeys(_without_fragment(page) for page in sitemap.pages))
            if len(pages) > mirror.bounds.max_files:
                raise BoundsReached(f"lists more than {mirror.bounds.max_files:,} pages (bounds.max_files)")
        return list(pages), complete and bool(asked)

    async def _first_sitemaps(self, client: WebClient, mirror: Mirror) -> tuple[list[str], bool]:
        parts = urlsplit(self.spec.location)
        if parts.path.endswith((".xml", ".xml.gz", ".txt")):
            return [self.spec.location], True
        try:
            named = await client.sitemaps()
        except NotFetched as error:
            mirror.fail(self.spec.location, error.reason)
            return [], False
        return named or [urlunsplit((parts.scheme, parts.netloc, "/sitemap.xml", "", ""))], True

    async def _page(self, client: WebClient, mirror: Mirror, url: str) -> None:
        # Only the answer shows a page's type; if it was mirrored before, its file name is known.
        before, known = await asyncio.to_thread(_before, mirror, url)
        try:
            page = await client.fetch(
                url,
                etag=known.etag if known else None,
                modified=_http_date(known.modified) if known and not known.etag else None,
            )
        except NotFetched as error:
            if before:
                path = mirror.claim(before.split("/"), url)
                if error.gone:
                    await asyncio.to_thread(mirror.drop, path)
            mirror.skip() if error.gone else mirror.fail(url, error.reason)
            return
        if asks_not_to_be_indexed(page.robots, page.body, page.content_type):
            if before:
                await asyncio.to_thread(mirror.drop, mirror.claim(before.split("/"), url))
            mirror.skip()
            return
        if page.unchanged and before and known:
            await asyncio.to_thread(mirror.keep, mirror.claim(before.split("/"), url), known)
            return
        suffix = _SUFFIX_OF.get(page.content_type)
        if suffix is None:
            mirror.skip()
            mirror.left_out.overlook(PurePosixPath(urlsplit(url).path), "file")
            return
        path = mirror.claim(page_path(url, suffix).split("/"), url)
        noted = MirroredFile(url=url, etag=page.etag, modified=_iso(page.modified))
        await asyncio.to_thread(mirror.put, path, page.body, noted)


def _before(mirror: Mirror, url: str) -> tuple[str | None, MirroredFile | None]:
    """Where the page was mirrored, and its index entry if the copy is still there. If both copy and index were lost,
    the address is unknown."""
    for suffix in dict.fromkeys(_SUFFIX_OF.values()):
        path = page_path(url, suffix)
        if (noted := mirror.noted(path)) is not None and noted.url in (url, None):
            return path, mirror.known(path)
    return None, None


def _without_fragment(url: str) -> str:
    return url.partition("#")[0]


def _iso(written: str | None) -> str | None:
    try:
        return parsedate_to_datetime(written).astimezone(UTC).isoformat(timespec="seconds") if written else None
    except (ValueError, TypeError, OverflowError):
        return None


def _http_date(iso: str | None) -> str | None:
    return format_datetime(datetime.fromisoformat(iso), usegmt=True) if iso else None
