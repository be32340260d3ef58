"""The Slack app: events in over Socket Mode or HTTP, stored, acknowledged, and answered from the queue."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp

from agent.serving.pauses import settled_in
from agent.settings import Settings
from integrations.health import Counts, serving_health
from integrations.slack.answering import Answerer, Answering
from integrations.slack.channels import ChannelRules
from integrations.slack.groups import NO_GROUPS, Groups
from integrations.slack.intake import Intake
from integrations.slack.interactions import Interactions, People
from integrations.slack.listeners import listen
from integrations.slack.oauth import bolt_for_several, tenants_of
from integrations.slack.operations import open_database_of
from integrations.slack.questions import Identity
from integrations.slack.rights import Rights, read_rules
from integrations.slack.server import serving
from integrations.slack.storage.feedback import Feedback
from integrations.slack.storage.installations import Installations
from integrations.slack.storage.limits import Limits
from integrations.slack.storage.queue import Queue
from integrations.slack.timing import Timing
from integrations.slack.tokens import examine, required_scopes
from integrations.slack.worker import Worker
from integrations.slack.workspaces import InstalledWorkspaces, OneWorkspace, Workspace, Workspaces, connections
from tools.database.tables import Database
from tools.errors import HoplineError, InvalidSetting, TransientError

_PRUNE_SECONDS = 86_400.0

log = logging.getLogger("hopline.slack")


@dataclass(frozen=True, slots=True)
class Door:
    """The running app; `counts` are its jobs by state, `address` is where it listens in http mode."""

    queue: Queue
    worker: Worker
    counts: Counts
    address: str = ""


def run(settings: Settings) -> None:
    """Answer in Slack until SIGINT or SIGTERM. Raises InvalidSetting when a token is missing or refused."""
    asyncio.run(_run_until_stopped(settings))


async def _run_until_stopped(settings: Settings) -> None:
    from agent import open_assistant

    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await identified(settings)  # before the models are loaded: a wrong token shows within a second
    groups, channels = await asyncio.to_thread(read_rules, settings)
    async with (
        open_assistant(settings) as assistant,
        connected(settings, assistant, groups=groups, channels=channels) as door,
        serving_health(assistant, queue=door.counts),
    ):
        await asyncio.to_thread(settled_in)
        log.info("connected to Slack")
        await stopped.wait()


@asynccontextmanager
async def connected(
    settings: Settings,
    assistant: Answerer,
    *,
    groups: Groups = NO_GROUPS,
    channels: ChannelRules | None = None,
    timing: Timing | None = None,
    database: Database | None = None,
) -> AsyncIterator[Door]:
    """The door, connected while the block runs. On exit no more events come in, and running answers have ended or wait
    in the queue for the next start. `database` replaces the one that the settings name."""
    timing, rules = timing or Timing(), channels or ChannelRules()
    async with AsyncExitStack() as closing:
        kept = await asyncio.to_thread(open_database_of, settings) if database is None else database
        closing.push_async_callback(kept.close)
        session = await closing.enter_async_context(connections(timing.call))
        app, workspaces = await _opened(settings, kept, session)
        queue = Queue(kept)
        await queue.prune(settings.slack_retention_days)
        rights = Rights(groups, rules, timing)
        people = People(settings.slack_people_channel, settings.slack_people_group)
        answering = Answering(assistant, rights, timing, people=people.name)
        worker = Worker(queue, answering, workspaces, timing, at_once=settings.slack_at_once)
        intake = Intake(queue, worker, workspaces, rights, rules, limits_of(settings))
        listen(app, intake, Interactions(intake, Feedback(kept), people))
        working = asyncio.create_task(worker.run())
        working.add_done_callback(_report)
        counts = partial(_counted, queue, working)
        pruning = asyncio.create_task(_pruned_daily(queue, settings.slack_retention_days))
        closing.push_async_callback(_ended, working, pruning)
        closing.push_async_callback(worker.drain)
        address = await closing.enter_async_context(_listening(settings, app, counts))
        yield Door(queue, worker, counts, address)


def limits_of(settings: Settings) -> Limits:
    return Limits(
        user_per_minute=settings.slack_user_per_minute,
        user_per_day=settings.slack_user_per_day,
        channel_per_minute=settings.slack_channel_per_minute,
        channel_per_day=settings.slack_channel_per_day,
    )


async def identified(settings: Settings) -> Identity | None:
    """Who the app is, None with several workspaces. Raises InvalidSetting naming what is missing or refused."""
    findings, identity = await examine(settings)
    failed = [finding for finding in findings if finding.level == "failed"]
    if failed:
        raise InvalidSetting(" ".join(f"{finding.name}: {finding.detail}" for finding in failed))
    for finding in findings:
        if finding.level == "warning":
            log.warning("Slack %s: %s", finding.name, finding.detail)
    return identity


async def _opened(
    settings: Settings, database: Database, session: aiohttp.ClientSession
) -> tuple[AsyncApp, Workspaces]:
    base_url = f"{settings.slack_api_url.rstrip('/')}/"
    identity = await identified(settings)
    secret = settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else None
    if identity is None:
        tenants: Mapping[str, str] = tenants_of(settings)
        installations = Installations(database, tenants)
        return (
            bolt_for_several(settings, installations, base_url, await asyncio.to_thread(required_scopes)),
            InstalledWorkspaces(installations, tenants, base_url, session),
        )
    assert settings.slack_bot_token
    token = settings.slack_bot_token.get_secret_value()
    workspace = Workspace.opened(identity, settings.tenant, token, base_url, session)
    app = AsyncApp(token=token, signing_secret=secret, name="hopline", logger=log)
    app.client.base_url = base_url
    return app, OneWorkspace(workspace)


@asynccontextmanager
async def _listening(settings: Settings, app: AsyncApp, counts: Counts) -> AsyncIterator[str]:
    if settings.slack_mode == "http":
        async with serving(app, counts, settings.slack_host, settings.slack_port) as address:
            yield address
        return
    assert settings.slack_app_token
    handler = AsyncSocketModeHandler(app, settings.slack_app_token.get_secret_value(), logger=log)
    try:
        await handler.connect_async()  # type: ignore[no-untyped-call]
        yield ""
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


async def _pruned_daily(queue: Queue, keep_days: float) -> None:
    while True:
        await asyncio.sleep(_PRUNE_SECONDS)
        try:
            await queue.prune(keep_days)
        except HoplineError as error:
            log.warning("old questions could not be forgotten: %s", error)


async def _counted(queue: Queue, working: "asyncio.Task[None]") -> Mapping[str, int]:
    """Raises TransientError once the worker has ended: then questions are taken and nobody answers them."""
    if working.done():
        raise TransientError("the worker has ended, so nothing is answered any more: restart hopline slack")
    return await queue.counts()


def _report(working: "asyncio.Task[None]") -> None:
    if not working.cancelled() and (error := working.exception()):
        log.critical("nothing is answered any more: restart hopline slack", exc_info=error)


async def _ended(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
