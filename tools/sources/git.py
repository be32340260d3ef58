"""The documents of a Git repository, read as objects. Nothing is checked out, so no hook or filter runs."""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from tools.ingestion.files.discovery import ACCESS_FILE, SKIPPED_FOLDERS, is_left_out
from tools.ingestion.files.mirror_index import MirroredFile
from tools.sources.mirror import BoundsReached, Mirror, MirrorReport, Tell, is_access_file, is_wanted
from tools.sources.specs import GitSpec

REPOSITORY = ".repository"
_ALLOWED = re.compile(
    r"https://[^\s]+|ssh://[^\s-][^\s]*|[A-Za-z0-9_.][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^\s]+"
)
_LOCAL = re.compile(r"file://[^\s]+|/[^\s]+|http://[^\s]+")
_FILES = ("100644", "100755")
_PEELED = "^{}"  # for an annotated tag, the commit it marks
_LFS_POINTER = b"version https://git-lfs"
_HOSTED = re.compile(r"(?:https://|ssh://git@|git@)(github\.com|gitlab\.com)[:/](.+?)(?:\.git)?/?$")
# Git must not prompt, and must not run anything that the repository or this machine configures.
_ENVIRONMENT = (
    "GIT_TERMINAL_PROMPT=0",
    "GIT_CONFIG_NOSYSTEM=1",
    "GIT_LFS_SKIP_SMUDGE=1",
    "GIT_PROTOCOL_FROM_USER=0",
    "GIT_OPTIONAL_LOCKS=0",
    "LC_ALL=C.UTF-8",
)
_OPTIONS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "protocol.allow=never",
    "gc.auto=0",
    "fetch.fsckObjects=true",
)


class GitFailed(Exception):
    """The message is Git's own, on one line."""


@dataclass(frozen=True, slots=True)
class _Blob:
    path: str
    sha: str
    size: int
    is_plain: bool = True


class GitSource:
    """Implements Source."""

    def __init__(self, spec: GitSpec) -> None:
        self.spec = spec

    async def mirror(self, folder: Path, tell: Tell) -> MirrorReport:
        mirror = await asyncio.to_thread(Mirror.open, folder, self.spec, tell)
        complete = False
        try:
            if refused := self._refused():
                raise GitFailed(refused)
            git = _Git(folder / REPOSITORY, self.spec.allow_local, self.spec.bounds.max_minutes * 60)
            async with asyncio.timeout(self.spec.bounds.max_minutes * 60):
                commit = await git.fetched(self.spec.location, self.spec.ref, self.spec.bounds.max_total_mb)
                blobs = await git.files(commit)
                for blob in blobs:
                    if self._is_chosen(blob.path) and is_left_out(PurePosixPath(blob.path).name):
                        mirror.left_out.overlook(PurePosixPath(blob.path), "file")
                await self._bring(git, mirror, commit, [blob for blob in blobs if self._is_wanted(blob.path)])
            complete = True
        except (GitFailed, BoundsReached) as error:
            mirror.fail(self.spec.location, str(error))
        except TimeoutError:
            mirror.fail(self.spec.location, f"took longer than {self.spec.bounds.max_minutes:g} minutes")
        except BaseException:
            await asyncio.to_thread(mirror.finish, complete=False)
            raise
        return await asyncio.to_thread(mirror.finish, complete=complete)

    def _refused(self) -> str | None:
        location = self.spec.location
        if _ALLOWED.fullmatch(location) or (self.spec.allow_local and _LOCAL.fullmatch(location)):
            return None
        return "must be an https or ssh address (allow_local lets a path, file:// or http:// through)"

    def _is_wanted(self, path: str) -> bool:
        parts = path.split("/")
        if parts[-1] == ACCESS_FILE:
            return not _is_passed_over(path) and (len(parts) > 1 or self.spec.groups is None)
        return self._is_chosen(path) and is_wanted(parts[-1])

    def _is_chosen(self, path: str) -> bool:
        chosen = not self.spec.paths or any(fnmatchcase(path, pattern) for pattern in self.spec.paths)
        return chosen and not _is_passed_over(path)

    async def _bring(self, git: "_Git", mirror: Mirror, commit: str, blobs: list[_Blob]) -> None:
        mirror.total = len(blobs)
        rights = [blob for blob in blobs if is_access_file(blob.path)]
        async with git.reading() as read:
            for n, blob in enumerate([*rights, *(blob for blob in blobs if blob not in rights)]):
                if n == len(rights):
                    await asyncio.to_thread(mirror.have_all_rights)
                path = mirror.claim(blob.path.split("/"), blob.path)
                noted = MirroredFile(url=self._link(blob.path, commit), etag=blob.sha)
                known = await asyncio.to_thread(mirror.known, path)
                if known is not None and known.etag == blob.sha:
                    await asyncio.to_thread(mirror.keep, path, noted)
                    continue
                data = b"" if (reason := _unfit(blob, mirror.max_file_bytes)) else await read(blob.sha)
                if data.startswith(_LFS_POINTER):
                    reason = "is kept in Git LFS, which is not fetched"
                if reason:
                    await asyncio.to_thread(mirror.refuse, path, blob.path, reason)
                else:
                    await asyncio.to_thread(mirror.put, path, data, noted)

    def _link(self, path: str, commit: str) -> str | None:
        link = self.spec.link
        if link is None and (hosted := _HOSTED.fullmatch(self.spec.location)):
            host, repository = hosted.groups()
            between = "/blob" if host == "github.com" else "/-/blob"
            link = f"https://{host}/{repository}{between}/{{ref}}/{{path}}"
        if link is None:
            return None
        # The ref's name if there is one: an address with the commit would change with every commit.
        return link.replace("{ref}", self.spec.ref).replace("{commit}", commit).replace("{path}", quote(path))


