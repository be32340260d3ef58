"""Confidence: the probability (0–1) that an answer is right, by logistic regression on named features.

The coefficients are data, fitted on recorded runs (by `python -m evals.fitting`, or on one data set by `hopline eval
DATASET --calibrate`) and shipped per mode in `graph/calibration/`. Features that a fit does not know count nothing.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from tools.errors import InvalidSetting


@dataclass(frozen=True, slots=True)
class Calibration:
    """`P(right) = 1 / (1 + exp(-(intercept + Σ coefficient · feature)))`; `thresholds` are (error rate, confidence from
    which on it held), measured on held-out questions."""

    coefficients: Mapping[str, float]
    intercept: float
    thresholds: tuple[tuple[float, float], ...] = ()
    second_choice: float = 0.0
    """By how much the log-odds of a quotation change where it stands in for a model's own answer that fell short."""

    def threshold_for(self, max_error_rate: float) -> float:
        """The least confidence at which no more than this share of answers was wrong on questions the fit had not seen.

        For a rate between two measured ones the stricter counts; 0 (answer always) from a rate of 1 on, and 1 minus the
        rate where nothing was measured, which keeps the promise as far as the confidence is calibrated.
        """
        if max_error_rate >= 1:
            return 0.0
        kept = [threshold for rate, threshold in self.thresholds if rate <= max_error_rate + 1e-9]
        return min(kept) if kept else 1 - max_error_rate

    def confidence(self, features: Mapping[str, float]) -> float:
        logit = self.intercept + sum(weight * features.get(name, 0.0) for name, weight in self.coefficients.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def shifted(confidence: float, shift: float) -> float:
    """The confidence after its log-odds have changed by `shift`."""
    odds = math.log(confidence / (1 - confidence)) if 0 < confidence < 1 else math.copysign(30.0, confidence - 0.5)
    return 1 / (1 + math.exp(-(odds + shift)))


def read_calibration(text: str, name: str) -> Calibration:
    """Read a fit as `evals.calibration` writes it; raises InvalidSetting naming the file."""
    try:
        fit = json.loads(text)
        coefficients = {str(key): float(value) for key, value in fit["coefficients"].items()}
        thresholds = tuple((float(point["error_rate"]), float(point["threshold"])) for point in fit.get("promises", ()))
        second_choice = float((fit.get("second_choice") or {}).get("shift", 0.0))
        return Calibration(coefficients, float(fit["intercept"]), thresholds, second_choice)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidSetting(
            f"{name} is not a calibration written by hopline eval --calibrate or python -m evals.fitting: {error}"
        ) from error


def shipped_calibration(mode: Literal["extractive", "model"] = "extractive") -> Calibration:
    resource = files("graph.calibration") / f"{mode}.json"
    return read_calibration(resource.read_text(encoding="utf-8"), resource.name)


def calibration_at(path: Path) -> Calibration:
    return read_calibration(path.read_text(encoding="utf-8"), str(path))
