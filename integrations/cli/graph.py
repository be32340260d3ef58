"""`hopline graph`: the state machine as mermaid text."""

from integrations.cli.options import Json
from integrations.cli.output import print_json, stdout_console


def graph(as_json: Json = False) -> int:
    """Print the state machine as mermaid text.

    Example: `hopline graph > graph.mmd`
    """
    from graph.build import mermaid

    text = mermaid().rstrip()
    if as_json:
        print_json({"mermaid": text})
    else:
        stdout_console().print(text, soft_wrap=True)
    return 0
