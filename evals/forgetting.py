"""Erases sources and users from evaluation runs: from their records, and from what was made of these."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from agent.holders import is_below
from evals.evaluation import RESULT_FILE
from evals.judge import JUDGEMENTS_FILE
from evals.records import MANIFEST_FILE, RECORDS_FILE, RunFolder, complete_rows, open_rows
from evals.report import REPORT_FILE
from evals.stopping import STOPPING_FILE
from evals.tape import TRAFFIC_FILE

_MADE_OF_RECORDS = (RESULT_FILE, REPORT_FILE, JUDGEMENTS_FILE, STOPPING_FILE, TRAFFIC_FILE)
Row = Mapping[str, Any]


class KeptRuns:
    """The run folders below a home; a `Holder`.

    A run that loses a record also loses its report, judgements and recorded traffic, which may quote what is to be
    forgotten. `hopline eval --out` makes them anew. Folders elsewhere, given by `--out`, are the operator's own
    business.
    """

    name = "records of evaluation runs"

    def __init__(self, runs: Path) -> None:
        self._runs = runs

    async def erase_user(self, user: str) -> int:
        return await asyncio.to_thread(self._erase, lambda row: _is_of(row, user), None)

    async def erase_source(self, source: str, tenant: str) -> int:
        return await asyncio.to_thread(self._erase, lambda row: _draws_on(row, source), tenant)

    async def export_user(self, user: str) -> AsyncIterator[dict[str, Any]]:
        for folder, row in await asyncio.to_thread(self._rows_of, user):
            yield {
                "run": folder,
                "at": row.get("asked_at"),
                "question": row.get("question"),
                "answer": row.get("answer"),
            }

    def _folders(self) -> Iterator[Path]:
        return (file.parent for file in sorted(self._runs.glob(f"*/{MANIFEST_FILE}")))

    def _rows_of(self, user: str) -> list[tuple[str, Row]]:
        rows = (
            (folder, json.loads(line)) for folder in self._folders() for line in complete_rows(folder / RECORDS_FILE)
        )
        return [(folder.name, row) for folder, row in rows if _is_of(row, user)]

    def _erase(self, concerns: Callable[[Row], bool], tenant: str | None) -> int:
        """Raises InvalidInput for a run in progress, since its folder belongs to another process."""
        return sum(
            _without(folder, concerns)
            for folder in self._folders()
            if tenant is None or RunFolder(folder).manifest.settings.get("tenant") == tenant
        )


def _without(folder: Path, concerns: Callable[[Row], bool]) -> int:
    path = folder / RECORDS_FILE
    lines = complete_rows(path)
    kept = [line for line in lines if not concerns(json.loads(line))]
    if len(kept) == len(lines):
        return 0
    writer = open_rows(path)
    try:
        lines = complete_rows(path)
        kept = [line for line in lines if not concerns(json.loads(line))]
        for name in _MADE_OF_RECORDS:
            (folder / name).unlink(missing_ok=True)
        writer.replace_all(kept)
    finally:
        writer.close()
    return len(lines) - len(kept)


def _draws_on(row: Row, source: str) -> bool:
    answer, search = row.get("answer") or {}, row.get("search") or {}
    used = [*answer.get("citations", ()), *answer.get("ranking", ()), *search.get("results", ())]
    return any(is_below(str(place.get("source")), source) for place in used)


def _is_of(row: Row, user: str) -> bool:
    """Questions carry no reader, except those that `hopline slack --export-feedback` exported: their ids end in the
    user who judged them (`slack-7-U1`)."""
    id_ = str((row.get("question") or {}).get("id", ""))
    return user.startswith("slack:") and id_.startswith("slack-") and id_.rpartition("-")[2] == user.rpartition(":")[2]
