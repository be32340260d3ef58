import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.settings import Settings
from evals.datasets import CorpusRow, Dataset
from evals.indexing import index_corpus, index_of, ingested_ids
from tools.errors import InvalidDataset

ROWS = (CorpusRow("a", "A", "text of a", "https://example.com/a"), CorpusRow("b", "B", "text of b", groups=("hr",)))
DATASET = Dataset("sample", (), ROWS, frozenset({"a", "b"}), "d" * 64)


class Ingesting:
    def __init__(self, *left_out: str, fail: bool = False) -> None:
        self.paths: list[Path] = []
        self._left_out, self._fail = left_out, fail

    async def __call__(self, path: Path) -> Sequence[str]:
        self.paths.append(path)
        if self._fail:
            raise KeyboardInterrupt
        return self._left_out


def test_gathered_rows_are_written_down_and_ingested_once(tmp_path: Path) -> None:
    index = index_of(DATASET, Settings(home=tmp_path))
    ingest = Ingesting("b: has no text")
    assert asyncio.run(index_corpus(DATASET, index, ingest)) == ("b: has no text",)
    assert asyncio.run(index_corpus(DATASET, index, ingest)) == ("b: has no text",)
    (path,) = ingest.paths
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"id": "a", "title": "A", "text": "text of a", "url": "https://example.com/a"},
        {"id": "b", "title": "B", "text": "text of b", "groups": ["hr"]},
    ]


def test_an_ingestion_that_did_not_finish_is_done_again(tmp_path: Path) -> None:
    index = index_of(DATASET, Settings(home=tmp_path))
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(index_corpus(DATASET, index, Ingesting(fail=True)))
    again = Ingesting()
    asyncio.run(index_corpus(DATASET, index, again))
    assert len(again.paths) == 1


def test_a_corpus_of_which_nothing_went_in_is_an_error(tmp_path: Path) -> None:
    index = index_of(DATASET, Settings(home=tmp_path))
    with pytest.raises(InvalidDataset, match="nothing of its corpus could be ingested; first problem: a: broken"):
        asyncio.run(index_corpus(DATASET, index, Ingesting("a: broken", "b: broken")))
    assert index.left_out() is None


def test_content_embedder_chunking_store_and_loader_each_make_another_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def names(**changes: object) -> tuple[str, str]:
        settings = Settings.model_validate({"home": tmp_path} | changes)
        index = index_of(DATASET, settings)
        return index.collection, index.folder.name

    assert names() == names(max_hops=2)
    assert names()[0].startswith("eval_")
    assert names(embedder="other")[0] != names()[0]
    assert names(chunk_characters=500)[0] != names()[0]
    before = names()
    monkeypatch.setattr("evals.indexing.LOADER_VERSION", "0")
    assert names()[0] != before[0]
    monkeypatch.undo()
    elsewhere = names(milvus_uri="http://host:19530")
    assert elsewhere[0] == names()[0]
    assert elsewhere[1] != names()[1]


def test_what_was_left_out_is_known_by_document_or_by_line(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text('{"id": "x", "text": "…"}\n\n{"id": "y", "text": ""}\n')
    rows = Dataset("sample", (), corpus, frozenset({"x", "y"}), "d")
    assert ingested_ids(rows, ["corpus.jsonl:3: has no text"]) == {"x"}
    assert ingested_ids(DATASET, ["corpus.jsonl:2: has no text"]) == {"a"}
    documents = Dataset("sample", (), tmp_path, frozenset({"hr/leave.md", "leave.md"}), "d")
    assert ingested_ids(documents, ["documents/hr/leave.md: is encrypted"]) == frozenset()
    assert ingested_ids(documents, ["documents/no-leave.md: is encrypted"]) == documents.corpus_ids
