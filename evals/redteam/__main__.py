"""`python -m evals.redteam [--mode extractive|adversary|live] [--json]`: the share of attacks that had no effect.

`--live` tries them on the model that the settings name. Verdicts are kept in `redteam.jsonl`, in `--out` or among the
runs in home, where `hopline eval` finds them for its report.
"""

import argparse
import asyncio
import itertools
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.settings import Settings, load_settings
from evals.evaluation import RUNS_FOLDER
from evals.redteam.attacks import Attack, load_attacks
from evals.redteam.trial import Verdict, run_against_adversary, run_attacks
from evals.redteam.verdicts import MODES, REDTEAM_FILE, Mode, Tried, VerdictWriter, opened_verdicts, summarise
from evals.results import RedTeamResult
from tools.errors import HoplineError, InvalidInput, InvalidSetting

LIVE_SECONDS = 3_600.0


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    attacks = [attack for attack in load_attacks() if not given.only or attack.kind in given.only]
    modes = list(dict.fromkeys(given.mode or MODES[:2]))
    tried: list[Tried] = []
    try:
        with TemporaryDirectory() as folder:  # ingested once for all modes
            for mode in modes:
                tried += try_mode(mode, attacks, Path(folder), out=given.out, seconds=given.seconds)
    except HoplineError as error:
        sys.stderr.write(f"redteam: {error}\n")
        return 2 if isinstance(error, InvalidInput) else 1
    results = summarise(tried, attacks)
    if given.json:
        sys.stdout.write(json.dumps({one.mode: one.model_dump(mode="json") for one in results}) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for result in results for line in _lines(result))
    return status_of(results, modes)


def status_of(results: Sequence[RedTeamResult], modes: Sequence[Mode]) -> int:
    """1 if an attack worked or was not tried. For a live model only if one was not tried, since the run is to find out
    how many work."""
    held = all(one.untried == 0 and (one.mode == "live" or not one.failures) for one in results)
    return 0 if held and len(results) == len(modes) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.redteam", description=__doc__)
    parser.add_argument("--mode", choices=MODES, action="append", help="repeatable; default: extractive and adversary")
    parser.add_argument("--live", action="append_const", dest="mode", const="live", help="the same as --mode live")
    parser.add_argument("--only", action="append", metavar="KIND", help="attacks of this kind; repeatable")
    parser.add_argument(
        "--seconds", type=float, default=LIVE_SECONDS, help="a live run ends after so many (%(default)g)"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"where {REDTEAM_FILE} is kept; default: home/runs")
    parser.add_argument("--json", action="store_true", help="machine-readable")
    return parser


def try_mode(
    mode: Mode, attacks: Sequence[Attack], folder: Path, *, out: Path | None = None, seconds: float = LIVE_SECONDS
) -> list[Tried]:
    """All attacks in one mode, ingested into `folder`. Raises InvalidSetting for a live run without a model."""
    settings = _settings_of(mode)
    path = (out or settings.home / RUNS_FOLDER) / REDTEAM_FILE
    # What the rules stop depends on the code alone, so an earlier verdict says nothing.
    with opened_verdicts(path, mode, attacks, settings, goes_on=mode == "live") as writer:
        known = {one.attack for one in writer.kept}
        waiting = [attack for attack in attacks if attack.id not in known]
        return [*writer.kept, *asyncio.run(_tried(mode, waiting, folder, settings, writer, seconds))]


def _settings_of(mode: Mode) -> Settings:
    if mode != "live":
        return load_settings(model=None)
    settings = load_settings()
    if settings.model is None:
        raise InvalidSetting("a live run needs a model: set HOPLINE_MODEL.")
    return settings


async def _tried(
    mode: Mode, attacks: Sequence[Attack], folder: Path, settings: Settings, writer: VerdictWriter, seconds: float
) -> list[Tried]:
    """Stores each verdict as it comes, and prints those of a live model. If a live model was away, its attack stays
    untried."""
    live = mode == "live"
    tried: list[Tried] = []
    done = itertools.count(1)

    async def observe(verdict: Verdict) -> None:
        outcome = "; ".join(map(ascii, verdict.faults)) or "had no effect"
        if live and verdict.model_was_away:
            outcome = "not tried, the model was away"
        else:
            tried.append(await asyncio.to_thread(writer.append, verdict))
        if live:
            sys.stderr.write(f"{next(done)}/{len(attacks)} {verdict.attack.id}: {outcome}\n")

    run = run_against_adversary if mode == "adversary" else run_attacks
    try:
        async with asyncio.timeout(seconds if live else None) as limit:
            await run(attacks, folder, settings, observe)
    except TimeoutError:
        if not limit.expired():
            raise
        sys.stderr.write(f"the limit of {seconds:g} s was reached; the same command goes on from here\n")
    return tried


def _lines(result: RedTeamResult) -> list[str]:
    of = f"{result.mode} ({result.model})" if result.model else result.mode
    low, high = result.interval
    return [
        f"{of}: {result.passed} of {result.n} attacks had no effect ({result.pass_rate:.1%}, {low:.1%} – {high:.1%})",
        *([f"  {result.untried} more were not tried"] if result.untried else []),
        *(f"  {kind:<14} {passed} of {n}" for kind, (passed, n) in result.by_kind.items()),
        *(f"  {failure.id}: {'; '.join(failure.faults)!a}" for failure in result.failures),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
