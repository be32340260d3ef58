"""What training starts from is put together from its packages, and is the published one or nothing."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from evals.answer_checker_training import pretrained
from evals.answer_checker_training.pretrained import NAME, PARTS, pretrained_folder
from tools.errors import MissingModel


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for packages that holds the parts of an archive with weights of ten bytes."""
    archive = tmp_path / "whole.zip"
    with zipfile.ZipFile(archive, "w") as whole:
        for name, text in (("config.json", "{}"), ("tokenizer.json", "{}"), ("model.safetensors", "0123456789")):
            whole.writestr(f"{NAME}/{name}", text)
    said = archive.read_bytes()
    size = -(-len(said) // len(PARTS))
    site = tmp_path / "site"
    for number, package in enumerate(PARTS):
        part = f"{package}/{NAME}.zip.{number + 1:03}"
        (site / part).parent.mkdir(parents=True)
        (site / part).write_bytes(said[number * size : (number + 1) * size])
        info = site / f"{package.replace('-', '_')}-0.0.1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.0.1\n", encoding="utf-8")
        (info / "RECORD").write_text(f"{part},,\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setattr(pretrained, "SHA256", hashlib.sha256(b"0123456789").hexdigest())
    return site


def test_the_parts_make_the_whole_and_are_read_once(site: Path, tmp_path: Path) -> None:
    folder = pretrained_folder(tmp_path / "work")
    assert (folder / "model.safetensors").read_bytes() == b"0123456789"
    for package in PARTS:
        (site / f"{package.replace('-', '_')}-0.0.1.dist-info" / "RECORD").unlink()
    assert pretrained_folder(tmp_path / "work") == folder
    assert [file.name for file in (tmp_path / "work").iterdir()] == [NAME]


def test_weights_that_are_not_the_published_ones_are_refused(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pretrained, "SHA256", "0" * 64)
    with pytest.raises(MissingModel, match="not the published one"):
        pretrained_folder(tmp_path / "work")


def test_a_missing_package_is_named_with_what_installs_it(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pretrained, "PARTS", (*PARTS, "no-such-part"))
    with pytest.raises(MissingModel, match="no-such-part is not installed: run `make checker`"):
        pretrained_folder(tmp_path / "work")


def test_a_package_without_its_part_is_named(site: Path, tmp_path: Path) -> None:
    (site / f"{PARTS[1].replace('-', '_')}-0.0.1.dist-info" / "RECORD").write_text("", encoding="utf-8")
    with pytest.raises(MissingModel, match=f"{PARTS[1]} has no part"):
        pretrained_folder(tmp_path / "work")
