"""A bucket of a real S3 server on loopback, asked by the real client."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tools.sources.places import files_in, mirrored, noted_in, readers_in, skipped_in
from tools.sources.bucket import BucketSource
from tools.sources.specs import BucketSpec

pytestmark = pytest.mark.blocks("botocore reads its own data files when a client is made")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
async def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Any]:
    import fsspec

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    files = fsspec.get_filesystem_class("s3")(endpoint_url=endpoint, use_listings_cache=False, skip_instance_cache=True)
    name = f"docs-{tmp_path.name.replace('_', '-').lower()}"[:60].rstrip("-")
    files.mkdir(name)
    files.pipe({f"{name}/hr/leave.md": b"Leave.", f"{name}/hr/logo.png": b"PNG", f"{name}/other/x.md": b"Other."})
    yield files, name
    files.rm(name, recursive=True)


def source(endpoint: str, place: str, **options: Any) -> BucketSource:
    fields = {"name": "bucket", "kind": "bucket", "location": f"s3://{place}", "endpoint_url": endpoint}
    return BucketSource(BucketSpec.model_validate(fields | options))


async def test_objects_below_the_prefix_are_mirrored_and_followed(bucket: Any, endpoint: str, tmp_path: Path) -> None:
    files, name = bucket
    folder = tmp_path / "mirror"
    report = await mirrored(source(endpoint, f"{name}/hr", link="https://files.example/{path}"), folder)
    assert report.ok, report.failures
    assert await files_in(folder) == {"leave.md": "Leave."}
    noted = (await noted_in(folder))["leave.md"]
    assert noted.url == "https://files.example/leave.md"
    assert noted.modified is not None
    files.pipe({f"{name}/hr/leave.md": b"Longer leave.", f"{name}/hr/travel.md": b"Travel."})
    report = await mirrored(source(endpoint, f"{name}/hr"), folder)
    assert (report.fetched, report.unchanged) == (2, 0)
    files.rm(f"{name}/hr/leave.md")
    report = await mirrored(source(endpoint, f"{name}/hr"), folder)
    assert (report.fetched, report.unchanged, report.removed) == (0, 1, 1)
    assert await files_in(folder) == {"travel.md": "Travel."}


class Once:
    """A bucket whose objects can be read while it holds out: the first few, in the order asked for."""

    def __init__(self, files: Any, reads: int) -> None:
        self._files, self._reads = files, reads

    def find(self, top: str, *, detail: bool) -> Any:
        return self._files.find(top, detail=detail)

    def cat_file(self, key: str, *, start: int, end: int) -> bytes:
        self._reads -= 1
        if self._reads < 0:
            raise OSError("the bucket is closed")
        return bytes(self._files.cat_file(key, start=start, end=end))


async def test_who_may_read_is_fetched_before_what_may_be_read(bucket: Any, endpoint: str, tmp_path: Path) -> None:
    files, name = bucket
    board, people = b'groups = ["board"]', b'groups = ["people"]'
    files.pipe({f"{name}/access.toml": board, f"{name}/zoo/access.toml": people, f"{name}/other/settings.toml": b""})
    spec = source(endpoint, name).spec
    await mirrored(BucketSource(spec, lambda spec: Once(files, reads=2)), tmp_path / "first")
    assert set(await files_in(tmp_path / "first")) == {"access.toml", "zoo/access.toml"}
    report = await mirrored(BucketSource(spec, lambda spec: Once(files, reads=1)), tmp_path / "second")
    assert (len(await files_in(tmp_path / "second")), report.complete) == (1, False)
    await mirrored(source(endpoint, name, groups=["staff"]), tmp_path / "mirror")
    found = await files_in(tmp_path / "mirror")
    assert set(found) == {"access.toml", "zoo/access.toml", "hr/leave.md", "other/x.md"}
    assert found["access.toml"] == 'groups = ["staff"]\n'


class Going:
    """A bucket in which an object is deleted once it has been listed."""

    def __init__(self, files: Any, key: str) -> None:
        self._files, self._key = files, key

    def find(self, top: str, *, detail: bool) -> Any:
        return self._files.find(top, detail=detail)

    def cat_file(self, key: str, *, start: int, end: int) -> bytes:
        if key == self._key:
            self._files.rm(key)
        return bytes(self._files.cat_file(key, start=start, end=end))


async def test_rights_that_are_deleted_while_the_bucket_is_read_open_nothing_yet(
    bucket: Any, endpoint: str, tmp_path: Path
) -> None:
    files, name = bucket
    files.pipe(f"{name}/hr/access.toml", b'groups = ["people"]')
    await mirrored(source(endpoint, name), tmp_path / "mirror")
    files.pipe(f"{name}/hr/access.toml", b'groups = ["board"]')
    spec = source(endpoint, name).spec
    report = await mirrored(
        BucketSource(spec, lambda spec: Going(files, f"{name}/hr/access.toml")), tmp_path / "mirror"
    )
    assert (report.complete, report.failed, report.removed) == (False, 1, 0)
    assert (await readers_in(tmp_path / "mirror", tmp_path))["mirror/hr/leave.md"] == ("people",)
    assert (await mirrored(source(endpoint, name), tmp_path / "mirror")).removed == 1


async def test_rights_that_are_too_large_close_their_folder(bucket: Any, endpoint: str, tmp_path: Path) -> None:
    files, name = bucket
    await mirrored(source(endpoint, name), tmp_path / "mirror")
    files.pipe(f"{name}/hr/access.toml", b'groups = ["people"]' + b"#" * 60_000)
    assert not (await mirrored(source(endpoint, name, bounds={"max_file_mb": 0.05}), tmp_path / "mirror")).complete
    assert set(await readers_in(tmp_path / "mirror", tmp_path)) == {"mirror/other/x.md"}


async def test_folders_of_like_names_and_deep_ones_keep_their_own_rights(
    bucket: Any, endpoint: str, tmp_path: Path
) -> None:
    files, name = bucket
    deep = "/".join(str(number) for number in range(40))
    for folder, group in (("a:b", "public"), ("a_b", "board"), ("a_b/", "people")):
        files.pipe({f"{name}/{folder}/access.toml": f'groups = ["{group}"]'.encode(), f"{name}/{folder}/x.md": b"x"})
    files.pipe(f"{name}/a_b/{deep}/x.md", b"Deep.")
    assert (await mirrored(source(endpoint, name), tmp_path / "mirror")).ok
    found = await readers_in(tmp_path / "mirror", tmp_path)
    assert found.pop("mirror/a_b/x.md") == ("board",)
    assert sorted(groups for place, groups in found.items() if place.startswith("mirror/a_b/")) == [
        ("board",),
        ("people",),
    ]
    files.pipe(f"{name}/{deep}/access.toml", b'groups = ["board"]')
    report = await mirrored(source(endpoint, name), tmp_path / "mirror")
    assert (report.complete, "is too deep" in report.failures[0][1]) == (False, True)


async def test_a_bucket_that_can_not_be_listed_removes_nothing(bucket: Any, endpoint: str, tmp_path: Path) -> None:
    _, name = bucket
    folder = tmp_path / "mirror"
    await mirrored(source(endpoint, name), folder)
    report = await mirrored(source(endpoint, f"{name}-gone"), folder)
    assert not report.complete or report.failed
    assert set(await files_in(folder)) == {"hr/leave.md", "other/x.md"}


async def test_an_object_that_is_too_large_is_named(bucket: Any, endpoint: str, tmp_path: Path) -> None:
    files, name = bucket
    files.pipe(f"{name}/big.md", b"x" * 200_000)
    report = await mirrored(source(endpoint, name, bounds={"max_file_mb": 0.1}), tmp_path / "mirror")
    assert report.failures == ((f"{name}/big.md", "is larger than 0.1 MB"),)
    assert report.fetched == 2


async def test_objects_that_nobody_reads_are_counted_as_files_of_a_folder_are(
    bucket: Any, endpoint: str, tmp_path: Path
) -> None:
    files, name = bucket
    others = ("hr/old.DOC", "hr/LICENCE", "hr/.cache/a.png", "hr/access.toml", "hr/empty/")
    files.pipe({f"{name}/{other}": b'groups = ["public"]' for other in others})
    await mirrored(source(endpoint, f"{name}/hr"), tmp_path / "mirror")
    assert await skipped_in(tmp_path / "mirror") == {".png": 1, ".doc": 1, "": 1}


async def test_names_of_objects_can_not_lead_out_of_the_mirror(bucket: Any, endpoint: str, tmp_path: Path) -> None:
    files, name = bucket
    files.pipe(f"{name}/up/../../../out.md", b"Out.")
    files.pipe(f"{name}/{'a' * 300}.md", b"Long.")
    await mirrored(source(endpoint, name), tmp_path / "deep/mirror")
    assert "out.md" not in await files_in(tmp_path)
    assert set((await files_in(tmp_path / "deep/mirror")).values()) >= {"Leave.", "Long."}
