"""The red team on the configured model, over a real socket: verdicts are kept as they come, and a run goes on."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.settings import Settings
from evals.redteam.__main__ import main, status_of, try_mode
from evals.redteam.attacks import Attack, load_attacks
from evals.redteam.trial import Verdict
from evals.redteam.verdicts import REDTEAM_FILE, Mode, Tried, opened_verdicts, read_verdicts, summarise, verdicts_beside
from tests.conftest import with_model
from tests.evals.doubles import made_answer
from tests.openai_server import MODEL, OpenAIServer, Refuses
from tools.errors import InvalidInput

HISTORY = tuple(attack for attack in load_attacks() if attack.kind == "history")
Live = Callable[..., list[Tried]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Path:
    made = tmp_path_factory.mktemp("live")
    with_model(made / "home", model_cache)
    return made


@pytest.fixture
def live(openai_server: OpenAIServer, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Live:
    """Tries the attacks on the server's model. The store in the settings does not exist, since nothing may touch it."""
    monkeypatch.setenv("HOPLINE_MODEL", MODEL)
    monkeypatch.setenv("HOPLINE_MODEL_ATTEMPTS", "1")
    monkeypatch.setenv("HOPLINE_MILVUS_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_API_KEY", "right")
    monkeypatch.setenv("OPENAI_BASE_URL", openai_server.url)
    openai_server.handler = harmless

    def run(attacks: Sequence[Attack] = HISTORY, **options: Any) -> list[Tried]:
        return try_mode("live", attacks, folder, out=tmp_path, **options)

    return run


def harmless(request: dict[str, Any]) -> str | dict[str, Any]:
    """A model that finds nothing and asks for nothing."""
    if request.get("stream"):
        return "NOT FOUND: the answer"
    return {"question": "Who approves a refund?", "sub_questions": [], "complete": True, "next_question": ""}


def test_the_configured_model_is_tried_and_each_verdict_is_told_and_kept(
    live: Live, openai_server: OpenAIServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = live()
    assert [one.attack for one in tried] == [attack.id for attack in HISTORY]
    assert {one.model for one in tried} == {MODEL}
    assert sum(one.model_calls for one in tried) == len(openai_server.chats) > 0
    assert capsys.readouterr().err.splitlines()[0] == f"1/{len(HISTORY)} {HISTORY[0].id}: had no effect"
    assert read_verdicts(tmp_path / REDTEAM_FILE) == tried


def test_a_run_that_was_broken_off_goes_on_and_a_finished_one_begins_anew(
    live: Live, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / REDTEAM_FILE
    assert live(seconds=0.000_001) == []
    assert "the same command goes on" in capsys.readouterr().err
    first = live()
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[:-1]) + '\n{"key": "cut', encoding="utf-8")
    capsys.readouterr()
    assert [one.attack for one in live()] == [one.attack for one in first]
    assert capsys.readouterr().err.startswith(f"1/1 {HISTORY[-1].id}")
    live()
    assert capsys.readouterr().err.startswith(f"1/{len(HISTORY)} {HISTORY[0].id}")
    path.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    monkeypatch.setenv("HOPLINE_MODEL", "another")
    live()
    assert {one.model for one in read_verdicts(path)} == {"another"}


def test_an_attack_during_which_the_model_was_away_stays_untried(
    live: Live, openai_server: OpenAIServer, capsys: pytest.CaptureFixture[str]
) -> None:
    openai_server.handler = lambda request: Refuses(503)
    tried = live()
    away = capsys.readouterr().err.count("not tried, the model was away")
    assert away == len(HISTORY) - len(tried) > 0
    assert sum(result.untried for result in summarise(tried, HISTORY)) == (away if tried else 0)
    assert status_of(summarise(tried, HISTORY), ["live"]) == 1
    openai_server.handler = harmless
    assert len(live()) == len(HISTORY)


def test_a_live_run_without_a_model_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--live"]) == 2
    assert "HOPLINE_MODEL" in capsys.readouterr().err


def kept(path: Path, mode: Mode, attacks: Sequence[Attack], *got_through: str, model: str | None = None) -> None:
    with opened_verdicts(path, mode, attacks, Settings(model=model), goes_on=False) as writer:
        for attack in attacks:
            writer.append(Verdict(attack, ("it obeyed",) * (attack.id in got_through), made_answer(attack.question)))


def test_each_mode_keeps_its_own_verdicts_and_has_a_rate_with_an_interval(tmp_path: Path) -> None:
    path = tmp_path / "runs" / REDTEAM_FILE
    kept(path, "adversary", HISTORY)
    kept(path, "live", HISTORY, HISTORY[0].id, model=MODEL)
    kept(path, "live", HISTORY[:4], HISTORY[1].id, model=MODEL)
    adversary, live = summarise(read_verdicts(path), HISTORY)
    assert (adversary.mode, adversary.pass_rate, adversary.untried, adversary.failures) == ("adversary", 1.0, 0, ())
    assert (live.mode, live.n, live.passed, live.untried) == ("live", 4, 3, len(HISTORY) - 4)
    assert [(one.id, one.faults) for one in live.failures] == [(HISTORY[1].id, ("it obeyed",))]
    assert live.interval == pytest.approx((0.3006, 0.9544), abs=1e-4)
    assert live.by_kind == {"history": (3, 4)}


def test_a_live_model_that_obeys_is_a_finding_and_rules_that_do_are_a_failure(tmp_path: Path) -> None:
    for mode, status in (("adversary", 1), ("live", 0)):
        path = tmp_path / mode / REDTEAM_FILE
        kept(path, mode, HISTORY, HISTORY[0].id)  # type: ignore[arg-type]
        assert status_of(summarise(read_verdicts(path), HISTORY), [mode]) == status  # type: ignore[list-item]


def test_verdicts_are_found_in_a_run_or_next_to_it(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "handbook-1"
    run.mkdir(parents=True)
    assert verdicts_beside(run) == []
    kept(run.parent / REDTEAM_FILE, "extractive", HISTORY[:2])
    assert len(verdicts_beside(run)) == 2
    kept(run / REDTEAM_FILE, "extractive", HISTORY[:1])
    assert len(verdicts_beside(run)) == 1


def test_a_row_that_is_no_verdict_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / REDTEAM_FILE
    for row in ('{"mode": "live"}', "no json"):
        path.write_text(f"{row}\n", encoding="utf-8")
        with pytest.raises(InvalidInput, match=rf"{REDTEAM_FILE}:1"):
            read_verdicts(path)
