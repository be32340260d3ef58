"""The run folder: what was asked, and every answer, stored so that a killed run can continue.

`manifest.json` describes the run. `records.jsonl` has one row for each question, flushed to the disk before the next
one is counted. A question that failed is asked again, and its later row counts.
"""

import fcntl
import json
import os
from collections.abc import Mapping, Sequence
from io import FileIO
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.answers import Answer, SearchReport
from evals.datasets.questions import Question
from evals.manifest import Manifest
from evals.metrics.citations import CitedStatement
from tools.errors import InvalidInput, StorageFull
from tools.named_files import naming

MANIFEST_FILE = "manifest.json"
RECORDS_FILE = "records.jsonl"


class Record(BaseModel):
    """One question and its outcome.

    `search` is set in a retrieval-only run, and if the answer lacks its ranking; `statements` if citations were
    verified again. `draft` is the text before validation, for the diagnosis. `manifest` is the run's fingerprint.
    `made_with` holds settings, versions and prompt digests, so that a row still says how it was made when taken out of
    its folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: Question
    answer: Answer | None = None
    search: SearchReport | None = None
    statements: tuple[CitedStatement, ...] | None = None
    draft: str = ""
    not_in_store: tuple[str, ...] = ()
    error: str | None = None
    asked_at: str
    elapsed_ms: float
    manifest: str
    made_with: dict[str, dict[str, object]] = {}


class RunFolder:
    """One run on disk. Raises InvalidInput if the folder belongs to another run or another process writes to it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def manifest(self) -> Manifest:
        file = self.path / MANIFEST_FILE
        try:
            return Manifest.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            raise InvalidInput(f"{self.path}: not a run folder, since it has no {MANIFEST_FILE}.") from None
        except ValidationError as error:
            raise InvalidInput(f"{file}: not a manifest ({error.errors()[0]['msg']}).") from None

    @property
    def exists(self) -> bool:
        return (self.path / MANIFEST_FILE).is_file()

    def claim(self, manifest: Manifest) -> None:
        """Make the folder this run's own, or check that it is already."""
        if self.exists:
            kept = self.manifest
            changed = [*kept.differences(manifest), *(["replay"] if kept.replay != manifest.replay else [])]
            if changed:
                raise InvalidInput(
                    f"{self.path}: this folder holds a run with other {', '.join(changed)}; choose another one."
                )
            return
        self.path.mkdir(parents=True, exist_ok=True)
        draft = self.path / f"{MANIFEST_FILE}.draft"
        with naming(draft), draft.open("w", encoding="utf-8") as file:
            file.write(manifest.model_dump_json(indent=2))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path / MANIFEST_FILE)

    def open_writer(self) -> "RecordWriter":
        """Exclusive access to the records until closed. A last row that was cut off by a kill is removed first."""
        return RecordWriter(open_rows(self.path / RECORDS_FILE))

    def records(self) -> list[Record]:
        """The last row of each question, in the order first asked. A last row that was cut off is ignored."""
        latest: dict[str, Record] = {}
        for number, line in enumerate(complete_rows(self.path / RECORDS_FILE), start=1):
            try:
                record = Record.model_validate_json(line)
            except ValidationError as error:
                place = f"{self.path / RECORDS_FILE}:{number}"
                raise InvalidInput(f"{place}: not a record ({error.errors()[0]['msg']}).") from None
            latest[record.question.id] = record
        return list(latest.values())

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        with naming(path):
            path.write_text(text, encoding="utf-8")
        return path


class RecordWriter:
    """Appends to a run's records. Its methods block; call them in a thread."""

    def __init__(self, rows: "RowWriter") -> None:
        self._rows = rows

    def append(self, record: Record) -> None:
        """Add one row; it is on the disk when this returns. Raises StorageFull."""
        self._rows.append_rows([record.model_dump(mode="json")])

    def close(self) -> None:
        self._rows.close()


class RowWriter:
    """Appends rows to a JSONL file, to which it has exclusive access until closed. Its methods block."""

    def __init__(self, file: FileIO, path: Path) -> None:
        self._file, self._path = file, path

    def append_rows(self, rows: Sequence[Mapping[str, object]]) -> None:
        """Add all rows or none; they are on the disk when this returns. Raises StorageFull."""
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        start = os.fstat(self._file.fileno()).st_size
        try:
            _write_all(self._file, text.encode("utf-8", errors="replace"))
            os.fsync(self._file.fileno())
        except OSError as error:
            os.ftruncate(self._file.fileno(), start)
            raise StorageFull(f"{self._path}: can't be written to any more ({error.strerror}).") from error

    def replace_all(self, lines: Sequence[bytes]) -> None:
        """Replace the file's content by these lines; they are on the disk when this returns."""
        os.ftruncate(self._file.fileno(), 0)
        _write_all(self._file, b"".join(line + b"\n" for line in lines))
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def open_rows(path: Path) -> RowWriter:
    """Exclusive access to a JSONL file. A last row that was cut off by a kill is removed first. Raises InvalidInput."""
    file = path.open("ab+", buffering=0)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise InvalidInput(f"{path.parent}: another process is writing to this run; wait for it or stop it.") from None
    _drop_cut_row(file.fileno())
    return RowWriter(file, path)


def complete_rows(path: Path) -> Sequence[bytes]:
    """The lines of the file, without a last one that was cut off; empty if there is no file."""
    return path.read_bytes().split(b"\n")[:-1] if path.is_file() else []


def _write_all(file: FileIO, data: bytes) -> None:
    while data:
        data = data[file.write(data) :]


def _drop_cut_row(descriptor: int) -> None:
    data = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    if data and not data.endswith(b"\n"):
        os.ftruncate(descriptor, data.rfind(b"\n") + 1)
        os.fsync(descriptor)
