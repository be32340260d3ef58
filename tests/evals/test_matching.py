from evals.matching import Retrieved, counts_for, found_supporting, judged_ranking, supporting_id_of


def test_a_passage_counts_by_its_id_its_source_or_its_document() -> None:
    assert counts_for("2wiki-7", "corpus.jsonl", "2wiki-7")
    assert counts_for("2wiki-7#ab12", "corpus.jsonl", "2wiki-7")
    assert counts_for("anything", "2wiki-7", "2wiki-7")
    assert counts_for("documents/hr/leave.md#ab12", "documents/hr/leave.md", "hr/leave.md")
    assert counts_for("documents/hr/leave.md#ab12", "", "hr/leave.md")


def test_a_passage_does_not_count_for_a_name_it_merely_ends_or_begins_with() -> None:
    assert not counts_for("2wiki-70", "corpus.jsonl", "2wiki-7")
    assert not counts_for("documents/hr/parental-leave.md#1", "documents/hr/parental-leave.md", "leave.md")
    assert not counts_for("documents/hr/leave.md.bak#1", "documents/hr/leave.md.bak", "hr/leave.md")


def test_the_longest_path_wins_where_one_is_the_end_of_another() -> None:
    assert supporting_id_of("d/hr/leave.md#1", "d/hr/leave.md", ["leave.md", "hr/leave.md"]) == "hr/leave.md"
    assert supporting_id_of("d/hr/leave.md#1", "d/hr/leave.md", ["it/vpn.md"]) is None


def test_a_second_passage_of_a_document_keeps_its_place_and_counts_for_nothing() -> None:
    ranking = [Retrieved("a.md#1", "d/a.md"), Retrieved("a.md#2", "d/a.md"), Retrieved("b.md#1", "d/b.md")]
    assert judged_ranking(ranking, ["a.md", "b.md"]) == ["a.md", None, "b.md"]


def test_found_supporting_names_distinct_documents() -> None:
    ranking = [Retrieved("a.md#1", "a.md"), Retrieved("a.md#2", "a.md"), Retrieved("x", "x")]
    assert found_supporting(ranking, ["a.md", "b.md"]) == {"a.md"}
