"""`hopline slack`: the Slack app."""

from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import Json
from integrations.cli.session import say_mode, start

if TYPE_CHECKING:
    pass


def slack(
    check: Annotated[bool, typer.Option("--check", help="Check tokens and settings, then stop.")] = False,
    as_json: Json = False,
) -> int:
    """Answer in Slack until stopped; --check only tests the tokens and says what is wrong.

    Example: `hopline slack --check`
    """
    settings = start()
    from integrations.slack import app

    say_mode(settings, as_json=as_json)
    app.run(settings)
    return 0
