"""The bench's own machinery, and one tiny run of all of it."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from evals.bench.__main__ import main
from evals.bench.langchain_peer import StoreRetriever
from evals.bench.memory import descendants, peak_megabytes
from evals.bench.plan import Plan, is_fair
from evals.bench.systems import SYSTEMS, load_peer
from evals.bench.table import print_bench
from evals.datasets import Question
from graph.language import Turn
from tools.errors import InvalidInput
from tools.passages import Hit, Link, Passage

PASSAGES = {
    "leave": ("Leave", "Every employee has 28 days of leave. Leave is approved by the duty manager."),
    "roles": ("Duty manager", "The duty manager is Lotte Verbeek. She sits in Utrecht."),
    "lunch": ("Lunch", "Lunch is served at noon in the canteen."),
}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "sample"
    folder.mkdir()
    passages = [{"id": name, "title": title, "text": text} for name, (title, text) in PASSAGES.items()]
    questions = [
        {"id": "1", "question": "Who approves leave?", "answers": ["Lotte"], "supporting_ids": ["leave", "roles"]},
        {"id": "2", "question": "When is lunch served?", "answers": ["noon"], "supporting_ids": ["lunch"]},
        {"id": "3", "question": "Who is the king?", "answers": [], "supporting_ids": [], "answerable": False},
    ]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, passages)))
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, questions)))
    return folder


@pytest.mark.parametrize(
    "question",
    [
        Question("q", "?", supporting_ids=("a",), groups=("hr",)),
        Question("q", "?", supporting_ids=("a",), history=(Turn("?", "!"),)),
        Question("q", "?", supporting_ids=("a",), answerable=False),
        Question("q", "?"),
    ],
)
def test_a_question_that_not_every_peer_can_be_asked_is_left_out(question: Question) -> None:
    assert not is_fair(question)
    assert is_fair(Question("q", "?", supporting_ids=("a",)))


def test_the_peers_get_the_very_chunks_and_vectors(tmp_path: Path) -> None:
    plan = Plan("handbook", None, str(tmp_path), str(tmp_path))
    passages = [
        Passage("k", "a#1", "a", "A", "Text \x00 ü", links=(Link("b", "b.md"),), lines=(1, 2)),
        Passage("l", "b", "b", "", ""),
    ]
    vectors = np.eye(2, 3, dtype=np.float32)
    plan.write()
    plan.save_chunks(passages, vectors)
    assert Plan.read(tmp_path) == plan
    assert plan.chunks() == passages
    assert np.array_equal(plan.vectors(), vectors)


def test_a_peer_that_is_not_installed_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(
        InvalidInput, match=r"no_such_peer can't be imported \(.*\); install the peers with: make bench, or pip"
    ):
        load_peer("no_such_peer")


def test_memory_counts_what_this_process_started() -> None:
    hold = "import sys; block = bytearray(80_000_000); print('held', flush=True); sys.stdin.read()"
    before = peak_megabytes()
    process = subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        if Path("/proc/self").exists():
            assert process.pid in descendants(os.getpid())
            assert peak_megabytes() - before > 75
        process.communicate()


async def test_a_retriever_hands_langchain_what_our_store_found() -> None:
    async def found(question: str, k: int) -> list[Hit]:
        return [Hit(Passage("key", "a#1", "a", "Title", f"{question} {k}"))]

    (document,) = await StoreRetriever(ask=found).ainvoke("why")
    assert document.page_content == "Title\nwhy 50"
    assert document.metadata == {"key": "key", "id": "a#1", "source": "a"}


def test_the_table_shows_ratios_gaps_and_what_could_not_be_measured() -> None:
    metrics = {"recall@5": 0.5, "latency_ms_p50": 120.0}
    result: dict[str, Any] = {
        "dataset": "[bold]sample",
        "questions": 2,
        "systems": [
            {"system": "bm25", "title": "BM25 alone", "metrics": metrics, "ratios": {"recall@5": 0.75}},
            {"system": "haystack", "title": "Haystack hybrid", "error": "haystack can't be imported"},
        ],
        "throughput": {"chunks": 3.0, "ours": 10.0, "bare_encode": 11.0, "ratio": 0.91},
        "indexing_memory_mb": 321.0,
        "startup_seconds": {"hopline --help": 0.5},
    }
    page = io.StringIO()
    print_bench(result, Console(file=page, width=140))
    for said in ("[bold]sample: 2 questions, 3 chunks", "50.0%", "×0.75", "–", "haystack can't be", "×0.91", "0.50 s"):
        assert said in page.getvalue()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--limit", "0"], "must be 1 or more, not 0"),
        (["--systems", "bm25,milvus"], "there is no system 'milvus'; choose from bm25, dense"),
    ],
)
def test_an_option_that_makes_no_sense_is_a_usage_error(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


def test_a_data_set_without_a_fair_question_is_refused(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (dataset / "questions.jsonl").write_text('{"id": "1", "question": "Why?", "answers": [], "answerable": false}\n')
    assert main(["--dataset", str(dataset)]) == 2
    assert "no question of it both stands alone and has supporting passages" in capsys.readouterr().err
    assert main(["--dataset", str(dataset / "nowhere")]) == 2


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_all_systems_are_measured_side_by_side(
    dataset: Path, home_with_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--dataset", str(dataset), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["dataset"], result["questions"], result["throughput"]["chunks"]) == ("sample", 2, 3)
    rows = {row["system"]: row for row in result["systems"]}
    assert list(rows) == list(SYSTEMS)
    peers = {name for name in ("langchain", "haystack") if "error" in rows[name]}
    assert all("pip install --group bench" in rows[name]["error"] for name in peers)
    for name in set(rows) - peers:
        metrics = rows[name]["metrics"]
        # "Duty manager" shares no word with the question: words alone can't find it.
        assert metrics["recall@5"] == (0.75 if name == "bm25" else 1)
        assert metrics["memory_mb"] > 50
        assert 0 < metrics["latency_ms_p50"] <= metrics["latency_ms_p95"]
    assert set(result["startup_seconds"]) == {"hopline --help", "a second hopline ask"}
