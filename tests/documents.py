"""The parts of the documents that are generated from the code: `python -m tests.documents` (or `make docs`)."""

import json
import re
import subprocess
import sys
from pathlib import Path

from agent.settings import Settings, variable_of
from integrations.cli.graph import mermaid
from tests.integrations.slack.picture import answer_svg

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
ENV_EXAMPLE = ROOT / ".env.example"
RETRIEVAL = ROOT / "docs" / "retrieval.md"
SLACK_ANSWER = ROOT / "docs" / "slack-answer.svg"
CHAINS = ROOT / "graph" / "ranking" / "chains.json"
CONFIDENCE = ROOT / "graph" / "calibration" / "extractive.json"
VERIFIER_CARD = ROOT / "tools" / "verifiers" / "artefact" / "MODEL_CARD.md"
MULTI_HOP = {"2wiki_train": "2WikiMultihopQA", "hotpotqa_train": "HotpotQA", "musique_train": "MuSiQue"}


def env_example() -> str:
    """One comment and one commented-out assignment for each setting, in order of declaration."""
    lines = ["# Copy to .env and uncomment what you change. Variables of the environment win over this file.", ""]
    for name, field in Settings.model_fields.items():
        lines += [f"# {field.description}", f"#{variable_of(name)}={_default(name)}", ""]
    return "\n".join(lines).rstrip() + "\n"


def settings_table() -> str:
    rows = [
        f"| `{variable_of(name)}` | {f'`{_default(name)}`' if _default(name) else ''} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| Variable | Default | |", "|---|---|---|", *rows])


def _default(name: str) -> str:
    default = Settings.model_fields[name].default
    return "" if default is None else str(default)


def mermaid_block() -> str:
    return f"```mermaid\n{mermaid()}\n```"


def ranker_table() -> str:
    """Recall@5 in percent, with 95 % intervals, as the shipped ranker's training measured it."""
    recalls = json.loads(CHAINS.read_text(encoding="utf-8"))["recall@5"]
    ways = list(recalls)
    rows = [f"| {name} | {' | '.join(_shown(*recalls[way][name]) for way in ways)} |" for name in recalls[ways[0]]]
    return "\n".join([f"| | {' | '.join(ways)} |", f"|---|{'---|' * len(ways)}", *rows])


def measured_table() -> str:
    """What the shipped artefacts were measured with, for readers who compare: of each kind one figure."""
    recalls = json.loads(CHAINS.read_text(encoding="utf-8"))["recall@5"]
    confidence = json.loads(CONFIDENCE.read_text(encoding="utf-8"))
    # The first table of the card is of the sets left out of training: name, claims, balanced accuracy.
    fever = re.search(r"^\| fever \| ([\d,]+) \| (0\.\d+) ", VERIFIER_CARD.read_text(encoding="utf-8"), re.MULTILINE)
    assert fever
    rows = [
        f"| Recall@5, {title} | {recalls['left out'][name][0]:.1%} | {recalls['first search'][name][0]:.1%}, dense and "
        "BM25 fused | `make ranker` |"
        for name, title in MULTI_HOP.items()
    ]
    rows += [
        f"| Balanced accuracy of the claim check, FEVER | {fever[2]} over {fever[1]} claims | | `make verifier` |",
        f"| AUROC of the confidence, answers quoted without a model | {confidence['auroc']:.3f} over "
        f"{confidence['n']:,} answers | .5, a confidence that knows nothing | `make calibration` |",
        f"| Its calibration error (ECE), over the same answers | {confidence['ece']:.3f} | | `make calibration` |",
    ]
    return "\n".join(["| | Hopline | compared with | measured by |", "|---|---|---|---|", *rows])


def _shown(mean: float, low: float, high: float) -> str:
    return f"{mean:.1%} ({100 * low:.1f}–{100 * high:.1f})"


def part(text: str, name: str) -> str:
    """The text between `<!-- name -->` and `<!-- end of name -->`."""
    return text.split(f"<!-- {name} -->\n")[1].split(f"<!-- end of {name} -->")[0].removesuffix("\n")


def with_part(text: str, name: str, content: str) -> str:
    before, after = text.split(f"<!-- {name} -->\n")[0], text.split(f"<!-- end of {name} -->")[1]
    return f"{before}<!-- {name} -->\n{content}\n<!-- end of {name} -->{after}"


def demo_output() -> str:
    """What `hopline demo` prints now. Takes seconds, and its times differ between runs."""
    hopline = Path(sys.executable).with_name("hopline")
    shown = subprocess.run([hopline, "demo"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return f"```\n{shown.strip()}\n```"


def main() -> None:
    ENV_EXAMPLE.write_text(env_example(), encoding="utf-8")
    SLACK_ANSWER.write_text(answer_svg(), encoding="utf-8")
    readme = with_part(README.read_text(encoding="utf-8"), "settings", settings_table())
    readme = with_part(readme, "graph", mermaid_block())
    readme = with_part(readme, "measured", measured_table())
    README.write_text(with_part(readme, "demo", demo_output()), encoding="utf-8")
    retrieval = RETRIEVAL.read_text(encoding="utf-8")
    RETRIEVAL.write_text(with_part(retrieval, "ranker", ranker_table()), encoding="utf-8")
    architecture = ARCHITECTURE.read_text(encoding="utf-8")
    ARCHITECTURE.write_text(with_part(architecture, "graph", mermaid_block()), encoding="utf-8")


if __name__ == "__main__":
    main()
