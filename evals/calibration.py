"""Fits the confidence: a logistic regression of "the answer is right" on an answer's named features.

Run the evaluation that feeds it with `HOPLINE_MIN_CONFIDENCE=0`, so that doubtful answers are given and can be judged.
"""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from evals.metrics.selective import Floats, auroc, ece
from evals.records import RunFolder
from evals.scoring import ScoredQuestion, score_records
from tools.errors import InvalidInput
from tools.named_files import naming

FOLDS = 5
MIN_OF_EACH = 20
SEED = 13
REGULARISATION = 0.1
"""Inverse L2 strength: 0.1 is best on data sets left out of the fit, 1 on those in it."""

LEAST_SPREAD = 0.05
"""Least standard deviation. A feature that hardly varied, such as the support of quotations, would get a coefficient
of a hundred, and an answer in which it does vary no confidence at all."""

FEW = 300
"""With fewer answers than this, a fit on every feature overfits: on 232 of a model's answers the eleven features of
`OF_FEW` had an AUROC of .81 on a data set left out, all 37 together .75."""

OF_FEW = frozenset(
    """asks_yes_or_no chain_agrees chain_relevance chain_score cited_coverage concluded evidence_second
    expectation_met hesitates mean_logprob withheld""".split()  # noqa: SIM905
)

LEFT_OUT = frozenset({"support"})
"""Beyond the threshold the verifier's score says nothing: it even counted against an answer, since quotations of the
wrong sentence score highest."""

PROMISES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9)
MIN_PROMISED = 20
"""A promise must rest on at least this many answers."""


class Promise(BaseModel):
    """Above `threshold`, at most `error_rate` of the held-out answers were wrong; `error` is the measured rate,
    `coverage` the share of all answers above it."""

    model_config = ConfigDict(frozen=True)

    error_rate: float
    threshold: float
    error: float
    coverage: float


class Quality(BaseModel):
    model_config = ConfigDict(frozen=True)

    auroc: float | None
    ece: float | None
    n: int


class SecondChoice(BaseModel):
    """The shift of a quotation's log-odds when it replaces a model's own answer, fitted on `n` questions of which it
    answered `right`."""

    model_config = ConfigDict(frozen=True)

    shift: float
    n: int
    right: int


class Calibration(BaseModel):
    """Confidence = `1 / (1 + exp(-(intercept + Σ coefficient · feature)))`, with the features that the answer reports;
    a missing one counts 0.

    `auroc` and `ece` are cross-validated: over all answers, in `within` for each data set, in `transfer` for each data
    set when it was left out of the fit. Below `threshold` declining is better if a wrong answer costs what a right one
    earns; `promises` are thresholds for other error rates.
    """

    model_config = ConfigDict(frozen=True)

    mode: Literal["extractive", "model"]
    features: tuple[str, ...]
    coefficients: dict[str, float]
    intercept: float
    n: int
    right: int
    auroc: float | None
    ece: float | None
    threshold: float
    within: dict[str, Quality] = {}
    transfer: dict[str, Quality] = {}
    promises: tuple[Promise, ...] = ()
    second_choice: SecondChoice | None = None

    def confidence(self, features: dict[str, float]) -> float:
        """In 0–1."""
        score = self.intercept + sum(self.coefficients[name] * features.get(name, 0.0) for name in self.features)
        return float(1 / (1 + np.exp(-np.clip(score, -30, 30))))


def calibrate(
    run_dirs: Sequence[Path], *, mode: Literal["extractive", "model"], out: Path, features: Sequence[str] | None = None
) -> Calibration:
    """Fit on the judged answers of these runs, and write the JSON from which the confidence is loaded.

    `features` restricts the fit to these names. By default it uses all but `LEFT_OUT`, or `OF_FEW` if there are few
    answers. Raises InvalidInput when the runs hold too few right or wrong answers.
    """
    judged = [(folder.name, question) for folder in run_dirs for question in _judged(folder, mode)]
    # The answer to several questions at once has no features of its own.
    rows = [(name, found, bool(question.right)) for name, question in judged if (found := _features(question))]
    return fit_rows(rows, mode=mode, out=out, features=features)


Row = tuple[str, dict[str, float], bool]
"""Where an answer comes from (a run, a feedback file), its features, and whether it was right."""


def fit_rows(
    rows: Sequence[Row], *, mode: Literal["extractive", "model"], out: Path, features: Sequence[str] | None = None
) -> Calibration:
    """Like `calibrate`, for answers judged elsewhere, for example by people."""
    right = np.array([float(is_right) for _, _, is_right in rows])
    if min(right.sum(), len(right) - right.sum()) < MIN_OF_EACH:
        raise InvalidInput(
            f"There are {int(right.sum())} right and {int(len(right) - right.sum())} wrong {mode} answers in these "
            f"runs; a calibration needs {MIN_OF_EACH} of each."
        )
    names = _feature_names([found for _, found, _ in rows], features)
    values = np.array([[found.get(name, 0.0) for name in names] for _, found, _ in rows])
    origins = np.array([origin for origin, _, _ in rows])
    coefficients, intercept = fit(values, right)
    held_out = _cross_validated(values, right)
    calibration = Calibration(
        mode=mode,
        features=names,
        coefficients=dict(zip(names, coefficients.tolist(), strict=True)),
        intercept=intercept,
        n=len(right),
        right=int(right.sum()),
        auroc=auroc(held_out, right),
        ece=ece(held_out, right),
        threshold=best_threshold(held_out, right),
        within=_within(held_out, right, origins),
        transfer=_transfer(values, right, origins),
        promises=promises(held_out, right),
        second_choice=_shipped_second_choice() if mode == "model" else None,
    )
    write(calibration, out)
    return calibration


