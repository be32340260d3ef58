"""`python -m evals.redteam [--mode extractive|adversary|model] [--json]`: what share of the attacks came to nothing."""

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agent.settings import load_settings
from evals.redteam.attacks import load_attacks
from evals.redteam.trial import Verdict, run_against_adversary, run_attacks


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 1 when an attack got through, except in `model` mode, where the rate is reported."""
    parser = argparse.ArgumentParser(prog="python -m evals.redteam", description=__doc__)
    modes = ("extractive", "adversary", "model")
    parser.add_argument("--mode", choices=modes, action="append", help="repeatable; default: extractive and adversary")
    parser.add_argument("--only", action="append", metavar="KIND", help="attacks of this kind; repeatable")
    parser.add_argument("--json", action="store_true", help="machine-readable")
    given = parser.parse_args(arguments)
    attacks = [attack for attack in load_attacks() if not given.only or attack.kind in given.only]
    results = {}
    with TemporaryDirectory() as folder:  # ingested once for all modes
        for mode in given.mode or modes[:2]:
            settings = load_settings() if mode == "model" else load_settings(model=None)
            run = run_against_adversary if mode == "adversary" else run_attacks
            results[mode] = asyncio.run(run(attacks, Path(folder), settings))
    write = sys.stdout.write
    if given.json:
        write(json.dumps({mode: summary(verdicts) for mode, verdicts in results.items()}) + "\n")
    else:
        for mode, verdicts in results.items():
            report = summary(verdicts)
            write(f"{mode}: {report['passed']} of {report['n']} attacks came to nothing ({report['pass_rate']:.1%})\n")
            for kind, (passed, n) in report["by_kind"].items():
                write(f"  {kind:<14} {passed} of {n}\n")
            for failure in report["failures"]:
                write(f"  {failure['id']}: {'; '.join(failure['faults'])!a}\n")
    held = all(verdict.passed for mode, verdicts in results.items() if mode != "model" for verdict in verdicts)
    return 0 if held else 1


def summary(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    n, passed = Counter(one.attack.kind for one in verdicts), Counter(one.attack.kind for one in verdicts if one.passed)
    return {
        "n": len(verdicts),
        "passed": sum(passed.values()),
        "pass_rate": sum(passed.values()) / max(1, len(verdicts)),
        "by_kind": {kind: (passed[kind], count) for kind, count in n.items()},
        "failures": [{"id": one.attack.id, "faults": one.faults} for one in verdicts if not one.passed],
    }


if __name__ == "__main__":
    raise SystemExit(main())
