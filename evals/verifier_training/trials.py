"""Trains the encoders that measure the verifier, and the verifier itself; keeps each stage's logits on disk."""

import logging
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from evals.verifier_training.claim_sets import Claim, ClaimSets, claim_of
from evals.verifier_training.heads import Scored, fit_head, measure
from evals.verifier_training.passages import Passage
from evals.verifier_training.statements import Statements
from evals.verifier_training.synthetic import ALLOWED, Pair, Rules
from tools.pair_encoders.training import Example, Plan, TrainableEncoder
from tools.ports import ClaimToCheck, FloatArray
from tools.verifiers.head import CLASSES

FOLDS = 5
SYNTHETIC = "synthetic"
STATEMENTS = "statements"
INVENTED = 600
JUDGED = 1_500
"""Claims of a left-out set that are judged; scoring more would take longer than training the encoder."""
HELD_BACK = 7
"""One in so many texts of a training set is not shown to the encoder, so that the head can be fitted on it."""
log = logging.getLogger("hopline.verifier_training")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Takes everything in the claim sets. All stages together take about a quarter of an hour on two cores with
    bfloat16."""

    claims_per_set: int = 7_000
    synthetic: int = 7_000
    statements: int = 6_000
    seed: int = 7
    plan: Plan = field(default_factory=Plan)


@dataclass(frozen=True, slots=True)
class Workshop:
    """Trains encoders from the bundled model in `base`. Results of each stage are kept in `work`."""

    base: Path
    work: Path
    recipe: Recipe
    passages: Sequence[Passage] = ()

    def encoder(self, claims: ClaimSets, passages: Sequence[Passage]) -> TrainableEncoder:
        """An encoder trained on the claims, on synthetic pairs from their evidence, and on statements about
        passages."""
        encoder = TrainableEncoder(self.base, self.recipe.seed, classes=len(CLASSES))
        encoder.fit(examples(claims, passages, self.recipe), self.recipe.plan)
        return encoder

    def trained(self, sets: ClaimSets) -> TrainableEncoder:
        """The encoder that ships, trained on everything; kept like every other stage."""
        kept = self.work / "encoder"
        if kept.is_dir():
            return TrainableEncoder(kept, self.recipe.seed, classes=len(CLASSES))
        log.info("stage: the encoder that ships")
        encoder = self.encoder(sets, self.passages)
        encoder.save(kept)
        return encoder

    def logits(
        self, stage: str, claims: ClaimSets, passages: Sequence[Passage], asked: ClaimSets
    ) -> dict[str, FloatArray]:
        """The logits of all `asked` claims, by an encoder trained on `claims` and `passages`."""
        kept = self.work / f"{stage}.npz"
        if not kept.is_file():
            log.info("stage: %s", stage)
            encoder = self.encoder(claims, passages)
            found = {
                name: encoder.logits([claim.reading.pair for claim in some], bf16=self.recipe.plan.bf16)
                for name, some in asked.items()
            }
            self.work.mkdir(parents=True, exist_ok=True)
            np.savez(kept, **found)  # type: ignore[arg-type]
        with np.load(kept) as read:
            return {name: read[name] for name in asked}


def examples(sets: ClaimSets, passages: Sequence[Passage], recipe: Recipe) -> list[Example]:
    """Human labels first, then pairs made by rule from the same evidence, then statements about the passages. Both
    sides of each set have the same weight."""
    made: list[Example] = []
    draw = np.random.default_rng(recipe.seed)
    for claims in sets.values():
        some = sample(claims, recipe.claims_per_set, draw)
        made += _weighed([(claim.reading.pair, claim.allowed) for claim in some])
    evidence = [claim.evidence for claims in sets.values() for claim in claims]
    synthetic = Rules(evidence, recipe.seed).pairs(recipe.synthetic)
    for pairs in (synthetic, stated(passages, recipe.statements, recipe.seed)):
        made += _weighed([((pair.evidence, pair.claim), ALLOWED[pair.label]) for pair in pairs])
    return made


def invented(sets: ClaimSets, seed: int) -> list[Claim]:
    """Synthetic pairs as claims for the head, which would otherwise see too few denials and wrong dates."""
    return as_claims(Rules([claim.evidence for claims in sets.values() for claim in claims], seed).pairs(INVENTED))


def stated(passages: Sequence[Passage], count: int, seed: int) -> list[Pair]:
    return Statements(passages, random.Random(seed)).pairs(count) if passages else []  # noqa: S311


def as_claims(pairs: Sequence[Pair]) -> list[Claim]:
    return [claim_of(ClaimToCheck(pair.claim, (pair.evidence,)), pair.label) for pair in pairs]


def sample(claims: Sequence[Claim], count: int, draw: np.random.Generator) -> list[Claim]:
    return [claims[at] for at in draw.permutation(len(claims))[:count]]


def _weighed(rows: Sequence[tuple[tuple[str, str], tuple[bool, bool, bool]]]) -> list[Example]:
    supported = sum(allowed[0] for _, allowed in rows)
    shares = {True: len(rows) / (2 * max(1, supported)), False: len(rows) / (2 * max(1, len(rows) - supported))}
    return [Example(evidence, claim, allowed, shares[allowed[0]]) for (evidence, claim), allowed in rows]


@dataclass(frozen=True, slots=True)
class Trial:
    """One set left out. `back` holds claims about texts of the other sets that this encoder has not seen either."""

    held: Scored
    back: dict[str, Scored]


def run_trials(shop: Workshop, sets: ClaimSets, names: Collection[str]) -> dict[str, Trial]:
    """An encoder for each set left out; each also keeps back a seventh of the texts it could learn from."""
    trials = {}
    for fold, held in enumerate(sorted(sets, key=lambda name: -len(sets[name]))):
        if held not in names:
            continue
        judged = sample(sets[held], JUDGED, np.random.default_rng(shop.recipe.seed))
        others = {name: claims for name, claims in sets.items() if name != held}
        seen = {
            name: [claim for claim in claims if not claim.is_in(fold, HELD_BACK)] for name, claims in others.items()
        }
        back = {name: [claim for claim in claims if claim.is_in(fold, HELD_BACK)] for name, claims in others.items()}
        back[SYNTHETIC] = invented(back, shop.recipe.seed + 1)
        told = [passage for passage in shop.passages if passage.is_in(fold, HELD_BACK)]
        if about := as_claims(stated(told, INVENTED, shop.recipe.seed + 1)):
            back[STATEMENTS] = about
        read = [passage for passage in shop.passages if not passage.is_in(fold, HELD_BACK)]
        found = shop.logits(f"without-{held}", seen, read, back | {held: judged})
        trials[held] = Trial(
            Scored(judged, found[held]),
            {name: Scored(claims, found[name]) for name, claims in back.items()},
        )
    return trials


def left_out(trials: dict[str, Trial], version: str) -> dict[str, dict[str, float]]:
    """Every set judged by an encoder and a head that have seen nothing of it."""
    return {held: measure(fit_head(list(trial.back.values()), version), trial.held) for held, trial in trials.items()}


def cross_validated(trials: dict[str, Trial], version: str) -> dict[str, dict[str, float]]:
    """In-domain results: texts kept back, judged by an encoder that learnt from other texts of the same sets.

    Two encoders have learnt from each set and kept back different texts of it; the head is cross-validated over these.
    """
    found: dict[str, list[dict[str, float]]] = {}
    for trial in trials.values():
        for fold in range(FOLDS):
            head = fit_head([one.part(fold, FOLDS, inside=False) for one in trial.back.values()], version)
            for name, one in trial.back.items():
                found.setdefault(name, []).append(measure(head, one.part(fold, FOLDS, inside=True)))
    return {name: _mean(parts) for name, parts in sorted(found.items())}


def _mean(parts: Sequence[dict[str, float]]) -> dict[str, float]:
    """Over parts of about the same size; `n` is their sum."""
    mean = {key: round(float(np.mean([part[key] for part in parts if key in part])), 4) for key in parts[0]}
    return mean | {"n": sum(part["n"] for part in parts)}
