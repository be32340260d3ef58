"""What a run was made with, so that numbers are compared only if one thing differs."""

import hashlib
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata, resources

from pydantic import BaseModel, ConfigDict

from agent.settings import Settings
from evals.datasets.questions import Dataset, Question

DISTRIBUTIONS = (
    "hopline",
    "flashrank",
    "langchain-openai",
    "langgraph",
    "milvus-lite",
    "numpy",
    "onnxruntime",
    "pymilvus",
    "sentence-transformers",
    "torch",
)
_TOLD = ": latencies are not those of a live run."
# Settings that change no answer: where things are kept, and who grades the answers afterwards.
_ELSEWHERE = frozenset(
    {
        *("home", "collection", "log_level", "judge_model", "judge_base_url", "judge_api_key"),
        *("audit", "audit_retention_days", "audit_key", "access_file"),
    }
)
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


class DatasetIdentity(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    corpus_digest: str
    questions_digest: str
    questions: int


class Manifest(BaseModel):
    """`settings` are exact, with secrets masked. `prompts`, `calibrations` and `models` (those shipped with Hopline)
    map files to their SHA-256. `replay` is the run whose traffic was played back."""

    model_config = ConfigDict(frozen=True)

    dataset: DatasetIdentity
    retrieval_only: bool
    k: int
    settings: dict[str, object]
    versions: dict[str, str]
    prompts: dict[str, str]
    calibrations: dict[str, str] = {}
    models: dict[str, str] = {}
    replay: str | None = None
    notes: tuple[str, ...] = ()
    started_at: str
    machine: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 of everything that can change an answer."""
        content = self.model_dump_json(exclude={"notes", "started_at", "machine"})
        return hashlib.sha256(content.encode()).hexdigest()

    @property
    def made_with(self) -> dict[str, dict[str, object]]:
        """The part that every record repeats."""
        return {"settings": self.settings, "versions": {**self.versions}, "prompts": {**self.prompts}}

    @property
    def max_hops(self) -> int:
        return int(str(self.settings["max_hops"]))

    @property
    def top_k(self) -> int:
        return int(str(self.settings["top_k"]))

    def differences(self, other: "Manifest") -> list[str]:
        """What differs between two runs, named so that a person knows where to look."""
        changed = [name for name in ("dataset", "retrieval_only", "k") if getattr(self, name) != getattr(other, name)]
        for name in ("settings", "versions", "prompts", "calibrations", "models"):
            ours, theirs = getattr(self, name), getattr(other, name)
            changed += [f"{name} ({key})" for key in sorted(ours.keys() | theirs) if ours.get(key) != theirs.get(key)]
        return changed


def describe_run(
    dataset: Dataset,
    questions: Sequence[Question],
    settings: Settings,
    *,
    retrieval_only: bool,
    k: int,
    replay: str | None = None,
) -> Manifest:
    return Manifest(
        dataset=DatasetIdentity(
            name=dataset.name,
            corpus_digest=dataset.corpus_digest,
            questions_digest=hashlib.sha256(repr(questions).encode()).hexdigest(),
            questions=len(questions),
        ),
        retrieval_only=retrieval_only,
        k=k,
        settings=_masked(settings),
        versions=_versions(),
        prompts=prompt_digests(),
        calibrations=_hashes("graph.calibration", ".json"),
        models={
            f"{package}/{name}": digest
            for package in ("tools.verifiers.artefact", "tools.answer_checkers.artefact")
            for name, digest in _hashes(package, ".onnx").items()
        },
        replay=replay,
        notes=dataset.notes if replay is None else (*dataset.notes, f"Traffic of {replay} was played back{_TOLD}"),
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=f"{platform.system()} {platform.machine()}",
    )


def prompt_digests() -> dict[str, str]:
    """SHA-256 of each of the graph's prompts, by file name."""
    return _hashes("graph.prompts", ".md")


def _masked(settings: Settings) -> dict[str, object]:
    """pydantic prints secrets as asterisks; credentials inside a URL are removed here."""
    values = settings.model_dump(mode="json")
    return {
        name: _CREDENTIALS.sub("***@", value) if isinstance(value, str) else value
        for name, value in values.items()
        if name not in _ELSEWHERE and not name.startswith("slack_")
    }


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for name in DISTRIBUTIONS:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _hashes(package: str, ending: str) -> dict[str, str]:
    files = [entry for entry in resources.files(package).iterdir() if entry.name.endswith(ending)]
    return {entry.name: hashlib.sha256(entry.read_bytes()).hexdigest() for entry in sorted(files, key=lambda e: e.name)}
