"""A web site by its sitemap, over a real server on loopback."""

import gzip
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.tools.sources.places import Site, files_in, mirrored, noted_in, site_on_loopback, skipped_in
from tools.errors import UnreadableSource
from tools.ingestion.parsing.tasks import Parser, ParserInProcess
from tools.ingestion.parsing.workers import ParserWorkers
from tools.sources.addresses import AddressRefused, PublicResolver, is_public, refusal_of
from tools.sources.site import SiteSource
from tools.sources.sitemap import read_sitemap
from tools.sources.specs import SiteSpec


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with site_on_loopback() as site:
        yield site


def source(site: Site, open_parser: Callable[[], Parser] = ParserInProcess, **options: Any) -> SiteSource:
    fields = {"name": "site", "kind": "site", "location": site.url, "delay_seconds": 0, "allow_private_addresses": True}
    return SiteSource(SiteSpec.model_validate(fields | options), open_parser)


async def test_the_pages_of_the_sitemap_are_mirrored_with_their_addresses(site: Site, tmp_path: Path) -> None:
    site.list_pages("/", "/guide/", "/guide/install", "/search?q=1", "/rules.pdf", "/logo.png")
    for path in ("/", "/guide/", "/guide/install", "/search?q=1"):
        site.pages[path] = f"<p>{path}</p>".encode()
    site.pages |= {"/rules.pdf": b"%PDF-", "/logo.png": b"PNG"}
    site.headers = {"/rules.pdf": {"Content-Type": "application/pdf"}, "/logo.png": {"Content-Type": "image/png"}}
    report = await mirrored(source(site), tmp_path)
    assert (report.fetched, report.skipped, report.ok) == (5, 1, True)
    paths = set(await files_in(tmp_path))
    query = next(path for path in paths if path.startswith("search-"))
    assert paths == {"index.html", "guide/index.html", "guide/install.html", query, "rules.pdf"}
    assert await skipped_in(tmp_path) == {".png": 1}
    noted = (await noted_in(tmp_path))["guide/install.html"]
    assert (noted.url, noted.modified) == (f"{site.url}/guide/install", "2026-03-02T10:00:00+00:00")


async def test_the_next_fetch_asks_whether_pages_changed_and_removes_those_that_are_gone(
    site: Site, tmp_path: Path
) -> None:
    site.list_pages("/a", "/b", "/c")
    site.pages |= {"/a": b"a", "/b": b"b", "/c": b"c"}
    await mirrored(source(site), tmp_path)
    site.list_pages("/a", "/b")
    site.pages |= {"/a": b"new", "/b": 410}
    report = await mirrored(source(site), tmp_path)
    assert (report.fetched, report.removed) == (1, 2)
    assert await files_in(tmp_path) == {"a.html": "new"}
    report = await mirrored(source(site), tmp_path)
    assert (report.fetched, report.unchanged) == (0, 1)


@pytest.mark.parametrize("broken", ["sitemap", "page", "robots", "site"])
async def test_what_can_not_be_fetched_this_time_stays(site: Site, tmp_path: Path, broken: str) -> None:
    site.list_pages("/a", "/b")
    site.pages |= {"/a": b"a", "/b": b"b"}
    await mirrored(source(site), tmp_path)
    match broken:
        case "sitemap":
            site.pages["/sitemap.xml"] = b"<urlset><url><loc>"
        case "page":
            site.pages["/a"] = 403
        case "robots":
            site.pages["/robots.txt"] = 403
            site.pages["/robots.txt"] = 500
        case _:
            site.pages = {}
    report = await mirrored(source(site), tmp_path)
    assert not report.ok
    assert set(await files_in(tmp_path)) == {"a.html", "b.html"}


