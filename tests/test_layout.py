"""The shape of the source tree: names, folders, what an import does, and what else could own our names."""

import ast
import importlib.metadata
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from setuptools import Distribution  # type: ignore[import-untyped]
from setuptools.command.build_py import build_py  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("agent", "evals", "graph", "integrations", "tools")
BANNED = {"utils", "helpers", "common", "base", "manager", "misc", "types"}
HEAVY = {"torch", "transformers", "sentence_transformers", "pymilvus", "langchain_openai", "openai", "onnxruntime"}
HEAVY |= {"anthropic", "sklearn", "scipy", "docx", "pypdfium2", "flashrank", "slack_bolt", "langgraph", "pandas"}


def modules() -> list[Path]:
    return sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))


def pyproject() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_no_file_has_a_name_that_says_nothing() -> None:
    every = [*modules(), *(ROOT / "tests").rglob("*.py")]
    assert [str(file) for file in every if file.stem in BANNED or file.parent.name in BANNED] == []


def test_every_folder_of_python_files_is_a_package() -> None:
    folders = {file.parent for file in [*modules(), *(ROOT / "tests").rglob("*.py")]}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_no_other_distribution_owns_one_of_our_import_names() -> None:
    owners = importlib.metadata.packages_distributions()
    assert {name: set(owners.get(name, ["hopline"])) for name in PACKAGES} == {name: {"hopline"} for name in PACKAGES}


def test_modules_do_no_work_at_import() -> None:
    """Only definitions, assignments, imports and docstrings stand at module level."""
    loose = {}
    for file in modules():
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.For | ast.While | ast.With | ast.Try) or (
                isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and not _registers(node.value)
            ):
                loose[f"{file.relative_to(ROOT)}:{node.lineno}"] = ast.unparse(node)[:80]
    assert loose == {}


def _registers(call: ast.Call) -> bool:
    """`app.command("ask")(ask)` and `app.add_typer(…)` declare; no other call at module level may stand alone."""
    return ast.unparse(call.func) == "app.add_typer" or ast.unparse(call.func).startswith("app.command(")


@pytest.mark.parametrize("module", ["integrations.cli.commands", "agent.settings", "tools.errors"])
def test_importing_it_loads_no_heavy_library(module: str) -> None:
    program = f"import sys, {module}; print(' '.join({{name.split('.')[0] for name in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert HEAVY & set(loaded.stdout.split()) == set()


def test_every_data_file_of_a_package_is_in_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    distribution = Distribution({"src_root": str(ROOT), "script_name": "setup.py"})
    distribution.parse_config_files()
    command = build_py(distribution)
    command.ensure_finalized()
    data_files = command.get_data_files_without_manifest()
    packed = {Path(folder, name).as_posix() for _, folder, _, names in data_files for name in names}
    packed |= {Path(file).as_posix() for _, _, file in command.find_all_modules()}
    packed = {Path(file).resolve().relative_to(ROOT).as_posix() for file in packed}
    ours = {
        file.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert sorted(ours - packed) == []


def test_an_old_python_is_refused_before_anything_is_made_of_it(tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    command = ["make", "setup", f"VENV={environment}", "PYTHON=false"]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert "hopline needs Python 3.11 or newer" in made.stderr
    assert not environment.exists()
