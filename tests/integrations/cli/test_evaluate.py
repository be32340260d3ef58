"""`hopline eval` and `hopline eval-claims` as programs meet them: the keys of the contract, the gate's exit status."""

import json
from pathlib import Path

import pytest

from tests.integrations.cli.conftest import Hopline

CONTRACT = {"dataset", "n", "metrics", "by_type", "by_hops", "run_dir"}
RETRIEVAL = {"recall@2", "recall@5", "recall@10", "full_recall@5", "mrr", "ndcg@10", "precision@5"}
ANSWERS = {
    *("exact_match", "f1", "answer_recall", "citation_precision", "citation_recall", "claims_supported"),
    *("decline_precision", "decline_recall", "confidence_auroc", "confidence_ece", "aurc"),
}
COST = {
    *("hops_mean", "model_calls_mean", "tokens_mean", "cost_usd_mean"),
    *("latency_ms_p50", "latency_ms_p90", "latency_ms_p99"),
}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "sample"
    folder.mkdir()
    passages = [
        {"id": "refunds", "title": "Refunds", "text": "A refund above 500 euros is approved by the duty manager."},
        {"id": "duty", "title": "Duty manager", "text": "The duty manager is Lotte Verbeek. She sits in Utrecht."},
        {"id": "lunch", "title": "Lunch", "text": "Lunch is served at noon in the canteen in Utrecht."},
    ]
    questions = [
        {
            "id": "1",
            "question": "Who approves a refund above 500 euros?",
            "answers": ["the duty manager"],
            "supporting_ids": ["refunds"],
            "type": "single",
            "hops": 1,
        },
        {
            "id": "2",
            "question": "When is lunch served in the canteen?",
            "answers": ["noon"],
            "supporting_ids": ["lunch"],
            "type": "single",
            "hops": 1,
            "evidences": [["annotation", "nobody", "sees"]],
        },
        {"id": "3", "question": "Where was Kepler born?", "answers": [], "supporting_ids": [], "answerable": False},
    ]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, passages)))
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, questions)))
    return folder


def test_eval_json_has_the_keys_of_the_contract_and_leaves_out_what_does_not_apply(
    hopline: Hopline, home_with_model: Path, dataset: Path, tmp_path: Path
) -> None:
    outcome = hopline("eval", str(dataset), "--out", str(tmp_path / "run"), "--json")
    assert (outcome.status, outcome.err) == (0, "")
    result = outcome.json
    assert set(result) >= CONTRACT
    assert (result["dataset"], result["n"], result["run_dir"]) == ("sample", 3, str(tmp_path / "run"))
    assert set(result["metrics"]) <= RETRIEVAL | ANSWERS | COST
    assert set(result["metrics"]) >= (RETRIEVAL | COST | {"exact_match", "f1", "answer_recall", "decline_recall"})
    assert set(result["intervals"]) == set(result["metrics"])
    assert set(result["by_type"]) == {"single"}
    assert set(result["by_hops"]) == {"1"}
    assert "decline_recall" not in result["by_type"]["single"]
    record = json.loads((tmp_path / "run" / "records.jsonl").read_text().splitlines()[0])
    assert "annotation" not in json.dumps(record)
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert manifest["settings"]["max_hops"] == 4
    assert {"hopline", "langgraph", "python"} <= set(manifest["versions"])
    assert all(len(digest) == 64 for digest in manifest["prompts"].values())
    assert record["made_with"] == {part: manifest[part] for part in ("settings", "versions", "prompts")}


def test_retrieval_only_has_no_metric_of_answers(hopline: Hopline, home_with_model: Path, dataset: Path) -> None:
    result = hopline("eval", str(dataset), "--retrieval-only", "--stopping", "--json").json
    assert Path(result["run_dir"]).parent.stat().st_mode & 0o077 == 0, "what is asked and answered is its owner's alone"
    assert set(result["metrics"]) == RETRIEVAL | {"hops_mean", "latency_ms_p50", "latency_ms_p90", "latency_ms_p99"}
    names = [point["name"] for point in result["stopping"]["points"]]
    assert names == ["always 1", "always 2", "always 3", "always 4", "rule", "oracle"]


def test_the_gate_closes_with_status_1_and_says_which_metric_fell(
    hopline: Hopline, home_with_model: Path, dataset: Path, tmp_path: Path
) -> None:
    baseline = tmp_path / "baseline.json"
    written = hopline("eval", str(dataset), "--retrieval-only", "--write-baseline", str(baseline))
    assert written.status == 0
    assert hopline("eval", str(dataset), "--retrieval-only", "--gate", str(baseline)).status == 0
    kept = json.loads(baseline.read_text())
    kept["metrics"]["mrr"], kept["intervals"]["mrr"] = 1.7, [1.6, 1.8]
    baseline.write_text(json.dumps(kept))
    closed = hopline("eval", str(dataset), "--retrieval-only", "--gate", str(baseline), "--json")
    assert closed.status == 1
    assert [failure["metric"] for failure in closed.json["gate_failures"]] == ["mrr"]
    assert "mrr is" in closed.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--judge", "--retrieval-only"), "--judge needs answers"),
        (("--limit", "0"), "greater than or equal to 1"),
        (("--with", "run"), "--with names runs"),
    ],
)
def test_options_that_make_no_sense_are_usage_errors(
    hopline: Hopline, dataset: Path, options: tuple[str, ...], said: str
) -> None:
    outcome = hopline("eval", str(dataset), *options)
    assert outcome.status == 2
    assert said in outcome.err


def test_a_judge_that_nobody_named_is_asked_for(hopline: Hopline, home_with_model: Path, dataset: Path) -> None:
    outcome = hopline("eval", str(dataset), "--limit", "1", "--judge", "--json")
    assert outcome.status == 2
    assert "set HOPLINE_JUDGE_MODEL" in outcome.json["error"]["message"]
    assert not (home_with_model / "runs").exists()  # told before anything was asked


@pytest.mark.parametrize("option", ["--gate", "--compare"])
def test_what_would_stop_a_run_at_its_end_is_told_before_it_begins(
    hopline: Hopline, home_with_model: Path, dataset: Path, option: str
) -> None:
    assert hopline("eval", str(dataset), option, "nowhere").status == 2
    assert not (home_with_model / "runs").exists()


def test_a_wrong_row_is_named_by_file_and_line(hopline: Hopline, dataset: Path) -> None:
    with (dataset / "questions.jsonl").open("a") as file:
        file.write('\n{"id": "4", "question": "cut o')
    outcome = hopline("eval", str(dataset))
    assert outcome.status != 0
    assert "questions.jsonl:4: not a complete JSON row" in outcome.err
    assert outcome.out == ""


def test_eval_claims_json_has_the_keys_of_the_contract(hopline: Hopline, home_with_model: Path, tmp_path: Path) -> None:
    rows = [
        {"id": "1", "evidence": "Lunch is at noon.", "claim": "Lunch is at noon.", "label": "supported"},
        {"id": "2", "evidence": "Lunch is at noon.", "claim": "Dinner costs 90 euros.", "label": "refuted"},
    ]
    (tmp_path / "claims.jsonl").write_text("\n".join(map(json.dumps, rows)))
    result = hopline("eval-claims", str(tmp_path), "--json").json
    assert {"dataset", "n", "metrics", "latency_ms_p50"} <= set(result)
    assert set(result["metrics"]) == {"balanced_accuracy", "f1_unsupported", "auroc"}
    assert result["n"] == 2
    assert result["latency_ms_p50"] > 0
