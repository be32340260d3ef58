"""`hopline ask`: one question, one answer."""

import asyncio
import logging
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import (
    Groups,
    Json,
    Question,
    Tenant,
    parsed_question,
    parsed_reader,
    say_nothing_readable,
)
from integrations.cli.output import print_json, stdout_console
from integrations.cli.session import say_mode, start
from tools.errors import PermanentError, TransientError

if TYPE_CHECKING:
    from agent import Assistant
    from agent.answers import Answer
    from agent.settings import Settings
    from tools.passages import Reader

FAILED = 1

Conversation = Annotated[
    str | None,
    typer.Option(
        "--conversation", metavar="ID", help="Remember the question under ID, so that later ones can refer to it."
    ),
]


def ask(
    question: Question,
    groups: Groups = None,
    tenant: Tenant = None,
    conversation: Conversation = None,
    stream: Annotated[
        bool, typer.Option("--stream/--no-stream", help="Show the answer while it is being written (on a terminal).")
    ] = True,
    as_json: Json = False,
) -> int:
    """Answer one question from the documents, with citations.

    Example: `hopline ask "Who do I call when a gateway shows E31?" --groups support`
    """
    settings = start()
    reader = parsed_reader(groups, tenant, settings)
    text = parsed_question(question, settings)
    say_mode(settings, as_json=as_json)
    live = stream and not as_json and sys.stdout.isatty()
    try:
        answer = asyncio.run(_answered(settings, text, reader, conversation, live=live))
    except (TransientError, PermanentError) as error:
        if not as_json:
            raise
        logging.getLogger("hopline").debug("the question failed", exc_info=error)
        from agent.answers import failed_answer

        # The contract's shape holds for a question that failed, too; `error` says what kind of failure it was.
        failed = failed_answer(text, error).model_dump(mode="json")
        print_json({**failed, "error": {"type": type(error).__name__, "message": str(error)}})
        return FAILED
    if as_json:
        print_json(answer)
    else:
        from integrations.cli.answer_view import print_answer

        print_answer(answer, stdout_console())
        if answer.hops and not any(hop.passage_ids for hop in answer.hops):
            say_nothing_readable(reader)
    return 1 if answer.status == "failed" else 0


async def _answered(
    settings: "Settings", question: str, reader: "Reader", conversation: str | None, *, live: bool
) -> "Answer":
    from agent import open_assistant

    async with open_assistant(settings) as assistant:
        return await answered(assistant, question, reader, conversation, live=live)


async def answered(
    assistant: "Assistant", question: str, reader: "Reader", conversation: str | None, *, live: bool
) -> "Answer":
    """The answer; with `live`, what happens meanwhile is shown on the terminal."""
    if not live:
        return await assistant.ask(question, reader=reader, conversation=conversation)
    from integrations.cli.progress_view import shown

    return await shown(assistant.stream(question, reader=reader, conversation=conversation), stdout_console())
