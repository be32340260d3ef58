"""HTTP mode: Slack posts to `/slack/events` (Bolt checks signatures and their age), `/health` says how the queue is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp

from agent.masking import masked
from integrations.health import Counts
from integrations.listening import listening
from tools.errors import HoplineError

EVENTS_PATH, HEALTH_PATH = "/slack/events", "/health"


@asynccontextmanager
async def serving(app: AsyncApp, counts: Counts, host: str, port: int) -> AsyncIterator[str]:
    """Listening on entry; yields the address. `counts` are the jobs by state, or it raises why there are none.

    Raises InvalidSetting when the port is taken.
    """
    routes = _routes(app, counts)
    async with listening(routes, host, port, setting="HOPLINE_SLACK_PORT", grace_seconds=5.0) as address:
        yield address


def _routes(app: AsyncApp, counts: Counts) -> web.Application:
    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    async def health(request: web.Request) -> web.Response:
        try:
            jobs = await counts()
        except HoplineError as error:
            return web.json_response({"ok": False, "problem": masked(str(error))}, status=503)
        return web.json_response({"ok": True, "jobs": dict(jobs)})

    application = web.Application()
    application.router.add_post(EVENTS_PATH, events)
    application.router.add_get(HEALTH_PATH, health)
    flow = app.oauth_flow
    if flow is not None:

        async def install(request: web.Request) -> web.Response:
            return await to_aiohttp_response(await flow.handle_installation(await to_bolt_request(request)))

        async def installed(request: web.Request) -> web.Response:
            return await to_aiohttp_response(await flow.handle_callback(await to_bolt_request(request)))

        application.router.add_get(flow.install_path, install)
        application.router.add_get(flow.redirect_uri_path, installed)
    return application
