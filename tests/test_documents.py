"""The documents say what the code does."""

import asyncio
import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

import agent
from agent import Answer, load_settings, open_assistant
from evals.bundled import handbook
from tests import documents
from tests.integrations.slack.picture import answer_svg

ROOT = documents.ROOT
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
EVERY_DOCUMENT = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def snippets(path: Path) -> list[str]:
    return PYTHON.findall(path.read_text(encoding="utf-8"))


@pytest.mark.timeout(600)  # a whole ingestion
def test_the_demos_documents_answer_the_readmes_first_question_and_its_program(
    home_with_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    question = re.search(r'hopline ask "([^"]+)"', documents.README.read_text(encoding="utf-8"))
    assert question is not None
    answer = asyncio.run(_asked_of_the_handbook(question[1]))
    assert answer.status == "answered"
    assert answer.confidence > 0.5
    exec(compile(snippets(documents.README)[0], "README.md", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out.startswith("answered ")


async def _asked_of_the_handbook(question: str) -> Answer:
    settings = await asyncio.to_thread(load_settings)
    async with open_assistant(settings, create=True) as assistant:
        assert (await assistant.ingest([handbook.DOCUMENTS])).ok
        return await assistant.ask(question)


def test_the_graph_in_readme_and_architecture_is_the_compiled_one() -> None:
    for document in (documents.README, documents.ARCHITECTURE):
        assert documents.part(document.read_text(encoding="utf-8"), "graph") == documents.mermaid_block()


def test_the_settings_table_of_the_readme_is_complete() -> None:
    assert documents.part(documents.README.read_text(encoding="utf-8"), "settings") == documents.settings_table()


def test_the_recall_in_the_documents_is_what_the_shipped_ranker_was_measured_with() -> None:
    assert documents.part(documents.RETRIEVAL.read_text(encoding="utf-8"), "ranker") == documents.ranker_table()


def test_the_figures_of_the_readme_are_those_of_the_shipped_artefacts() -> None:
    assert documents.part(documents.README.read_text(encoding="utf-8"), "measured") == documents.measured_table()


def test_the_env_example_lists_every_setting_with_its_description_and_default_and_nothing_else() -> None:
    assert documents.ENV_EXAMPLE.read_text(encoding="utf-8") == documents.env_example()


def test_the_picture_of_an_answer_in_slack_shows_what_is_posted() -> None:
    picture = documents.SLACK_ANSWER.read_text(encoding="utf-8")
    assert picture == answer_svg()
    ElementTree.fromstring(picture)  # which must be XML, unlike the page in a browser


def test_the_public_exports_are_these() -> None:
    assert sorted(agent.__all__) == [
        *("Answer", "Assistant", "Reader", "SearchReport", "Settings", "load_settings", "open_assistant"),
    ]
    assert all(getattr(agent, name).__module__.split(".")[0] in ("agent", "tools") for name in agent.__all__)


@pytest.mark.parametrize("document", EVERY_DOCUMENT, ids=lambda path: path.name)
def test_python_snippets_compile(document: Path) -> None:
    for snippet in snippets(document):
        compile(snippet, document.name, "exec")


@pytest.mark.parametrize("document", EVERY_DOCUMENT, ids=lambda path: path.name)
def test_links_to_files_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", EVERY_DOCUMENT, ids=lambda path: path.name)
def test_commands_and_make_targets_that_documents_name_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE))
    assert {target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)} == set()
    from integrations.cli.commands import app

    known = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    assert set(re.findall(r"(?:`|^|bin/)hopline ([a-z][a-z-]+)", text, re.MULTILINE)) <= known


def test_the_version_is_in_the_changelog() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
