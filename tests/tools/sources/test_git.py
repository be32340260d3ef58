"""A repository's documents, from a real repository on disk by the real git."""

from pathlib import Path
from typing import Any

import pytest

from tests.tools.sources.places import Repository, files_in, mirrored, noted_in, readers_in, skipped_in
from tools.sources.git import GitSource
from tools.sources.specs import GitSpec


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "origin")
    made.commit({"README.md": "# Acme", "docs/guide.md": "Guide.", "docs/logo.png": "PNG", "docs/.hidden.md": "x"})
    return made


def source(repository: Repository, **options: Any) -> GitSource:
    fields = {"name": "repo", "kind": "git", "location": f"file://{repository.folder}", "allow_local": True}
    return GitSource(GitSpec.model_validate(fields | options))


async def test_readable_files_of_the_commit_are_mirrored_and_follow_it(repository: Repository, tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    link = "https://git.acme.example/docs/{path}"
    report = await mirrored(source(repository, link=link), folder)
    assert report.ok
    assert await files_in(folder) == {"README.md": "# Acme", "docs/guide.md": "Guide."}
    assert (await noted_in(folder))["docs/guide.md"].url == "https://git.acme.example/docs/docs/guide.md"
    repository.commit({"docs/guide.md": None, "docs/new.md": "New."})
    report = await mirrored(source(repository, link=link), folder)
    assert (report.fetched, report.unchanged, report.removed) == (1, 1, 1)
    assert await files_in(folder) == {"README.md": "# Acme", "docs/new.md": "New."}


async def test_only_the_chosen_paths_are_read(repository: Repository, tmp_path: Path) -> None:
    await mirrored(source(repository, paths=["docs/*"]), tmp_path / "mirror")
    assert set(await files_in(tmp_path / "mirror")) == {"docs/guide.md"}


async def test_files_that_nobody_reads_are_counted_as_those_of_a_folder_are(
    repository: Repository, tmp_path: Path
) -> None:
    others = ("docs/old.DOC", "LICENCE", ".github/a.yml", "node_modules/b.png", "docs/access.toml")
    repository.commit(dict.fromkeys(others, 'groups = ["public"]'))
    await mirrored(source(repository), tmp_path / "mirror")
    assert await skipped_in(tmp_path / "mirror") == {".png": 1, ".doc": 1, "": 1}
    report = await mirrored(source(repository, bounds={"max_files": 1}), tmp_path / "mirror")
    assert (report.complete, len(await skipped_in(tmp_path / "mirror"))) == (False, 3)
    await mirrored(source(repository, paths=["docs/*"]), tmp_path / "mirror")
    assert await skipped_in(tmp_path / "mirror") == {".png": 1, ".doc": 1}


async def test_a_branch_is_followed_beside_others_whose_names_end_in_its_own(
    repository: Repository, tmp_path: Path
) -> None:
    folder = tmp_path / "mirror"
    repository.git("branch", "feature/main")
    repository.git("tag", "old/main")
    await mirrored(source(repository, ref="main"), folder)
    repository.commit({"docs/guide.md": "Guide, second edition."})
    report = await mirrored(source(repository, ref="main"), folder)
    assert report.fetched == 1
    assert (await files_in(folder))["docs/guide.md"] == "Guide, second edition."


@pytest.mark.parametrize(
    ("ref", "guide"),
    [
        ("v1", "Guide."),
        ("refs/tags/v1", "Guide."),
        ("tags/v1", "Guide."),
        ("light", "Guide."),
        ("refs/tags/main", "Guide."),
        ("main", "Second."),
        ("HEAD", "Second."),
    ],
)
async def test_tags_and_full_names_are_refs_and_a_branch_comes_before_a_tag(
    repository: Repository, tmp_path: Path, ref: str, guide: str
) -> None:
    repository.git("tag", "-a", "v1", "-m", "First")
    repository.git("tag", "light")
    repository.git("tag", "main")
    repository.commit({"docs/guide.md": "Second."})
    for unchanged in (0, 2):
        report = await mirrored(source(repository, ref=ref), tmp_path / "mirror")
        assert (report.ok, report.unchanged) == (True, unchanged)
    assert (await files_in(tmp_path / "mirror"))["docs/guide.md"] == guide


async def test_a_ref_that_there_is_not_is_named_and_removes_nothing(repository: Repository, tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    await mirrored(source(repository), folder)
    repository.git("branch", "feature/next")
    report = await mirrored(source(repository, ref="next"), folder)
    assert report.failures == ((f"file://{repository.folder}", "has no branch or tag named 'next'"),)
    assert set(await files_in(folder)) == {"README.md", "docs/guide.md"}


async def test_links_hooks_filters_and_pointers_do_nothing(repository: Repository, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    (repository.folder / "passwd.md").symlink_to("/etc/passwd")
    repository.commit(
        {
            ".gitattributes": "*.md filter=evil",
            "big.md": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
            ".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = {tmp_path}\n',
        }
    )
    for hook in ("post-checkout", "post-merge", "reference-transaction"):
        (repository.folder / ".git/hooks" / hook).write_text(f"#!/bin/sh\ntouch {marker}\n")
        (repository.folder / ".git/hooks" / hook).chmod(0o755)
    report = await mirrored(source(repository), tmp_path / "mirror")
    assert not marker.exists()
    assert set(await files_in(tmp_path / "mirror")) == {"README.md", "docs/guide.md"}
    assert report.failures == (("big.md", "is kept in Git LFS, which is not fetched"),)


@pytest.mark.parametrize(
    "location",
    [
        "ext::sh -c 'touch /tmp/x'",
        "file:///tmp/x",
        "/tmp/x",
        "http://a.example/x",
        "--upload-pack=x",
        "ssh://-oProxy=x/y",
    ],
)
async def test_other_protocols_and_options_in_disguise_are_refused(location: str, tmp_path: Path) -> None:
    spec = GitSpec(name="repo", kind="git", location=location)
    report = await mirrored(GitSource(spec), tmp_path / "mirror")
    assert "must be an https or ssh address" in report.failures[0][1]


async def test_a_repository_that_is_not_there_removes_nothing(repository: Repository, tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    await mirrored(source(repository), folder)
    repository.folder.rename(tmp_path / "away")
    report = await mirrored(source(repository), folder)
    assert not report.complete
    assert set(await files_in(folder)) == {"README.md", "docs/guide.md"}


async def test_rights_are_written_before_the_documents_and_the_spec_overrules_the_top(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit({"access.toml": 'groups = ["everyone"]', "docs/access.toml": 'groups = ["docs"]'})
    folder = tmp_path / "mirror"
    await mirrored(source(repository, groups=["engineers"]), folder)
    files = await files_in(folder)
    assert (files["access.toml"], files["docs/access.toml"]) == ('groups = ["engineers"]\n', 'groups = ["docs"]')
    repository.commit({"docs/access.toml": None})
    await mirrored(source(repository), folder)
    files = await files_in(folder)
    assert files["access.toml"] == 'groups = ["everyone"]'
    assert "docs/access.toml" not in files


async def test_rights_that_can_not_be_taken_over_close_their_folder_and_no_other(
    repository: Repository, tmp_path: Path
) -> None:
    finance, folder = 'groups = ["finance"]\n', tmp_path / "mirror"
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    (repository.folder / "linked").mkdir()
    (repository.folder / "linked/access.toml").symlink_to("../docs/finance.toml")
    rights = {"lfs/access.toml": pointer, "large/access.toml": finance + "#" * 60_000}
    repository.commit(rights | {f"{name}/plan.md": name for name in ("linked", "lfs", "large")})
    report = await mirrored(source(repository, bounds={"max_file_mb": 0.05}), folder)
    assert (report.complete, {what for what, _ in report.failures}) == (True, {"linked/access.toml", *rights})
    assert set(await readers_in(folder, tmp_path)) == {"mirror/README.md", "mirror/docs/guide.md"}
    (repository.folder / "linked/access.toml").unlink()
    repository.commit({f"{name}/access.toml": finance for name in ("linked", "lfs", "large")})
    assert (await mirrored(source(repository), folder)).ok
    assert {"mirror/linked/plan.md", "mirror/lfs/plan.md"} < set(await readers_in(folder, tmp_path))


async def test_a_repository_larger_than_its_bound_is_not_fetched(repository: Repository, tmp_path: Path) -> None:
    import random

    repository.commit({"big.md": random.Random(1).randbytes(3_000_000).hex()})
    report = await mirrored(source(repository, bounds={"max_total_mb": 0.5}), tmp_path / "mirror")
    assert not report.complete
    assert await files_in(tmp_path / "mirror") == {}


def test_citations_of_hosted_repositories_lead_to_their_pages() -> None:
    spec = GitSpec(name="r", kind="git", location="git@github.com:acme/docs.git", ref="main")
    assert GitSource(spec)._link("a b.md", "0" * 40) == "https://github.com/acme/docs/blob/main/a%20b.md"
