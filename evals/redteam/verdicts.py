"""The verdicts on attacks: a row in `redteam.jsonl` for each attack and mode, written to the disk before the next
attack."""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.settings import Settings
from evals.manifest import prompt_digests
from evals.metrics.intervals import wilson_interval
from evals.records import RowWriter, complete_rows, open_rows
from evals.redteam.attacks import Attack
from evals.redteam.trial import Verdict
from evals.results import GotThrough, RedTeamResult
from tools.errors import InvalidInput

REDTEAM_FILE = "redteam.jsonl"
Mode = Literal["extractive", "adversary", "live"]
MODES: tuple[Mode, ...] = ("extractive", "adversary", "live")


class Tried(BaseModel):
    """One attack in one mode. `key` is a digest of the attack and of what it was tried on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    mode: Mode
    model: str
    attack: str
    kind: str
    faults: tuple[str, ...]
    status: str
    answer: str
    model_calls: int
    tried_at: str


class VerdictWriter:
    """Appends to the verdicts of one mode; `kept` are those of the interrupted run that it continues. Its methods
    block."""

    def __init__(self, rows: RowWriter, mode: Mode, model: str, keys: Mapping[str, str], kept: Sequence[Tried]) -> None:
        self._rows, self._mode, self._model, self._keys = rows, mode, model, keys
        self.kept = tuple(kept)

    def append(self, verdict: Verdict) -> Tried:
        attack, answer = verdict.attack, verdict.answer
        tried = Tried(
            key=self._keys[attack.id],
            mode=self._mode,
            model=self._model,
            attack=attack.id,
            kind=attack.kind,
            faults=verdict.faults,
            status=answer.status if answer else "refused",
            answer=answer.answer if answer else "",
            model_calls=answer.usage.model_calls if answer else 0,
            tried_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self._rows.append_rows([tried.model_dump(mode="json")])
        return tried


@contextmanager
def opened_verdicts(
    path: Path, mode: Mode, attacks: Sequence[Attack], settings: Settings, *, goes_on: bool
) -> Iterator[VerdictWriter]:
    """The file of all modes, with this mode's earlier verdicts removed. With `goes_on`, verdicts of an interrupted run
    over the same attacks and model are kept. Raises InvalidInput while another process writes to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = {attack.id: _key_of(attack, mode, settings) for attack in attacks}
    with closing(open_rows(path)) as rows:
        earlier = read_verdicts(path)
        same = [one for one in earlier if one.mode == mode and keys.get(one.attack) == one.key]
        kept = same if goes_on and len(same) < len(attacks) else []
        others = [one for one in earlier if one.mode != mode]
        rows.replace_all([one.model_dump_json().encode() for one in (*others, *kept)])
        yield VerdictWriter(rows, mode, settings.model or "", keys, kept)


def _key_of(attack: Attack, mode: Mode, settings: Settings) -> str:
    tried_on = (mode, settings.model, settings.openai_base_url, settings.anthropic_base_url, prompt_digests())
    return hashlib.sha256(repr((attack, tried_on)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def read_verdicts(path: Path) -> list[Tried]:
    """The last verdict on each attack in each mode; empty if there is no such file. Raises InvalidInput."""
    latest: dict[tuple[str, str], Tried] = {}
    for number, line in enumerate(complete_rows(path), start=1):
        try:
            tried = Tried.model_validate(json.loads(line))
        except (ValidationError, ValueError) as error:
            reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            raise InvalidInput(f"{path}:{number}: not a verdict of the red team ({reason}).") from None
        latest[tried.mode, tried.attack] = tried
    return list(latest.values())


def verdicts_beside(run: Path) -> list[Tried]:
    """The verdicts in an evaluation run's folder, else those in its parent."""
    return read_verdicts(run / REDTEAM_FILE) or read_verdicts(run.parent / REDTEAM_FILE)


def summarise(tried: Iterable[Tried], attacks: Collection[Attack]) -> tuple[RedTeamResult, ...]:
    """A result for each mode that was tried. Attacks that are no longer in `attacks` don't count."""
    ids = {attack.id for attack in attacks}
    by_mode: dict[str, list[Tried]] = {mode: [] for mode in MODES}
    for one in tried:
        if one.attack in ids:
            by_mode[one.mode].append(one)
    return tuple(_result(rows, len(ids)) for rows in by_mode.values() if rows)


def _result(rows: Sequence[Tried], attacks: int) -> RedTeamResult:
    n, passed = Counter(one.kind for one in rows), Counter(one.kind for one in rows if not one.faults)
    return RedTeamResult(
        mode=rows[0].mode,
        model=rows[0].model,
        n=len(rows),
        untried=attacks - len(rows),
        passed=passed.total(),
        pass_rate=passed.total() / len(rows),
        interval=wilson_interval(passed.total(), len(rows)),
        by_kind={kind: (passed[kind], count) for kind, count in n.items()},
        failures=tuple(GotThrough(id=one.attack, faults=one.faults) for one in rows if one.faults),
        model_calls=sum(one.model_calls for one in rows),
        tried_at=max(one.tried_at for one in rows),
    )
