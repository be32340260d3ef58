"""The bench of ingestion: which files it takes, what it asks, and how the two are compared."""

from pathlib import Path

from evals.bench.ingestion import _copied, _questions, _row

SENTENCE = "Visitors sign the book at the door and are met there by whom they came to see."


def test_it_takes_readable_documents_of_a_fair_size_and_asks_for_their_sentences(tmp_path: Path) -> None:
    folder, corpus = tmp_path / "docs", tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.html").write_text(f"<nav>Home</nav><p>{SENTENCE}</p>" + "<!-- -->" * 100)
    (folder / "copy.html").write_text(f"<p>{SENTENCE}</p>" + "<!-- -->" * 100)
    (folder / "small.txt").write_text("x")
    (folder / "latin.txt").write_bytes(b"caf\xe9" * 300)
    chosen = _copied(folder, 10, corpus)
    assert {path.name for path in chosen} == {"a.html", "copy.html"}
    questions, answers = _questions(chosen, corpus)
    assert set(questions) == {SENTENCE}
    assert all(answer == {"a.html", "copy.html"} for answer in answers)


def test_a_row_is_the_median_of_its_rounds_and_the_share_of_questions_found() -> None:
    rounds = [
        {"seconds": s, "processor_seconds": s, "files": 2, "chunks": 4, "memory_mb": s}
        | {"rankings": [["a"], ["b"]], "found": [["a"], ["b", "c"]]}
        for s in (4.0, 1.0, 2.0)
    ]
    row = _row(rounds, 10.0, [{"a", "c"}, {"c"}])
    assert (row["seconds"], row["megabytes_per_second"], row["memory_mb"], row["recall@5"]) == (2.0, 5.0, 4, 1.0)
    assert row["recall@5 of vectors"] == 0.5