class _Git:
    def __init__(self, repository: Path, allow_local: bool, seconds: float) -> None:
        self._repository, self._seconds = repository, seconds
        protocols = ("https", "ssh", *(("file", "http") if allow_local else ()))
        self._options = [*_OPTIONS, *(f"protocol.{name}.allow=always" for name in protocols)]

    async def fetched(self, location: str, ref: str, max_mb: float) -> str:
        """The commit that `ref` names in the remote repository; its tree is fetched, its history is not."""
        if not await asyncio.to_thread((self._repository / "HEAD").is_file):
            await self._run("init", "--quiet", "--bare", "--template=", str(self._repository))
        name, commit = await self._named(location, ref)
        if not await self._has(commit):
            await self._run(
                *("fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"),
                *("--", location, f"+{name}:refs/hopline/fetched"),
                max_mb=max_mb,
            )
            commit = (await self._run("rev-parse", "refs/hopline/fetched^{commit}")).decode().strip()
            await self._run("prune", "--expire=now")
        return commit

    async def _named(self, location: str, ref: str) -> tuple[str, str]:
        """The ref's full name and its commit. Asked for `main`, Git also lists `feature/main`, and lists that first."""
        names = _full_names(ref)
        asked = [*names, *(f"{name}{_PEELED}" for name in names)]
        listed = (await self._run("ls-remote", "--", location, *asked)).decode("utf-8", "replace")
        found = {name: commit for commit, _, name in (line.partition("\t") for line in listed.splitlines())}
        for name in names:
            if name in found:
                return name, found.get(f"{name}{_PEELED}", found[name])
        raise GitFailed(f"has no branch or tag named {ref!r}")

    async def _has(self, commit: str) -> bool:
        try:
            await self._run("rev-list", "--quiet", "--objects", "--no-walk", f"{commit}^{{commit}}")
        except GitFailed:
            return False
        return True

    async def files(self, commit: str) -> list[_Blob]:
        """Plain files only: a link may lead out, a submodule is another repository. An access.toml is listed whatever
        it is, since leaving it out would open its folder."""
        listed = await self._run("ls-tree", "-r", "-z", "-l", "--full-tree", commit)
        blobs = []
        for line in listed.split(b"\0"):
            head, _, name = line.partition(b"\t")
            if name:
                mode, _, sha, size = head.decode().split()
                blob = _Blob(name.decode("utf-8", "backslashreplace"), sha, int(size.replace("-", "0")), mode in _FILES)
                if blob.is_plain or is_access_file(blob.path):
                    blobs.append(blob)
        return blobs

    @asynccontextmanager
    async def reading(self) -> "AsyncIterator[_Read]":
        process = await self._started("cat-file", "--batch", limit_mb=0)
        try:
            yield _Read(process)
        finally:
            await _ended(process)

    async def _run(self, *command: str, max_mb: float = 0) -> bytes:
        process = await self._started(*command, limit_mb=max_mb)
        try:
            out, err = await process.communicate()
        finally:
            await _ended(process)
        if process.returncode:
            said = " ".join(err.decode("utf-8", "replace").split())[-300:]
            too_large = process.returncode in (153, -25)  # SIGXFSZ
            raise GitFailed(f"is larger than {max_mb:,.0f} MB" if too_large else f"git {command[0]}: {said}")
        return out

    async def _started(self, *command: str, limit_mb: float) -> asyncio.subprocess.Process:
        options = [word for option in self._options for word in ("-c", option)]
        place = [] if command[0] in ("init", "ls-remote") else [f"--git-dir={self._repository}"]
        # The shell's file size limit keeps a pack from filling the disk.
        bounded = ["sh", "-c", 'ulimit -f "$0" && exec "$@"', str(int(limit_mb * 2_000))] if limit_mb else []
        try:
            return await asyncio.create_subprocess_exec(
                *bounded,
                *("env", *_ENVIRONMENT, "git", *options, *place, *command),
                stdin=asyncio.subprocess.PIPE if "--batch" in command else asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE if "--batch" not in command else asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise GitFailed("needs the program git, which is not installed") from None


def _is_passed_over(path: str) -> bool:
    return any(part.startswith(".") or part in SKIPPED_FOLDERS for part in path.split("/"))


def _unfit(blob: _Blob, max_bytes: int) -> str:
    """Why a file is not read; empty if it is."""
    if not blob.is_plain:
        return "is a link or a submodule, which are not followed"
    return f"is larger than {max_bytes / 1e6:,.1f} MB" if blob.size > max_bytes else ""


def _full_names(ref: str) -> tuple[str, ...]:
    """Full names that the ref may stand for, likeliest first: a branch before a tag of the same name."""
    if ref == "HEAD" or ref.startswith("refs/"):
        return (ref,)
    return f"refs/heads/{ref}", f"refs/tags/{ref}", f"refs/{ref}"


class _Read:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def __call__(self, sha: str) -> bytes:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{sha}\n".encode())
        await stdin.drain()
        head = (await stdout.readline()).split()
        if len(head) != 3:
            raise GitFailed(f"git cat-file: there is no object {sha}")
        data = await stdout.readexactly(int(head[2]))
        await stdout.readexactly(1)
        return data


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Kills the process group, since Git has children of its own (index-pack, ssh)."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