def _shipped_second_choice() -> SecondChoice | None:
    """The shift fitted on other data, for when these answers can't tell."""
    shipped = (files("graph.calibration") / "model.json").read_text(encoding="utf-8")
    return Calibration.model_validate_json(shipped).second_choice


def write(calibration: Calibration, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with naming(out):
        out.write_text(calibration.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _judged(folder: Path, mode: str) -> list[ScoredQuestion]:
    scored = score_records(RunFolder(folder).records())
    return [
        question
        for question in scored
        if question.right is not None and question.record.answer is not None and question.record.answer.mode == mode
    ]


def _features(question: ScoredQuestion) -> dict[str, float]:
    return question.record.answer.features if question.record.answer else {}


def _feature_names(rows: Sequence[dict[str, float]], wanted: Sequence[str] | None) -> tuple[str, ...]:
    known = sorted({name for found in rows for name in found})
    if wanted is None:
        told = [name for name in known if name not in LEFT_OUT]
        names = [name for name in told if len(rows) >= FEW or name in OF_FEW] or told
    elif missing := [name for name in wanted if name not in known]:
        raise InvalidInput(f"No answer in these runs has the feature {missing[0]!r}; there are {', '.join(known)}.")
    else:
        names = list(wanted)
    if not names:
        raise InvalidInput("The answers of these runs have no features to calibrate on.")
    return tuple(names)


def fit(values: Floats, right: Floats) -> tuple[Floats, float]:
    """Coefficients for the raw features, and the intercept. Features are standardised for the fit, so that L2 treats
    all alike.

    `values` has shape (n, features), `right` (n,) of 0 and 1.
    """
    from sklearn.linear_model import LogisticRegression

    centre, scale = values.mean(axis=0), np.maximum(values.std(axis=0), LEAST_SPREAD)
    model = LogisticRegression(C=REGULARISATION, max_iter=1_000).fit((values - centre) / scale, right)
    coefficients: Floats = model.coef_[0] / scale
    return coefficients, float(model.intercept_[0] - (coefficients * centre).sum())


def _predicted(values: Floats, coefficients: Floats, intercept: float) -> Floats:
    confidence: Floats = 1 / (1 + np.exp(-np.clip(values @ coefficients + intercept, -30, 30)))
    return confidence


def _cross_validated(values: Floats, right: Floats) -> Floats:
    """Each answer's confidence from a fit without it; shape (n,)."""
    from sklearn.model_selection import StratifiedKFold

    held_out = np.zeros(len(right))
    for seen, unseen in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(values, right):
        held_out[unseen] = _predicted(values[unseen], *fit(values[seen], right[seen]))
    return held_out


Names = NDArray[np.str_]


def _within(held_out: Floats, right: Floats, of: Names) -> dict[str, Quality]:
    """AUROC and ECE of the cross-validated confidence for each run's own answers."""
    return {
        str(run): Quality(
            auroc=auroc(held_out[of == run], right[of == run]),
            ece=ece(held_out[of == run], right[of == run]),
            n=int((of == run).sum()),
        )
        for run in np.unique(of)
    }


def promises(confidence: Floats, right: Floats) -> tuple[Promise, ...]:
    """For each error rate, the lowest threshold above which the rate holds at every higher threshold too.

    Thresholds with fewer than `MIN_PROMISED` answers above them are not considered; rates that can't be kept are left
    out.
    """
    order = np.argsort(-confidence, kind="stable")
    errors = np.cumsum(1 - right[order]) / np.arange(1, len(order) + 1)
    found = []
    for rate in PROMISES:
        kept = 0
        for count in range(MIN_PROMISED, len(order) + 1):
            tied = count < len(order) and confidence[order[count]] == confidence[order[count - 1]]
            if tied:
                continue
            if errors[count - 1] > rate:
                break
            kept = count
        if kept:
            found.append(
                Promise(
                    error_rate=rate,
                    threshold=0.0 if kept == len(order) else float(confidence[order[kept - 1]]),
                    error=float(errors[kept - 1]),
                    coverage=kept / len(order),
                )
            )
    return tuple(found)


def _transfer(values: Floats, right: Floats, of: Names) -> dict[str, Quality]:
    """AUROC and ECE for each run when it is left out of the fit; empty for a single run."""
    found = {}
    runs = [str(run) for run in np.unique(of)]
    for run in runs if len(runs) > 1 else ():
        seen, unseen = of != run, of == run
        if 0 < right[seen].sum() < seen.sum():
            confidence = _predicted(values[unseen], *fit(values[seen], right[seen]))
            quality = auroc(confidence, right[unseen]), ece(confidence, right[unseen])
            found[run] = Quality(auroc=quality[0], ece=quality[1], n=int(unseen.sum()))
    return found


def best_threshold(confidence: Floats, right: Floats) -> float:
    """The confidence at which to start answering: maximises right minus wrong answers, the lowest of equals."""
    candidates = np.unique(np.concatenate([[0.0], confidence]))
    gains = [(2 * right[confidence >= threshold] - 1).sum() for threshold in candidates]
    return float(candidates[int(np.argmax(gains))])