async def test_robots_are_respected_and_name_the_sitemaps(site: Site, tmp_path: Path) -> None:
    site.list_pages("/open", "/private/x")
    site.pages |= {"/open": b"open", "/private/x": b"x"}
    site.pages["/maps/one.xml.gz"] = gzip.compress(site.pages.pop("/sitemap.xml"))  # type: ignore[arg-type]
    site.pages["/maps/all.xml"] = (
        f"<sitemapindex><sitemap><loc>{site.url}/maps/one.xml.gz</loc></sitemap></sitemapindex>".encode()
    )
    site.pages["/robots.txt"] = f"User-agent: *\nDisallow: /private/\nSitemap: {site.url}/maps/all.xml".encode()
    report = await mirrored(source(site), tmp_path)
    assert (report.fetched, report.skipped) == (1, 1)
    assert "/private/x" not in site.asked


async def test_a_private_address_is_not_asked_at_all(site: Site, tmp_path: Path) -> None:
    site.list_pages("/a")
    report = await mirrored(source(site, allow_private_addresses=False), tmp_path)
    assert "private address 127.0.0.1" in report.failures[0][1]
    assert site.asked == []


async def test_a_redirect_leads_neither_to_another_host_nor_to_a_private_address(site: Site, tmp_path: Path) -> None:
    site.list_pages("/out", "/in", "/loop", "/fine")
    site.pages |= {"/out": 302, "/in": 302, "/loop": 302, "/fine": 302, "/end": b"end"}
    site.headers = {
        "/out": {"Location": "http://metadata.example/latest"},
        "/in": {"Location": "http://169.254.169.254/latest"},
        "/loop": {"Location": "/loop"},
        "/fine": {"Location": "/end"},
    }
    report = await mirrored(source(site), tmp_path)
    reasons = {url.removeprefix(site.url): reason for url, reason in report.failures}
    assert "another host, metadata.example" in reasons["/out"]
    assert "another host, 169.254.169.254" in reasons["/in"]
    assert "redirects more than" in reasons["/loop"]
    assert await files_in(tmp_path) == {"fine.html": "end"}


async def test_robots_are_asked_about_where_a_redirect_leads_too(site: Site, tmp_path: Path) -> None:
    site.list_pages("/out", "/fine")
    site.pages |= {"/out": 302, "/fine": 302, "/private/x": b"x", "/end": b"end"}
    site.headers = {"/out": {"Location": "/private/x"}, "/fine": {"Location": "/end"}}
    site.pages["/robots.txt"] = b"User-agent: *\nDisallow: /private/"
    report = await mirrored(source(site), tmp_path)
    assert (report.fetched, report.skipped) == (1, 1)
    assert "/private/x" not in site.asked


async def test_a_page_that_asks_not_to_be_indexed_is_left_alone_and_taken_out(site: Site, tmp_path: Path) -> None:
    pages = {
        "/tag": b"<head><META CONTENT='NoIndex, follow' NAME=robots></head>tag",
        "/ours": b"<meta name=hopline content=none>",
        "/others": b"<meta name=googlebot content=noindex><!-- <meta name=robots content=noindex> -->",
        "/header": b"header",
        "/named": b"named",
        "/other-robot": b"other robot",
        "/dated": b"dated",
    }
    site.list_pages(*pages)
    site.pages |= dict.fromkeys(pages, b"x")
    await mirrored(source(site), tmp_path)
    assert len(await files_in(tmp_path)) == len(pages)
    site.pages |= pages
    site.headers = {
        "/header": {"X-Robots-Tag": "nofollow, noindex"},
        "/named": {"X-Robots-Tag": "hopline: noindex"},
        "/other-robot": {"X-Robots-Tag": "googlebot: noindex"},
        "/dated": {"X-Robots-Tag": "unavailable_after: 25 Jun 2030 15:00:00 PST, noarchive"},
    }
    report = await mirrored(source(site), tmp_path)
    assert set(await files_in(tmp_path)) == {"others.html", "other-robot.html", "dated.html"}
    assert (report.removed, report.skipped) == (4, 4)


