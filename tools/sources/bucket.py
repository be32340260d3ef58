"""An S3-compatible bucket through fsspec; the optional extra `s3`."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from tools.errors import InvalidSetting
from tools.ingestion.files.discovery import ACCESS_FILE, is_left_out
from tools.ingestion.files.mirror_index import MirroredFile
from tools.sources.mirror import BoundsReached, Mirror, MirrorReport, Tell, is_wanted
from tools.sources.specs import BucketSpec

TIMEOUT_SECONDS = 30
ATTEMPTS = 3
FILES_AT_ONCE = 4


class BucketSource:
    """Implements Source."""

    def __init__(self, spec: BucketSpec, connect: "Callable[[BucketSpec], Any] | None" = None) -> None:
        self.spec = spec
        self._connect = connect or _s3

    async def mirror(self, folder: Path, tell: Tell) -> MirrorReport:
        mirror = await asyncio.to_thread(Mirror.open, folder, self.spec, tell)
        complete = False
        try:
            files = await asyncio.to_thread(self._connect, self.spec)
            complete = await self._bring(files, mirror)
        except BoundsReached as reached:
            mirror.fail(self.spec.location, str(reached))
        except InvalidSetting:
            raise
        except Exception as error:  # noqa: BLE001 - botocore raises its own kinds for each way a server can fail
            mirror.fail(self.spec.location, _reason(error))
        except BaseException:
            await asyncio.to_thread(mirror.finish, complete=False)
            raise
        return await asyncio.to_thread(mirror.finish, complete=complete)

    async def _bring(self, files: Any, mirror: Mirror) -> bool:
        """The listing is read to its end first; if it fails, nothing is fetched."""
        top = self.spec.location.removeprefix("s3://").rstrip("/")
        listed: dict[str, dict[str, Any]] = await asyncio.to_thread(files.find, top, detail=True)
        wanted = {key: each for key, each in sorted(listed.items()) if self._is_wanted(key, top)}
        for key in listed:
            if not _is_hidden(key, top) and _name(key) and is_left_out(_name(key)):
                mirror.left_out.overlook(PurePosixPath(key), "file")
        rights = {key: each for key, each in wanted.items() if _name(key) == ACCESS_FILE}
        mirror.total = len(wanted)
        await self._fetch(files, mirror, rights, top)
        if mirror.failed:
            return False  # files that it would have closed must not be there without it
        await asyncio.to_thread(mirror.have_all_rights)
        await self._fetch(files, mirror, {key: each for key, each in wanted.items() if key not in rights}, top)
        return True

    async def _fetch(self, files: Any, mirror: Mirror, wanted: dict[str, dict[str, Any]], top: str) -> None:
        waiting = iter(wanted.items())
        while batch := list(islice(waiting, FILES_AT_ONCE)):
            paths = [mirror.claim((_below(key, top) or _name(key)).split("/"), key) for key, _ in batch]
            async with asyncio.TaskGroup() as tasks:
                for (key, each), path in zip(batch, paths, strict=True):
                    tasks.create_task(self._one(files, mirror, key, each, path))

    def _is_wanted(self, key: str, top: str) -> bool:
        """If the source has groups, they take the place of an access.toml at its top."""
        if _is_hidden(key, top):
            return False
        if _name(key) == ACCESS_FILE:
            return self.spec.groups is None or _below(key, top) != ACCESS_FILE
        return is_wanted(key)

    async def _one(self, files: Any, mirror: Mirror, key: str, listed: dict[str, Any], path: str) -> None:
        etag = str(listed.get("ETag", "")).strip('"') or None
        size = int(listed.get("size") or 0)
        modified = listed.get("LastModified")
        noted = MirroredFile(
            url=self._link(key, path),
            etag=f"{etag}/{size}" if etag else None,
            modified=modified.astimezone(UTC).isoformat(timespec="seconds") if isinstance(modified, datetime) else None,
        )
        known = await asyncio.to_thread(mirror.known, path)
        if known is not None and etag is not None and known.etag == noted.etag:
            await asyncio.to_thread(mirror.keep, path, noted)
            return
        if size > mirror.max_file_bytes:
            reason = f"is larger than {mirror.max_file_bytes / 1e6:,.1f} MB"
            await asyncio.to_thread(mirror.refuse, path, key, reason)
            return
        try:
            data: bytes = await asyncio.to_thread(files.cat_file, key, start=0, end=max(size, 1))
        except FileNotFoundError:
            if _name(key) == ACCESS_FILE:
                # The files it closed may be deleted too.
                await asyncio.to_thread(mirror.fail, key, "was deleted while the bucket was read")
            else:
                await asyncio.to_thread(mirror.drop, path)
            return
        except Exception as error:  # noqa: BLE001 - one object that fails does not take the others with it
            await asyncio.to_thread(mirror.fail, key, _reason(error))
            return
        await asyncio.to_thread(mirror.put, path, data, noted)

    def _link(self, key: str, path: str) -> str:
        return self.spec.link.replace("{path}", quote(path)) if self.spec.link else f"s3://{key}"


def _s3(spec: BucketSpec) -> Any:
    import fsspec

    try:
        kind = fsspec.get_filesystem_class("s3")
    except ImportError as error:
        raise InvalidSetting(
            f"source {spec.name}: a bucket needs optional packages; install them with pip install 'hopline[s3]'."
        ) from error
    return kind(
        anon=spec.anonymous,
        endpoint_url=spec.endpoint_url,
        use_listings_cache=False,
        skip_instance_cache=True,
        config_kwargs={
            "connect_timeout": TIMEOUT_SECONDS,
            "read_timeout": TIMEOUT_SECONDS,
            "retries": {"max_attempts": ATTEMPTS},
        },
    )


def _below(key: str, top: str) -> str:
    return key.removeprefix(top).removeprefix("/")  # an empty part between two slashes is a folder too


def _is_hidden(key: str, top: str) -> bool:
    return any(part.startswith(".") for part in key.removeprefix(top).split("/"))


def _name(key: str) -> str:
    return key.rsplit("/", 1)[-1]


def _reason(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):  # of files that are fetched at the same time
        error = error.exceptions[0]
    return f"can't be read ({' '.join(str(error).split())[:200] or type(error).__name__})"
