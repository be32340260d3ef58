"""Which fetcher a spec means, and which folder ingestion reads."""

from collections.abc import Callable
from pathlib import Path

from tools.ingestion.parsing import Parser
from tools.sources.mirror import Source
from tools.sources.specs import BucketSpec, FolderSpec, GitSpec, SiteSpec, SlackExportSpec, SourceSpec, WikiSpec


def open_source(spec: SourceSpec, open_parser: Callable[[], Parser]) -> Source:
    """Nothing is asked yet. Raises InvalidSetting when an optional package is missing."""
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
    """Whether a fetch asks this machine alone, so that it costs nobody anything to see what it would bring."""
    return isinstance(spec, SlackExportSpec | WikiSpec)


def mirrors_in(home: Path) -> Path:
    """The folder of all mirrors."""
    return home / "sources"


def mirror_of(spec: SourceSpec, home: Path) -> Path:
    """Where the source is mirrored."""
    return mirrors_in(home) / spec.name


def ingested_folder(spec: SourceSpec, home: Path) -> Path:
    """What ingestion reads: a folder itself, of everything else the mirror."""
    return Path(spec.location).expanduser() if isinstance(spec, FolderSpec) else mirror_of(spec, home)
