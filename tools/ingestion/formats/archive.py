"""Checks a zip archive (all office files are one) by its table of contents, before anything is unpacked."""

import io
import zipfile

from tools.errors import UnreadableSource
from tools.ingestion.documents import Limits

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAX_ENTRIES = 10_000


def check_archive(data: bytes, source: str, limits: Limits, *, kind: str) -> None:
    """Raises UnreadableSource if the file is no archive, is encrypted, or would unpack to too much.

    zipfile never reads more of an entry than its declared size; parsers that do are stopped by their worker's memory
    limit.
    """
    if data.startswith(_OLE):
        raise UnreadableSource(source, f"is encrypted, or of the format before {kind}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, UnicodeDecodeError):
        raise UnreadableSource(source, f"is not a valid {kind} file") from None
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.max_unpacked_bytes or len(entries) > _MAX_ENTRIES:
        raise UnreadableSource(source, f"unpacks to {unpacked / 1e6:,.0f} MB, {len(entries):,} parts: too much")
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableSource(source, "is encrypted")
