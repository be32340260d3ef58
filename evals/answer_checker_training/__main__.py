"""`python -m evals.answer_checker_training`: train the built-in answer checker, measure it, write its artefact and
card.

It is measured on passages that are never used for training.
"""

import argparse
import hashlib
import logging
import os
import random
from collections.abc import Sequence
from pathlib import Path

from evals.answer_checker_training.card import write_card
from evals.answer_checker_training.judging import judged, latencies, same_decisions
from evals.answer_checker_training.pairs import examples, judged_pairs, pairs_of
from evals.answer_checker_training.pretrained import pretrained_folder
from evals.answer_checker_training.written import PASSAGES, load_passages
from evals.artefacts import begin_training, total_bytes
from tools.answer_checkers.builtin import ARTEFACT, CLASSES, pair_of
from tools.pair_encoders.export import export
from tools.pair_encoders.onnx_runtime import MAX_TOKENS
from tools.pair_encoders.training import Example, Plan, TrainableEncoder

FOLDS = 12
LAYERS = 6
"""How many of the pretrained encoder's twelve layers are kept, from the lowest. Each costs 7 MB and a millisecond."""

PAIRS = 100_000
"""How many pairs are drawn for training; each is read once."""

SAMPLED = 128
"""Pairs for calibrating the range of activations in the 8-bit encoder."""

SEED = 7
PLAN = Plan(rate=6e-5, frozen_layers=1, max_tokens=MAX_TOKENS, seed=SEED)
log = logging.getLogger("hopline.answer_checker_training")


def main() -> None:
    options = _options()
    begin_training(options.threads)
    passages = load_passages(options.passages)
    kept = [passage for passage in passages if passage.is_in(0, FOLDS)]
    seen = [passage for passage in passages if not passage.is_in(0, FOLDS)]
    draw = random.Random(SEED)  # noqa: S311
    pairs = pairs_of(seen, draw)
    pairs = draw.sample(pairs, min(PAIRS, len(pairs)))
    log.info("%d passages, %d pairs; %d passages are kept back", len(seen), len(pairs), len(kept))
    encoder = _trained(examples(pairs), options.work)
    some = pairs[:: max(1, len(pairs) // SAMPLED)][:SAMPLED]
    export(encoder, options.out, [pair_of(pair.checked) for pair in some])
    unseen = judged_pairs(kept)
    write_card(
        options.out / "MODEL_CARD.md",
        passages=passages,
        seen=len(seen),
        pairs=len(pairs),
        layers=LAYERS,
        seed=SEED,
        figures=judged(options.out, unseen, [passage.kind for passage in kept for _ in passage.asked]),
        same=same_decisions(encoder, options.out, unseen),
        latency=latencies(options.out, unseen),
        size=total_bytes(options.out),
    )
    log.info("written to %s", options.out)


def _trained(rows: Sequence[Example], work: Path) -> TrainableEncoder:
    """An encoder trained on these pairs. Kept under a digest of pairs and plan, so that the same one is trained only
    once."""
    digest = hashlib.sha256(repr((LAYERS, PLAN, list(rows))).encode()).hexdigest()[:12]
    kept = work / f"encoder-{digest}"
    if kept.is_dir():
        log.info("trained before: %s", kept)
        return TrainableEncoder(kept, SEED, classes=len(CLASSES))
    encoder = TrainableEncoder(pretrained_folder(work), SEED, classes=len(CLASSES), layers=LAYERS)
    encoder.fit(rows, PLAN)
    encoder.save(kept)
    return encoder


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=Path, default=PASSAGES, help="folder of passages to learn from")
    parser.add_argument("--out", type=Path, default=ARTEFACT, help="where the artefact goes")
    parser.add_argument("--work", type=Path, default=Path("build/checker"), help="where a trained encoder is kept")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    return parser.parse_args()


if __name__ == "__main__":
    main()
