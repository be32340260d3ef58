"""The result of an evaluation: the JSON contract of `hopline eval --json`, and some more."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Metrics = dict[str, float]
Test = Literal["paired bootstrap", "McNemar"]


class Result(BaseModel):
    model_config = ConfigDict(frozen=True)


class Difference(Result):
    """`after` minus `before` over the questions both runs asked, with its 95 % interval and two-sided p-value."""

    before: float
    after: float
    difference: float
    interval: tuple[float, float] | None
    p_value: float | None
    test: Test
    n: int


class ChangedQuestion(Result):
    """A question whose outcome differs. `before` and `after` are the values of the compared metric."""

    id: str
    question: str
    metric: str
    before: float
    after: float
    answer_before: str
    answer_after: str


class Comparison(Result):
    """`changed_settings` names everything that differs between the runs; with several, the cause can't be told."""

    run_before: str
    run_after: str
    n: int
    metrics: dict[str, Difference]
    changed: tuple[ChangedQuestion, ...] = ()
    changed_settings: tuple[str, ...] = ()


class GateFailure(Result):
    """A metric outside its baseline's interval; `value` is None if it is no longer measured."""

    metric: str
    baseline: float
    bound: float
    value: float | None

    @property
    def sentence(self) -> str:
        if self.value is None:
            return f"{self.metric} is in the baseline ({self.baseline:.4f}) and is no longer measured."
        return f"{self.metric} is {self.value:.4f}; the baseline is {self.baseline:.4f} and allows {self.bound:.4f}."


class StoppingPoint(Result):
    """One way of deciding when to stop, with what it found and cost: means over questions, and the median latency."""

    name: str = Field(description="always 1, always 2, …, rule, oracle")
    recall: float = Field(description="Recall@5")
    interval: tuple[float, float]
    hops_mean: float
    store_requests_mean: float
    model_calls_mean: float
    latency_ms_p50: float


class StoppingCurve(Result):
    """The differences are the rule's Recall@5 minus the other's, paired by question."""

    n: int
    points: tuple[StoppingPoint, ...]
    rule_against_longest: Difference | None
    rule_against_oracle: Difference | None


class Disagreement(Result):
    """An answer on which judge and reference differ, to be read by a person."""

    id: str
    question: str
    grade: str
    reason: str
    reference: Literal["right", "wrong"]


class JudgeResult(Result):
    """Grades by a model (correct 1, partly ½, wrong 0) over answers to questions with gold answers.

    `agreement` is the share of answers on which the judge's "correct" and the reference's "right" coincide, `kappa` the
    agreement beyond chance. `prompt` is the SHA-256 of the judge's instructions.
    """

    model: str
    prompt: str
    n: int
    ungraded: int = Field(description="Answers that the judge could not be brought to grade")
    grades: dict[str, int]
    score: float
    interval: tuple[float, float] | None
    agreement: float | None
    kappa: float | None
    kappa_interval: tuple[float, float] | None
    tokens: int
    disagreements: tuple[Disagreement, ...] = ()


class GotThrough(Result):
    """An attack that worked; `faults` are sentences."""

    id: str
    faults: tuple[str, ...]


class RedTeamResult(Result):
    """The attacks of `python -m evals.redteam` in one mode: by the rules alone (extractive), with a model that obeys
    every attack (adversary), or with the configured one (live). `passed` had no effect; `by_kind` has passed and n."""

    mode: Literal["extractive", "adversary", "live"]
    model: str
    n: int
    untried: int
    passed: int
    pass_rate: float
    interval: tuple[float, float]
    by_kind: dict[str, tuple[int, int]]
    failures: tuple[GotThrough, ...] = ()
    model_calls: int
    tried_at: str


class EvalResult(Result):
    """Shares are in 0–1, latencies in milliseconds. A metric that does not apply is absent."""

    dataset: str
    n: int
    metrics: Metrics
    by_type: dict[str, Metrics]
    by_hops: dict[str, Metrics]
    run_dir: str
    intervals: dict[str, tuple[float, float]] = Field(default_factory=dict)
    intervals_by_type: dict[str, dict[str, tuple[float, float]]] = Field(default_factory=dict)
    intervals_by_hops: dict[str, dict[str, tuple[float, float]]] = Field(default_factory=dict)
    failed: int = Field(0, description="Questions that ended in an error; they count as wrong")
    latency_by_node: dict[str, Metrics] = Field(default_factory=dict)
    misses: dict[str, int] = Field(default_factory=dict, description="Which node lost the misses")
    notes: tuple[str, ...] = ()
    report: str | None = Field(None, description="Path of the HTML report")
    comparison: Comparison | None = None
    stopping: StoppingCurve | None = Field(None, description="Recall against hops, when --stopping asked for it")
    judge: JudgeResult | None = Field(None, description="Grades by a model, when --judge asked for them")
    redteam: tuple[RedTeamResult, ...] = Field((), description="By mode, when its verdicts are in or next to the run")
    calibration: str | None = Field(None, description="Path of the calibration that was fitted")
    gate_failures: tuple[GateFailure, ...] | None = Field(None, description="None when no gate was asked for")

    @property
    def passed(self) -> bool:
        return not self.gate_failures


class ClaimsResult(Result):
    """The JSON of `hopline eval-claims`."""

    dataset: str
    n: int
    metrics: Metrics
    latency_ms_p50: float
    intervals: dict[str, tuple[float, float]] = Field(default_factory=dict)
    verifier: str = ""
