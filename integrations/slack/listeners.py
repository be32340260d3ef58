"""What the app listens to. Everything is stored before Slack is told that it arrived: Bolt acknowledges an event as
soon as its middleware is through, so the storing is middleware and the listener behind it has nothing left to do.
"""

from collections.abc import Awaitable, Callable

from slack_bolt.app.async_app import AsyncApp

from integrations.slack import controls
from integrations.slack.intake import Intake
from integrations.slack.interactions import COMMAND, SHORTCUT, Interactions
from tools.ports import JsonObject

Next = Callable[[], Awaitable[object]]
Say = Callable[..., Awaitable[object]]

EVENTS = (
    "agent_session_stopped",
    "app_home_opened",
    "app_mention",
    "member_joined_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
)
"""The bot events of the manifest that the listeners below need."""


def listen(app: AsyncApp, intake: Intake, interactions: Interactions) -> None:
    _events(app, intake)
    _interactions(app, interactions)
    if app.oauth_flow is not None:
        app.enable_token_revocation_listeners()


def _events(app: AsyncApp, intake: Intake) -> None:
    for name, store in (
        ("app_mention", intake.message),
        ("message", intake.message),
        ("agent_session_stopped", intake.stopped),
        ("member_joined_channel", intake.joined),
    ):
        app.event(name, middleware=[_stored(store)])(_done)

    async def opened(body: JsonObject) -> None:
        await intake.opened(body)

    app.event("app_home_opened")(opened)


def _stored(store: Callable[[JsonObject], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def middleware(body: JsonObject, next: Next) -> None:
        await store(body)
        await next()

    return middleware


async def _done() -> None:
    """The middleware has done it."""


def _interactions(app: AsyncApp, interactions: Interactions) -> None:
    async def command(body: JsonObject, ack: Say) -> None:
        await interactions.command(body, ack)

    async def shortcut(body: JsonObject, ack: Say, respond: Say) -> None:
        await interactions.shortcut(body, ack, respond)

    async def judged(body: JsonObject, ack: Say, respond: Say) -> None:
        await interactions.judged(body, ack, respond)

    async def further(body: JsonObject, ack: Say, respond: Say) -> None:
        await interactions.further(body, ack, respond)

    async def person(body: JsonObject, ack: Say, respond: Say) -> None:
        await interactions.person(body, ack, respond)

    async def explained(body: JsonObject, ack: Say) -> None:
        await interactions.explained(body, ack)

    app.command(COMMAND)(command)
    app.message_shortcut(SHORTCUT)(shortcut)
    app.action(controls.FEEDBACK)(judged)
    app.action(controls.FURTHER)(further)
    app.action(controls.PERSON)(person)
    app.view(controls.REASONS_VIEW)(explained)