async def test_bounds_stop_a_fetch_and_keep_what_it_brought(site: Site, tmp_path: Path) -> None:
    site.list_pages(*(f"/{number}" for number in range(5)))
    site.pages |= {f"/{number}": b"x" * 600_000 for number in range(5)}
    report = await mirrored(source(site, bounds={"max_total_mb": 1.0}), tmp_path)
    assert "max_total_mb" in report.failures[0][1]
    assert (report.fetched, report.complete) == (2, False)
    big = await mirrored(source(site, bounds={"max_file_mb": 0.5}), tmp_path / "other")
    assert (big.fetched, big.failed) == (0, 5)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *("::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "not an address"),
    ],
)
def test_private_addresses_are_told_in_every_form(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("host", ["127.1", "0x7f000001", "2130706433", "017700000001", "[::1]", "[::ffff:7f00:1]"])
def test_literal_addresses_in_odd_spellings_are_refused(host: str) -> None:
    bare = host.strip("[]")
    assert refusal_of(f"http://{host}/", frozenset({bare}), allow_private=False)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://user:pw@a.example/", "http://[bad", "gopher://a.example/"]
)
def test_only_plain_web_addresses_are_asked(url: str) -> None:
    assert refusal_of(url, frozenset({"a.example", ""}), allow_private=True)


async def test_a_name_that_resolves_to_a_private_address_is_refused() -> None:
    resolver = PublicResolver()
    with pytest.raises(AddressRefused, match="localhost is at the private address"):
        await resolver.resolve("localhost", 80)
    await resolver.close()


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE a [<!ENTITY b "c">]><urlset>&b;</urlset>',
        b"<html></html>",
        b"<urlset>",
        b"\x1f\x8bnot gzip",
        gzip.compress(b"<" + b" " * 60_000_000),
        b"<urlset>" + b"<url>" * 100 + b"</url>" * 100 + b"</urlset>",
        b"<urlset>" + b"<url><loc>a</loc></url>" * 50_001 + b"</urlset>",
        b"<urlset><url><loc>https://a.example/" + b"a" * 5_000 + b"</loc></url></urlset>",
    ],
    ids=["entities", "page", "cut off", "no gzip", "bomb", "depth", "entries", "address"],
)
def test_a_hostile_sitemap_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableSource):
        read_sitemap(data, "/sitemap.xml")


@pytest.mark.slow  # 50 MB of one attribute: three quarters of a minute
async def test_a_sitemap_that_takes_more_memory_than_it_may_costs_itself_only(site: Site, tmp_path: Path) -> None:
    site.list_pages("/", "/guide/")
    site.pages["/"] = site.pages["/guide/"] = b"<h1>Guide</h1>"
    site.pages["/good.xml"] = site.pages.pop("/sitemap.xml")
    site.pages["/large.xml"] = gzip.compress(b'<urlset name="' + b"a" * 50_000_000 + b'"></urlset>')
    places = "".join(f"<sitemap><loc>{site.url}/{name}.xml</loc></sitemap>" for name in ("large", "good"))
    site.pages["/sitemap.xml"] = f"<sitemapindex>{places}</sitemapindex>".encode()
    report = await mirrored(source(site, partial(ParserWorkers, workers=1, memory_mb=250)), tmp_path)
    assert [what for what, _ in report.failures] == [f"{site.url}/large.xml"]  # read where memory is not bounded
    assert (report.fetched, report.complete) == (2, False)


def test_an_entry_is_where_its_own_loc_says_and_not_an_images() -> None:
    entry = b"<url><image><loc>/logo</loc></image><loc> /a </loc></url>"
    assert read_sitemap(b"<urlset>" + entry + b"<url><lastmod/></url><loc>/b</loc></urlset>", "a").pages == ("/a",)


def test_a_sitemap_may_be_plain_text() -> None:
    assert read_sitemap(b"https://a.example/1\n\nnonsense\n", "a").pages == ("https://a.example/1",)
