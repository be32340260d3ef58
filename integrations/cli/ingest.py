"""`hopline ingest`: documents into the store."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import Json, Tenant, parsed_groups, parsed_tenant
from integrations.cli.output import print_json, stdout_console
from integrations.cli.session import start

if TYPE_CHECKING:
    from agent.settings import Settings
    from tools.ingestion import IngestReport

Paths = Annotated[list[str], typer.Argument(metavar="PATH…", help="Files, folders, or a corpus.jsonl.")]
AllowedGroups = Annotated[
    str | None,
    typer.Option("--groups", metavar="A,B", help="Only these groups may read the documents; default: as they say."),
]


def ingest(paths: Paths, groups: AllowedGroups = None, tenant: Tenant = None, as_json: Json = False) -> int:
    """Read documents into the store; unchanged ones cost nothing, deleted ones disappear.

    Example: `hopline ingest handbook/ minutes.pdf --groups finance,support`
    """
    allowed = parsed_groups(groups) or None
    of_tenant = parsed_tenant(tenant)
    settings = start()
    return 0
