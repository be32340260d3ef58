"""Opens the fetcher for a spec, and says which folder to ingest."""

from collections.abc import Callable
from pathlib import Path

from tools.ingestion.parsing.tasks import Parser
from tools.sources.mirror import Source
from tools.sources.specs import BucketSpec, FolderSpec, GitSpec, SiteSpec, SlackExportSpec, SourceSpec, WikiSpec


def open_source(spec: SourceSpec, open_parser: Callable[[], Parser]) -> Source:
    """Fetches nothing yet. Raises InvalidSetting when an optional package is missing."""
    match spec:
        case FolderSpec():
            from tools.sources.folder import FolderSource

            return FolderSource(spec)
        case SiteSpec():
            from tools.sources.site import SiteSource

            return SiteSource(spec, open_parser)
        case GitSpec():
            from tools.sources.git import GitSource

            return GitSource(spec)
        case BucketSpec():
            from tools.sources.bucket import BucketSource

            return BucketSource(spec)
        case SlackExportSpec():
            from tools.sources.slack_export import SlackExportSource

            return SlackExportSource(spec, open_parser)
        case WikiSpec():
            from tools.sources.wiki import WikiSource

            return WikiSource(spec)
        case _:
            raise TypeError(f"no fetcher for {type(spec).__name__}")


def is_fetched_from_here(spec: SourceSpec) -> bool:
    """Whether a fetch only reads this machine, so that a preview can do it at no cost to others."""
    return isinstance(spec, SlackExportSpec | WikiSpec)


def mirrors_in(home: Path) -> Path:
    """The folder that holds all mirrors."""
    return home / "sources"


def mirror_of(spec: SourceSpec, home: Path) -> Path:
    """The folder of the source's mirror."""
    return mirrors_in(home) / spec.name


def ingested_folder(spec: SourceSpec, home: Path) -> Path:
    """The folder to ingest: a folder source itself, for all others the mirror."""
    return Path(spec.location).expanduser() if isinstance(spec, FolderSpec) else mirror_of(spec, home)
