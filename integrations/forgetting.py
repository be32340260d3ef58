"""All places of the whole product that remember people or sources, for the commands that erase and export."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from agent.audit.log import AuditLog
from agent.copies import MirroredCopies
from agent.erasure import StoredPassages
from agent.holders import Holder
from agent.memory import open_memory
from agent.places import open_lasting_places
from agent.settings import Settings
from evals.evaluation import RUNS_FOLDER
from evals.forgetting import KeptRuns
from integrations.slack.operations import holders_of
from tools.errors import StoreEmpty


@dataclass(frozen=True, slots=True)
class Places:
    """The places in the order in which they are asked: one that others are filled from comes first, so `documents`
    do."""

    documents: tuple[Holder, ...]
    holders: tuple[Holder, ...]
    audit_log: AuditLog


@asynccontextmanager
async def open_places(settings: Settings) -> AsyncIterator[Places]:
    """Open the places. The store is opened only to erase a source from it: to forget a person it need not be free."""

    async def erase_passages(source: str, tenant: str) -> int:
        from agent.opening import open_assistant

        # Erasing asks no model, so none needs to be set up rightly.
        plain = settings.model_copy(update={"model": None, "moderation": False})
        try:
            async with open_assistant(plain) as assistant:
                return await assistant.erase_passages(source, tenant)
        except StoreEmpty:
            return 0

    async with (
        open_memory(settings) as memory,
        open_lasting_places(settings) as lasting,
        holders_of(settings) as of_slack,
    ):
        documents = (MirroredCopies(settings), StoredPassages(erase_passages))
        runs = KeptRuns(settings.home / RUNS_FOLDER)
        yield Places(documents, (*lasting, *memory.holders, *of_slack, runs), memory.audit_log)
