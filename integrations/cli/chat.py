"""`hopline chat`: a conversation, one prompt after the other."""

import asyncio
import sys
import uuid
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.ask import FAILED, Conversation, answered
from integrations.cli.options import Groups, Tenant, parsed_reader, text_argument
from integrations.cli.output import note, print_error, print_json, stdout_console
from integrations.cli.session import say_mode, start
from integrations.cli.stopping import was_terminated
from tools.errors import HoplineError

if TYPE_CHECKING:
    from agent import Assistant
    from agent.answers import Answer
    from agent.settings import Settings
    from tools.passages import Reader

AsJson = Annotated[bool, typer.Option("--json", help="Print each answer as one JSON object and nothing else.")]
PROMPT = "you> "
HELP = "/new starts another conversation, /quit leaves"


def chat(
    groups: Groups = None, tenant: Tenant = None, conversation: Conversation = None, as_json: AsJson = False
) -> int:
    """Ask one question after another; each may refer to the last. /new starts over, /quit leaves.

    The exit status is 1 if a question failed.

    Example: `hopline chat --groups finance --conversation refunds`
    """
    settings = start()
    reader = parsed_reader(groups, tenant, settings)
    identity = text_argument(conversation, "--conversation") if conversation else new_conversation()
    say_mode(settings, as_json=as_json)
    with asyncio.Runner() as runner:
        return _Chat(runner, settings, reader, identity, as_json=as_json).run()


def new_conversation() -> str:
    return f"cli-{uuid.uuid4().hex[:12]}"


class _Chat:
    """The prompt is read between runs of the event loop, so that Ctrl-C always has someone to go to."""

    def __init__(
        self, runner: asyncio.Runner, settings: "Settings", reader: "Reader", conversation: str, *, as_json: bool
    ) -> None:
        self._runner = runner
        self._settings = settings
        self._reader = reader
        self._conversation = conversation
        self._as_json = as_json
        self._status = 0

    def run(self) -> int:
        from agent import open_assistant

        stack = AsyncExitStack()
        assistant = self._runner.run(stack.enter_async_context(open_assistant(self._settings)))
        try:
            if not self._as_json:
                note(f"conversation {self._conversation} · {HELP}")
            while (line := self._read()) != "/quit":
                if line == "/new":
                    self._conversation = new_conversation()
                    note(f"conversation {self._conversation}")
                elif line:
                    self._answer(assistant, line)
        finally:
            self._runner.run(stack.aclose())
        return self._status

    def _read(self) -> str:
        """The next line, `/quit` at the end of input; typed lines can be edited and recalled."""
        if not sys.stdin.isatty():
            line = sys.stdin.readline()
            return line.strip() if line else "/quit"
        import readline  # noqa: F401 - importing it is what gives input() its editing

        try:
            return input("" if self._as_json else PROMPT).strip()
        except EOFError:
            return "/quit"

    def _answer(self, assistant: "Assistant", question: str) -> None:
        """One question; what goes wrong with it is said, and the conversation goes on."""
        live = sys.stdout.isatty() and not self._as_json
        try:
            asked = text_argument(question, "the question")
            answer = self._runner.run(answered(assistant, asked, self._reader, self._conversation, live=live))
        except HoplineError as error:
            self._status = FAILED
            if self._as_json:
                print_json({"error": {"type": type(error).__name__, "message": str(error)}})
            else:
                print_error(str(error))
        except KeyboardInterrupt:
            if was_terminated():
                raise
            print_error("stopped; ask another question, or /quit")
        else:
            self._print(answer)

    def _print(self, answer: "Answer") -> None:
        if answer.status == "failed":
            self._status = FAILED
        if self._as_json:
            print_json(answer)
            return
        from integrations.cli.answer_view import print_answer

        print_answer(answer, stdout_console())
        stdout_console().print()
