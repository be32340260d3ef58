"""Links between the pages of a mirrored site lead to the files that the pages are kept in."""

import pytest

from tools.ingestion.documents import Limits
from tools.ingestion.files.mirror_index import Told
from tools.ingestion.files.mirror_paths import linked_page, page_path
from tools.ingestion.parsing.tasks import FileTask, parse

SITE = "https://docs.acme.example"


@pytest.mark.parametrize(
    ("page", "href", "leads_to"),
    [
        ("/guide/install", "upgrade", "site/guide/upgrade.html"),
        ("/guide/install", "/rules", "site/rules.html"),
        ("/guide/", "install#linux", "site/guide/install.html"),
        ("/guide/install", "./", "site/guide/index.html"),
        ("/guide/install", f"{SITE}/rules.pdf", "site/rules.pdf"),
        ("/guide/install", "/release/v1.2", "site/release/v1.2.html"),
        ("/guide/install.htm", "upgrade.htm", "site/guide/upgrade.htm"),
        ("/guide/install", "https://elsewhere.example/rules", None),
        ("/guide/install", "mailto:ada@acme.example", None),
        ("/guide/install", "http://[", None),
    ],
)
def test_a_link_to_a_page_leads_to_the_file_it_is_kept_in(page: str, href: str, leads_to: str | None) -> None:
    assert linked_page(f"site/{page_path(SITE + page, '.html')}", SITE + page, href) == leads_to


def test_a_file_that_is_no_page_of_its_address_keeps_its_links_as_they_are() -> None:
    assert linked_page("repo/docs/a.md", "https://github.com/acme/docs/blob/main/docs/a.md", "b.md") is None


def test_a_passage_of_a_mirrored_page_carries_the_links_a_hop_can_follow() -> None:
    html = b'<h1>Install</h1><p>Then <a href="upgrade">upgrade</a>, by the <a href="/rules?v=2">rules</a>.</p>'
    task = FileTask(
        html, "site/guide/install.html", ("public",), "t", 900, Limits(), told=Told(url=f"{SITE}/guide/install")
    )
    targets = [link.target for passage in parse(task) for link in passage.links]
    assert targets == ["site/guide/upgrade.html", f"site/{page_path(f'{SITE}/rules?v=2', '.html')}"]
