"""`hopline graph`: the state machine as mermaid text."""

import sys
from typing import Any, cast

from integrations.cli.options import Json
from integrations.cli.output import print_json


def graph(as_json: Json = False) -> int:
    """Print the state machine as mermaid text.

    Example: `hopline graph > graph.mmd`
    """
    text = mermaid()
    if as_json:
        print_json({"mermaid": text})
    else:
        sys.stdout.write(text + "\n")
    return 0


def mermaid() -> str:
    """The compiled graph as LangGraph draws it; drawing calls none of the ports, so none is opened."""
    from graph.build import build_graph
    from graph.deps import Deps
    from graph.languages.extractive import ExtractiveLanguage
    from tools.verifiers.lexical import LexicalVerifier

    deps = Deps(knowledge=cast(Any, None), language=ExtractiveLanguage(), verifier=LexicalVerifier())
    return build_graph(deps).get_graph().draw_mermaid().rstrip()
